"""Blind votes on which of two colorings looks more natural, and the ranking that follows from them."""

from colorizer.votes.store import ORIGINAL, Candidate, Picture, Tally, Vote, candidate, record, tallies

__all__ = ["ORIGINAL", "Candidate", "Picture", "Tally", "Vote", "candidate", "record", "tallies"]
