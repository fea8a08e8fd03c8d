"""Runs side by side: the same images through each, their metrics, and a report of both."""
