"""Figures as text for a terminal."""

from collections.abc import Callable, Sequence

from colorizer.evaluation.kept import Figures

_Format = Callable[[float], str]


def _decimals(count: int, scale: float = 1) -> _Format:
    return lambda value: f"{value * scale:,.{count}f}"


_BLOCKS: tuple[dict[str, tuple[str, _Format]], ...] = (
    {
        "mse": ("MSE", _decimals(6)),
        "loss_sum": ("study's sum", _decimals(4)),
        "psnr": ("PSNR dB, pooled", _decimals(2)),
        "psnr_mean": ("mean", _decimals(2)),
    },
    {
        "ssim": ("SSIM", _decimals(4)),
        "ciede2000": ("CIEDE2000", _decimals(2)),
        "within_2": ("% within 2 %", _decimals(2, 100)),
        "within_5": ("within 5 %", _decimals(2, 100)),
    },
    {
        "colorfulness": ("colourfulness", _decimals(2)),
        "colorfulness_distance": ("off the truth", _decimals(2)),
        "parameters": ("parameters", _decimals(0)),
        "macs": ("million MACs", _decimals(1, 1e-6)),
        "ms_per_image": ("ms", _decimals(2)),
    },
)
"""Tables narrow enough for 80 columns: for each figure its heading and format."""


def table(figures: Sequence[Figures]) -> str:
    """Figures of the gray copy and of runs as text: a few tables with a line for each, and what they mean."""
    width = max(len("run"), *(len(row["run"]) for row in figures))
    lines = []
    for block in _BLOCKS:
        columns = [[heading, *(_cell(row, key, form) for row in figures)] for key, (heading, form) in block.items()]
        columns.insert(0, ["run".ljust(width), *(row["run"].ljust(width) for row in figures)])
        widths = [max(map(len, column)) for column in columns]
        lines += [
            "   ".join(cell.rjust(most) for cell, most in zip(row, widths, strict=True))
            for row in zip(*columns, strict=True)
        ]
        lines.append("")
    lines.append(
        f"±: half of the 95 % interval. The truth's colourfulness is {figures[0]['colorfulness_true']:.2f}.\n"
        "ms: one picture at a time on one thread of this computer."
    )
    return "\n".join(lines)


def _cell(figures: Figures, key: str, form: _Format) -> str:
    interval = figures["intervals"].get(key)
    return form(figures[key]) + (f" ±{form((interval[1] - interval[0]) / 2)}" if interval else "")
