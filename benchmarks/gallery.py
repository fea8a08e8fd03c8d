"""Colorize the bundled photographs and draw the figures of the model card.

Writes `old.jpg` (old prints, the originals above the results), `comparison.jpg` (color photographs: grayscale input,
the looks Safe, Natural, and Vivid, true colors), and `hints.jpg` (one photograph with no, one, and two hints).

    python -m benchmarks.gallery photo --output docs/photo
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from colorizer.imaging.bundled import OLD_PHOTOGRAPHS, PHOTOGRAPHS, Photograph, load
from colorizer.inference import LOOKS, Colorizer, ColorOptions, render, to_gray
from colorizer.models.hints import Hint

_HEIGHT = 260
_GAP = 6
_HINTED = "astronaut"
_HINTS = (Hint(0.3, 0.8, (200, 40, 40)), Hint(0.28, 0.15, (60, 90, 200)))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("run")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    colorizer = Colorizer.load(options.run)
    gray = [to_gray(_small(photograph)) for photograph in OLD_PHOTOGRAPHS]
    _save([gray, [render(picture, colorizer.predict(picture)) for picture in gray]], options.output / "old.jpg")
    _save([_compared(colorizer, photograph) for photograph in PHOTOGRAPHS], options.output / "comparison.jpg")
    _save([_hinted(colorizer)], options.output / "hints.jpg")


def _compared(colorizer: Colorizer, photograph: Photograph) -> list[np.ndarray]:
    true = _small(photograph)
    gray = to_gray(true)
    prediction = colorizer.predict(gray)
    return [gray, *(render(gray, prediction, ColorOptions(vividness=value)) for value in LOOKS.values()), true]


def _hinted(colorizer: Colorizer) -> list[np.ndarray]:
    gray = to_gray(_small(next(item for item in PHOTOGRAPHS if item.name == _HINTED)))
    results = [render(gray, colorizer.predict(gray, _HINTS[:count])) for count in range(len(_HINTS) + 1)]
    return [_marked(result, _HINTS[:count]) for count, result in enumerate(results)]


def _marked(pixels: np.ndarray, hints: Sequence[Hint]) -> np.ndarray:
    picture = Image.fromarray(pixels)
    draw = ImageDraw.Draw(picture)
    for hint in hints:
        x, y = hint.x * picture.width, hint.y * picture.height
        draw.ellipse((x - 7, y - 7, x + 7, y + 7), fill=hint.color, outline="white", width=2)
    return np.asarray(picture)


def _small(photograph: Photograph) -> np.ndarray:
    picture = load(photograph)
    return picture.thumbnail(round(_HEIGHT * max(picture.size) / picture.size[1])).pixels


def _save(rows: Sequence[Sequence[np.ndarray]], path: Path) -> None:
    """Save a sheet of rows of images."""
    width = max(sum(cell.shape[1] + _GAP for cell in row) for row in rows) - _GAP
    height = sum(row[0].shape[0] + _GAP for row in rows) - _GAP
    sheet, top = Image.new("RGB", (width, height), "white"), 0
    for row in rows:
        left = 0
        for cell in row:
            sheet.paste(Image.fromarray(cell), (left, top))
            left += cell.shape[1] + _GAP
        top += row[0].shape[0] + _GAP
    sheet.save(path, quality=88, optimize=True)


if __name__ == "__main__":
    main()
