"""Runs side by side: the same images through each, their metrics, and a report of both."""

from colorizer.comparison.comparison import Comparison
from colorizer.comparison.report import export
from colorizer.comparison.rows import Row, Sample, make_row
from colorizer.comparison.selection import Selection, select

__all__ = ["Comparison", "Row", "Sample", "Selection", "export", "make_row", "select"]
