"""Metrics as text for a terminal."""

from collections.abc import Sequence

from colorizer.evaluation.cache import Metrics

_BLOCKS = (
    {
        "mse": ("MSE", ".6f", 1),
        "psnr": ("PSNR dB, pooled", ".2f", 1),
        "psnr_mean": ("PSNR dB, mean", ".2f", 1),
        "ssim": ("SSIM", ".4f", 1),
    },
    {
        "ciede2000": ("CIEDE2000", ".2f", 1),
        "within_2": ("% within 2%", ".2f", 100),
        "within_5": ("% within 5%", ".2f", 100),
        "colorfulness": ("colorfulness", ".2f", 1),
    },
    {
        "colorfulness_distance": ("colorfulness error", ".2f", 1),
        "parameters": ("parameters", ",.0f", 1),
        "macs": ("million MACs", ",.1f", 1e-6),
        "ms_per_image": ("ms", ".2f", 1),
    },
)
"""Tables narrow enough for a terminal: the heading, the format and the factor of each metric."""


def table(metrics: Sequence[Metrics]) -> str:
    """Format the metrics of the grayscale baseline and of runs: three tables with a line per run, and a legend."""
    width = max(len("run"), *(len(row["run"]) for row in metrics))
    lines = []
    for block in _BLOCKS:
        columns = [["run".ljust(width), *(row["run"].ljust(width) for row in metrics)]]
        for key, (heading, form, factor) in block.items():
            columns.append([heading, *(_cell(row, key, form, factor) for row in metrics)])
        widths = [max(map(len, column)) for column in columns]
        for cells in zip(*columns, strict=True):
            lines.append("   ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True)))
        lines.append("")
    return "\n".join(
        [
            *lines,
            "gray: the grayscale baseline. ms: one image, one CPU thread.",
            "±: half the 95% confidence interval. All runs are measured on the same images, so differences",
            "between runs are more certain than that.",
            f"The colorfulness of the original images is {metrics[0]['colorfulness_true']:.2f}.",
        ]
    )


def _cell(metrics: Metrics, key: str, form: str, factor: float) -> str:
    text = f"{metrics[key] * factor:{form}}"
    if key not in metrics["intervals"]:
        return text
    low, high = metrics["intervals"][key]
    return f"{text} ±{(high - low) / 2 * factor:{form}}"
