"""How much worse are the colors of old prints?

Degrades photographs as time and reproduction do, predicts their colors, joins the predicted chroma with the luma of the
undamaged photograph, and prints the gain in PSNR over the grayscale baseline and its share of the gain without damage:
the damage itself is not counted, only what it does to colors.

    python -m benchmarks.old_prints photo --dataset photos256 --count 100
    python -m benchmarks.old_prints photo --folder holidays --examples degraded.png    # a picture of each degradation
"""

import argparse
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFilter

from benchmarks import photo_data
from colorizer import metrics
from colorizer.color import chroma, fit_gamut
from colorizer.inference import Colorizer, ColorOptions, render, to_gray
from colorizer.inference.rendering import LOOKS, luma_of


def faded(gray: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Lift the blacks and dim the whites: a third of the contrast is left."""
    return 0.4 + 0.36 * gray


def yellowed(gray: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Tone, with uneven foxing: brown stains that darken."""
    height, width = gray.shape
    field = Image.fromarray(random.random((5, 5)).astype(np.float32)).resize((width, height), Image.Resampling.BICUBIC)
    return (0.12 + 0.8 * gray) * (1 - 0.35 * np.clip(np.asarray(field) - 0.4, 0, 1))


def grainy(gray: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Add film grain of about 1.5 pixels."""
    noise = Image.fromarray(random.normal(0, 1, gray.shape).astype(np.float32))
    soft = np.asarray(noise.resize((gray.shape[1] * 2 // 3, gray.shape[0] * 2 // 3)).resize(gray.shape[::-1]))
    return gray + 0.08 * soft / soft.std()


def blurred(gray: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Defocus."""
    return _filtered(gray, ImageFilter.GaussianBlur(2))


def scratched(gray: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Draw white scratches, a crease, and dust."""
    height, width = gray.shape
    image = Image.fromarray(_levels(gray))
    draw = ImageDraw.Draw(image)
    for _ in range(8):
        x, y, angle, length = (*random.random(2), random.normal(np.pi / 2, 0.3), random.uniform(0.2, 0.8))
        end = (x * width + np.cos(angle) * length * width, y * height + np.sin(angle) * length * height)
        draw.line([(x * width, y * height), end], fill=int(random.integers(200, 256)), width=1)
    crease = random.uniform(0.3, 0.7) * height
    draw.line([(0, crease), (width, crease + random.normal(0, 0.05) * height)], fill=235, width=2)
    for x, y in random.random((60, 2)):
        draw.point((x * width, y * height), fill=int(random.choice((20, 245))))
    return np.asarray(image) / 255


def halftone(gray: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Print with a screen of 4 pixels at 45 degrees."""
    rows, columns = np.mgrid[: gray.shape[0], : gray.shape[1]]
    screen = np.cos((rows + columns) * np.pi / 2.83) * np.cos((rows - columns) * np.pi / 2.83)
    return _filtered(np.clip(0.5 + 2.5 * (gray - 0.5 + 0.25 * screen), 0, 1), ImageFilter.GaussianBlur(0.6))


def compressed(gray: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Save as JPEG of quality 10."""
    buffer = io.BytesIO()
    Image.fromarray(_levels(gray)).save(buffer, "JPEG", quality=10)
    return np.asarray(Image.open(buffer)) / 255


def bordered(gray: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Cover 6% on each side with a dark mount."""
    result = np.full_like(gray, 0.12)
    down, across = round(0.06 * gray.shape[0]), round(0.06 * gray.shape[1])
    inside = slice(down, -down), slice(across, -across)
    result[inside] = gray[inside]
    return result


def combined(gray: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A worn print: a little of most of it."""
    worn = _filtered(gray, ImageFilter.GaussianBlur(0.8))
    worn = 0.5 * (scratched(worn, random) + yellowed(worn, random))
    return 0.2 + 0.65 * (0.5 * worn + 0.5 * grainy(worn, random))


DEGRADATIONS: tuple[Callable[[np.ndarray, np.random.Generator], np.ndarray], ...] = (
    faded, yellowed, grainy, blurred, scratched, halftone, compressed, bordered, combined,
)  # fmt: skip
"""Each takes luma `(H, W)` in [0, 1] and returns it degraded."""


def main() -> None:
    parser = argparse.ArgumentParser()
    photo_data.add_arguments(parser)
    parser.add_argument("--examples", type=Path, metavar="FILE", help="only draw the first photograph degraded")
    options = parser.parse_args()
    true = photo_data.load_photographs(options)
    if options.examples:
        sheet = np.hstack([degrade(to_gray(true[0]), function, 0) for function in DEGRADATIONS])
        Image.fromarray(sheet).save(options.examples)
        return
    colorizer = Colorizer.load(options.run)
    safe = ColorOptions(vividness=LOOKS["Safe"])
    print(f"{len(true)} photographs\n{'':>12} {'gain':>7} {'share':>6}")
    undamaged = 0.0
    for function in (None, *DEGRADATIONS):
        gains = []
        for seed, picture in enumerate(true):
            gray = to_gray(picture)
            damaged = degrade(gray, function, seed) if function else gray
            result = _recolored(gray, render(damaged, colorizer.predict(damaged), safe))
            gains.append(metrics.psnr_of(picture, result) - metrics.psnr_of(picture, gray))
        gain = float(np.mean(gains))
        undamaged = undamaged or gain
        print(f"{function.__name__ if function else 'undamaged':>12} {gain:+7.2f} {gain / undamaged:6.0%}", flush=True)


def degrade(
    gray: np.ndarray, function: Callable[[np.ndarray, np.random.Generator], np.ndarray], seed: int
) -> np.ndarray:
    """Apply one of `DEGRADATIONS` to a gray picture `(H, W, 3)` uint8."""
    result = _levels(function(gray[..., 0] / 255, np.random.default_rng(seed)))
    return np.repeat(result[..., None], 3, axis=2)


def _recolored(gray: np.ndarray, colored: np.ndarray) -> np.ndarray:
    """Return a gray picture with the chroma of another; both `(H, W, 3)` uint8."""
    color = chroma(torch.from_numpy(colored).permute(2, 0, 1).float() / 255)
    return (255 * fit_gamut(luma_of(gray), color)).round().byte().permute(1, 2, 0).numpy()


def _levels(gray: np.ndarray) -> np.ndarray:
    return (255 * np.clip(gray, 0, 1)).round().astype(np.uint8)


def _filtered(gray: np.ndarray, kernel: ImageFilter.Filter) -> np.ndarray:
    return np.asarray(Image.fromarray(_levels(gray)).filter(kernel)) / 255


if __name__ == "__main__":
    main()
