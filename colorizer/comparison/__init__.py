"""Runs side by side: the same pictures through each, their figures, and a report of both."""
