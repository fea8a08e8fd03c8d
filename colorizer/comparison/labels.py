"""What a run is called and which color it has wherever it appears."""

from collections.abc import Sequence
from html import escape

from colorizer.models.registry import architecture
from colorizer.runs.store import Run

PALETTE = ("#d9541e", "#0d9488", "#8b5cf6", "#2f7de1", "#b07d0a", "#d6409f", "#5b8c2a", "#8a7a6d")
"""Each has a contrast of at least 3.5 to the light background and to the dark one."""
GRAY_COLOR = "#8d8d8d"


def label(run: Run) -> str:
    """The architecture's title for a run of its name, as the shipped ones are, and the run's name for all others."""
    title = architecture(run.config.architecture).title
    return title if title.replace("-", "").lower() == run.name else run.name


def colors(chosen: Sequence[str], every: Sequence[str]) -> dict[str, str]:
    """A color for each chosen run: always the same one, unless two of the chosen would share it.

    Args:
        chosen: names of runs; beyond eight, colors come again.
        every: names of all runs, in a fixed order; of a name that comes twice the first counts.
    """
    given: dict[str, str] = {}
    for name in sorted(chosen, key=every.index):
        first = every.index(name)
        order = [PALETTE[(first + step) % len(PALETTE)] for step in range(len(PALETTE))]
        given[name] = next((color for color in order if color not in given.values()), order[0])
    return {name: given[name] for name in chosen}


def legend_html(labels: dict[str, str], colors: dict[str, str]) -> str:
    """A dot and a name for each run."""
    dots = (
        f'<span><i class="dot" style="--run:{colors[name]}"></i>{escape(label)}</span>'
        for name, label in labels.items()
    )
    return f'<p class="runs">{"".join(dots)}</p>'
