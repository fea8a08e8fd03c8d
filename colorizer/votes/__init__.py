"""Blind votes: which of two colourings looks more natural? Kept in a file, paired fairly, counted honestly."""
