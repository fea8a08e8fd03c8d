"""The study's results beside ours, and its mistake in pictures, as HTML."""

from collections.abc import Sequence
from html import escape

import numpy as np

from colorizer.comparison import study
from colorizer.comparison.labels import GRAY_COLOR
from colorizer.imaging.html import picture_url
from colorizer.runs.store import GRAY

_PLANES = ("taken for red", "taken for green", "taken for blue")


def study_table_html(entries: Sequence[study.Entry], colors: dict[str, str]) -> str:
    """The table; bars are mean squared errors on test pictures, with a line where the gray copy is."""
    known = [entry.test_mse for entry in entries if entry.test_mse is not None]
    gray = next((entry.test_mse for entry in entries if entry.run == GRAY), None)
    body, before = [], None
    for entry in entries:
        sums = "".join(
            f"<td>{'&ndash;' if value is None else f'{value:.4f}'}</td>" for value in (entry.test_sum, entry.train_sum)
        )
        mse = entry.test_mse or 0.0
        mark = f'<u style="left:{100 * gray / max(known):.2f}%;width:0"></u>' if gray else ""
        body.append(
            f'<tr class="{"first" if entry.architecture != before else ""}" '
            f'style="--run:{colors.get(entry.run or "", GRAY_COLOR)}">'
            f'<th scope="row"><i class="dot"></i>{escape(entry.network)}<small>{escape(entry.who)}</small></th>'
            f'<td><span class="value">{mse:.4f}</span>'
            f'<span class="bar wide"><b style="width:{100 * mse / max(known):.2f}%"></b>{mark}</span></td>{sums}</tr>'
        )
        before = entry.architecture
    return (
        '<div class="scroll"><table class="study"><thead><tr><th scope="col">Network</th><th scope="col">Test MSE</th>'
        '<th scope="col">Test sum</th><th scope="col">Training sum</th></tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def layout_html(pixels: np.ndarray) -> str:
    """A picture, what the mistake makes of it, and the three channels of that.

    Args:
        pixels: `(side, side, 3)` uint8.
    """
    wrong = study.mistaken(pixels)
    cells = [("the picture", pixels), ("what the networks were given for it", wrong)]
    cells += [(name, wrong[..., [number] * 3]) for number, name in enumerate(_PLANES)]
    figures = "".join(
        f'<figure><img src="{picture_url(image)}" alt="{name}"><figcaption>{name}</figcaption></figure>'
        for name, image in cells
    )
    return f'<div class="layout">{figures}</div>'
