"""Blind votes: which of two colorings looks more natural? Kept in a file, paired fairly, counted honestly."""
