"""Rows of pictures as HTML: a grid with a switch to error maps, each row enlarged by a click.

`view.css` says how it looks and `view.js` what a click does, on the page and in the report alike.
"""

from collections.abc import Sequence
from html import escape

from colorizer.comparison import error_map
from colorizer.comparison.rows import THUMBNAIL, Cell, Row
from colorizer.imaging.html import picture_url

_LEGEND = (
    f'<span class="scale" style="background:{error_map.legend_gradient()}"></span>'
    f'<span class="ticks"><span>0</span><span>{error_map.MOST // 3}</span><span>{error_map.MOST * 2 // 3}</span>'
    f"<span>{error_map.MOST} or more</span></span>"
    "<p>Color difference of each pixel from the truth (CIEDE2000): about 1 can just be seen, 10 is clearly another "
    "color.</p>"
)


def rows_html(rows: Sequence[Row]) -> str:
    """The grid; all rows have the same networks, in the same order."""
    if not rows:
        return ""
    # A row without a truth has one picture less.
    longest = max(rows, key=lambda row: len(row.cells))
    head = "".join(f'<span class="title">{_title(cell)}</span>' for cell in longest.cells)
    body = "".join(_row(row, number) for number, row in enumerate(rows))
    is_small = all(max(cell.pixels.shape) <= THUMBNAIL for cell in longest.cells)
    with_truth = any(cell.errors is not None for row in rows for cell in row.cells)
    return (
        f'<section class="rows{" pixels" if is_small else ""}" data-view="colors" '
        f'style="--columns:{len(longest.cells)}">'
        f"{_SWITCH if with_truth else ''}"
        f'<div class="scroll"><div class="grid"><div class="head">{head}</div>{body}</div></div>'
        f"{_NOTE if with_truth else ''}{_DIALOG}</section>"
    )


_SWITCH = (
    '<div class="tools"><div class="switch" role="group" aria-label="What is shown">'
    '<button type="button" data-view="colors" aria-pressed="true">Colors</button>'
    '<button type="button" data-view="errors" aria-pressed="false">Errors</button></div>'
    f'<div class="legend">{_LEGEND}</div></div>'
)
_NOTE = (
    '<p class="note">Below each picture its PSNR in dB against the truth, higher is closer, and its mean color '
    "difference ΔE (CIEDE2000), lower is closer. The closest network of a row is bold. Click a row to enlarge it.</p>"
)
_DIALOG = (
    '<dialog><header><h3></h3><span class="place"></span><span class="space"></span>'
    '<button type="button" class="previous" aria-label="Previous row">←</button>'
    '<button type="button" class="next" aria-label="Next row">→</button>'
    '<button type="button" class="close" aria-label="Close">✕</button></header><div class="large"></div>'
    f'<div class="legend">{_LEGEND}</div></dialog>'
)


def _row(row: Row, number: int) -> str:
    measured = [cell for cell in row.cells if cell.color and cell.psnr is not None]
    best = max(measured, key=lambda cell: cell.psnr or 0) if len(measured) > 1 else None
    cells = "".join(_cell(row, cell, cell is best) for cell in row.cells)
    return (
        f'<button type="button" class="row" data-name="{escape(row.name)}" data-row="{number}" '
        f'aria-label="Enlarge {escape(row.name)}"><span class="name">{escape(row.name)}</span>{cells}</button>'
    )


def _cell(row: Row, cell: Cell, is_best: bool) -> str:
    alt = escape(f"{row.name}, {cell.label}")
    is_small = max(cell.pixels.shape) <= THUMBNAIL  # The browser enlarges thumbnails.
    encoding = "png" if is_small else "jpeg"
    pictures = f'<img class="colors" alt="{alt}" src="{picture_url(cell.pixels, encoding)}" draggable="false">'
    if cell.errors is not None:
        url = picture_url(cell.errors, encoding)
        pictures += f'<img class="errors" alt="{alt}, error" src="{url}" draggable="false">'
    figures = "" if cell.psnr is None else f"<em>{cell.psnr:.1f} dB</em> <small>ΔE {cell.ciede2000:.1f}</small>"
    return (
        f'<span class="cell{" pixels" if is_small else ""}{" best" if is_best else ""}">'
        f'<span class="title">{_title(cell)}</span><span class="pictures">{pictures}</span>'
        f'<span class="figure">{figures}</span></span>'
    )


def _title(cell: Cell) -> str:
    dot = f'<i class="dot" style="--run:{cell.color}"></i>' if cell.color else ""
    return f"{dot}{escape(cell.label)}"
