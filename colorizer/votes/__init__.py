"""Blind votes on which of two colorings looks more natural, and the ranking that follows from them."""
