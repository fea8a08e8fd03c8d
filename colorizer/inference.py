"""Weights and a picture in, the picture in colour at its full size out."""

from pathlib import Path
from typing import Self, overload

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from colorizer import images
from colorizer.color import chroma, fit_gamut, luma
from colorizer.errors import InputError
from colorizer.models.colorization import ColorizationModel
from colorizer.models.registry import architecture
from colorizer.models.weights import load_weights
from colorizer.runs.store import load_run
from colorizer.upsampling import ChromaLines, fit_lines

DEFAULT_RUN = "unet"
WORKING_SIDE = 32
"""Shorter side in pixels at which a network that takes any size looks at a photograph.

That of the thumbnails the shipped U-Net was trained on is also where it does best:
`benchmarks/working_size.py` measures others.
"""
_MAX_ASPECT = 4
_GRAY_ROWS = 128


class Colorizer:
    """A trained network, ready to colorize pictures of any size.

    The network sees the picture small and decides its chroma. The chroma is enlarged along the
    edges of the full-size picture and joined with its luma, so the result is as sharp as the input.
    One object may be used by many threads at once.

    >>> from colorizer import Colorizer
    >>> in_colour = Colorizer.load("unet")(gray_picture)
    """

    def __init__(self, model: ColorizationModel, size: int | None, name: str = "") -> None:
        """
        Args:
            model: a trained model.
            size: side of the only pictures it takes, or None for any.
            name: what to call it.
        """
        self.model = model.eval()
        self.size = size
        self.name = name

    @classmethod
    def load(cls, run: str = DEFAULT_RUN) -> Self:
        """The best weights of a run in `checkpoints/`.

        Raises:
            InputError: there is no such run, or its settings or weights cannot be used.
        """
        chosen = load_run(run)
        return cls.from_weights(
            chosen.best_weights, chosen.config.architecture, luma_kept=chosen.config.keep_luma, name=run
        )

    @classmethod
    def from_weights(cls, path: Path, architecture_name: str, *, luma_kept: bool = True, name: str = "") -> Self:
        """Weights from a file.

        Raises:
            InputError: the file is missing, damaged or of another architecture.
        """
        model = ColorizationModel(architecture_name, luma_kept=luma_kept)
        load_weights(model, path)
        return cls(model, architecture(architecture_name).size, name)

    @overload
    def __call__(self, image: Image.Image, *, saturation: float = 1.0) -> Image.Image: ...
    @overload
    def __call__(self, image: np.ndarray, *, saturation: float = 1.0) -> np.ndarray: ...
    def __call__(self, image: Image.Image | np.ndarray, *, saturation: float = 1.0) -> Image.Image | np.ndarray:
        """Colorize.

        Args:
            image: a PIL image of any mode, or an array `(H, W)` or `(H, W, 3)` uint8. Colours it
                may have are ignored.
            saturation: strength of the colours; 0 gives gray, 1 what the network says.

        Returns:
            The same kind and size of picture: a PIL image in RGB, or `(H, W, 3)` uint8. Its luma
            is the input's to within one gray level.
        """
        if isinstance(image, Image.Image):
            return Image.fromarray(self(images.to_pixels(image), saturation=saturation))
        pixels = np.repeat(image[..., None], 3, axis=-1) if image.ndim == 2 else image
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
            raise InputError(f"A picture must be uint8 of shape (H, W) or (H, W, 3), not {image.dtype} {image.shape}.")
        return render(pixels, self.predict(pixels), saturation=saturation)

    @torch.inference_mode()
    def predict(self, pixels: np.ndarray) -> ChromaLines:
        """Run the network on a picture.

        Args:
            pixels: `(H, W, 3)` uint8.

        Returns:
            Its chroma, for `render`.
        """
        height, width = pixels.shape[:2]
        gray = _small_luma(pixels, *self._working_size(height, width))
        rgb = self.model(gray[None])[0]
        return fit_lines(gray, chroma(rgb))

    def predict_thumbnails(self, gray: Tensor) -> Tensor:
        """Colours of pictures that already have the size the network works at.

        Args:
            gray: `(N, 1, H, W)` in [0, 1].

        Returns:
            RGB `(N, 3, H, W)` in [0, 1].
        """
        with torch.inference_mode():
            return self.model(gray).clamp(0, 1)

    def _working_size(self, height: int, width: int) -> tuple[int, int]:
        if self.size is not None:
            return self.size, self.size
        scale = min(WORKING_SIDE / min(height, width), _MAX_ASPECT * WORKING_SIDE / max(height, width), 1)
        return max(1, round(height * scale)), max(1, round(width * scale))


@torch.inference_mode()
def render(pixels: np.ndarray, lines: ChromaLines, *, saturation: float = 1.0) -> np.ndarray:
    """Join a picture's luma with predicted chroma; no network runs, so this can follow a slider.

    Args:
        pixels: the full-size picture, `(H, W, 3)` uint8.
        lines: what `Colorizer.predict` gave for it.
        saturation: factor on the chroma, 0 or more.

    Returns:
        `(H, W, 3)` uint8. Works through the picture in strips, so little memory is needed.
    """
    height, width = pixels.shape[:2]
    result = np.empty_like(pixels)
    for top, bottom, slope, offset in lines.strips(height, width):
        gray = luma(_to_tensor(pixels[top:bottom]))
        colour = torch.addcmul(offset, slope, gray)
        strip = fit_gamut(gray, colour if saturation == 1 else colour * saturation)
        result[top:bottom] = strip.mul_(255).round_().to(torch.uint8).permute(1, 2, 0).numpy()
    return result


@torch.inference_mode()
def to_gray(pixels: np.ndarray) -> np.ndarray:
    """A picture's luma in all three channels: what the network is given.

    Args:
        pixels: `(H, W, 3)` uint8.

    Returns:
        The same shape.
    """
    result = np.empty_like(pixels)
    for top in range(0, len(pixels), _GRAY_ROWS):
        rows = slice(top, top + _GRAY_ROWS)
        gray = luma(_to_tensor(pixels[rows]))[0]
        result[rows] = gray.mul_(255).round_().to(torch.uint8).numpy()[..., None]
    return result


def colorize_picture(colorizer: Colorizer, picture: images.Picture, *, saturation: float = 1.0) -> images.Picture:
    """Colorize a decoded file; name, opacity and metadata stay with it."""
    return images.with_pixels(picture, colorizer(picture.pixels, saturation=saturation))


def describe(run: str) -> str:
    """The sentence that a result carries in its metadata, so that nobody takes it for a record."""
    return f"Colours generated by Colorizer with the model {run}; they are guesses, not facts."


def _to_tensor(pixels: np.ndarray) -> Tensor:
    return torch.tensor(pixels).permute(2, 0, 1).float().div_(255)


def _small_luma(pixels: np.ndarray, height: int, width: int) -> Tensor:
    """Luma at a smaller size, `(1, height, width)`, each pixel the mean of those it stands for."""
    small = np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BOX))
    return luma(_to_tensor(small))
