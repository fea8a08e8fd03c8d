"""Figures as text for a terminal."""

from collections.abc import Sequence

from colorizer.evaluation.cache import Figures

_BLOCKS = (
    {
        "mse": ("MSE", ".6f", 1),
        "loss_sum": ("study's sum", ".4f", 1),
        "psnr": ("PSNR dB, pooled", ".2f", 1),
        "psnr_mean": ("PSNR, mean", ".2f", 1),
    },
    {
        "ssim": ("SSIM", ".4f", 1),
        "ciede2000": ("CIEDE2000", ".2f", 1),
        "within_2": ("% within 2 %", ".2f", 100),
        "within_5": ("% within 5 %", ".2f", 100),
    },
    {
        "colorfulness": ("colorfulness", ".2f", 1),
        "colorfulness_distance": ("off the truth", ".2f", 1),
        "parameters": ("parameters", ",.0f", 1),
        "macs": ("million MACs", ",.1f", 1e-6),
        "ms_per_image": ("ms", ".2f", 1),
    },
)
"""Tables narrow enough for a terminal: for each figure its heading, its format and what it is multiplied by."""


def table(figures: Sequence[Figures]) -> str:
    """Figures of the gray copy and of runs as text: a few tables with a line for each, and what they mean."""
    width = max(len("run"), *(len(row["run"]) for row in figures))
    lines = []
    for block in _BLOCKS:
        columns = [["run".ljust(width), *(row["run"].ljust(width) for row in figures)]]
        for key, (heading, form, scale) in block.items():
            columns.append([heading, *(_cell(row, key, form, scale) for row in figures)])
        widths = [max(map(len, column)) for column in columns]
        for cells in zip(*columns, strict=True):
            lines.append("   ".join(cell.rjust(most) for cell, most in zip(cells, widths, strict=True)))
        lines.append("")
    return "\n".join(
        [
            *lines,
            "±: half of the 95 % interval. All see the same pictures: differences are surer than that.",
            f"The truth's colorfulness is {figures[0]['colorfulness_true']:.2f}. "
            "ms: one picture at a time, one thread of this computer.",
        ]
    )


def _cell(figures: Figures, key: str, form: str, scale: float) -> str:
    text = f"{figures[key] * scale:{form}}"
    if key not in figures["intervals"]:
        return text
    low, high = figures["intervals"][key]
    return f"{text} ±{(high - low) / 2 * scale:{form}}"
