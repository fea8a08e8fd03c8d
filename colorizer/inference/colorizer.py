"""Colorizer: a trained network applied to photographs of any size."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self, overload

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from colorizer.errors import InputError
from colorizer.imaging import Picture, SaveOptions, decode_image, encode_image, uint16
from colorizer.imaging.decode import pil_to_pixels
from colorizer.imaging.encode import DEFAULT_SAVING, output_name
from colorizer.imaging.provenance import provenance
from colorizer.inference.rendering import DEFAULT_OPTIONS, ColorOptions, colorize_picture, luma_of, render
from colorizer.models.base import ColorizationModel, build_model
from colorizer.models.hints import Hint, rasterize_hints
from colorizer.models.prediction import Prediction
from colorizer.models.weights import load_weights
from colorizer.runs import load_run
from colorizer.workspace import DEFAULT_RUN

_MAX_ASPECT = 4
"""Longer side over shorter side at which the network sees a picture; longer pictures are seen smaller."""
_REDUCING_GAP = 3.0
"""Pillow's `reducing_gap`: large pictures are first reduced by an integer factor, which is faster and as good."""


_Sizes = tuple[tuple[int, int], ...]
"""Height and width in pixels of each scale."""


class Colorizer:
    """A trained network that colorizes pictures of any size.

    The network predicts chroma from a small copy of the picture. The chroma is upsampled along the edges of the
    full-size picture and combined with its luma, so the result is as sharp as the input. Thread-safe.

    >>> from colorizer import Colorizer
    >>> colored = Colorizer.load()(image)  # a PIL image or a NumPy array
    """

    def __init__(self, model: ColorizationModel, name: str = "", device: str = "cpu") -> None:
        """
        Args:
            model: a trained model.
            name: name of the run, for messages and the provenance of results.
            device: `cpu`, `cuda` or `mps` for the network; everything else runs on the CPU.
        """
        self.model = model.eval().to(device).to(memory_format=torch.channels_last)  # 1.2 to 1.7 times faster on a CPU
        self.size = model.image_size
        self.inference_sizes = model.inference_sizes
        self.name = name
        self.device = device

    @classmethod
    def load(cls, run: str = DEFAULT_RUN, device: str = "cpu") -> Self:
        """Load the best weights of a run in `checkpoints/`.

        Args:
            run: its name.
            device: `cpu`, `cuda` or `mps`.

        Raises:
            InputError: there is no such run, or its settings or weights are unusable.
        """
        trained = load_run(run)
        return cls.from_weights(
            trained.best_weights,
            trained.config.architecture,
            keep_luma=trained.config.keep_luma,
            name=run,
            device=device,
        )

    @classmethod
    def from_weights(
        cls, path: Path, architecture_name: str, *, keep_luma: bool = True, name: str = "", device: str = "cpu"
    ) -> Self:
        """Load weights from a file.

        Raises:
            InputError: the file is missing, damaged or from another architecture.
        """
        model = build_model(architecture_name, keep_luma=keep_luma)
        load_weights(model, path)
        model.fuse_batch_norm()
        return cls(model, name, device)

    @property
    def predicts_distribution(self) -> bool:
        """Whether the network predicts color distributions, so that vividness, hints and variants have an effect."""
        return self.model.predicts_distribution

    @overload
    def __call__(self, image: Image.Image, options: ColorOptions = ..., hints: Sequence[Hint] = ()) -> Image.Image: ...
    @overload
    def __call__(self, image: np.ndarray, options: ColorOptions = ..., hints: Sequence[Hint] = ()) -> np.ndarray: ...
    def __call__(
        self, image: Image.Image | np.ndarray, options: ColorOptions = DEFAULT_OPTIONS, hints: Sequence[Hint] = ()
    ) -> Image.Image | np.ndarray:
        """Colorize a picture.

        Args:
            image: a PIL image of any mode, or an array `(H, W)` or `(H, W, 3)` uint8, or `(H, W)` uint16. Its own
                colors are ignored.
            options: saturation, warmth and vividness.
            hints: colors given for some places.

        Returns:
            An RGB PIL image, or an array `(H, W, 3)` of the input's dtype, with the luma of the input to within one
            level of 255 unless contrast is restored.

        Raises:
            InputError: `image` is something else, or hints are given to a network that takes none.
        """
        array = _validated_array(image)
        result = render(array, self.predict(array, hints), options)
        return Image.fromarray(result) if isinstance(image, Image.Image) else result

    def batch(
        self, pictures: Sequence[Image.Image | np.ndarray], options: ColorOptions = DEFAULT_OPTIONS
    ) -> list[Image.Image | np.ndarray]:
        """Colorize several pictures of any sizes and types, running the network once per shape.

        Arguments, results and errors as for a single call; the results are in the order of `pictures`.
        """
        arrays = [_validated_array(picture) for picture in pictures]
        results = [
            render(array, prediction, options)
            for array, prediction in zip(arrays, self.predict_batch(arrays), strict=True)
        ]
        return [
            Image.fromarray(result) if isinstance(picture, Image.Image) else result
            for picture, result in zip(pictures, results, strict=True)
        ]

    def colorize_bytes(
        self,
        data: bytes,
        name: str = "image",
        options: ColorOptions = DEFAULT_OPTIONS,
        saving: SaveOptions = DEFAULT_SAVING,
        hints: Sequence[Hint] = (),
    ) -> tuple[str, bytes]:
        """Colorize an image file: decode, predict, render, encode.

        Args:
            data: the file's bytes, in any of `imaging.FORMATS`.
            name: its file name, for messages and for naming the result.
            options: saturation, warmth and vividness.
            saving: format, quality and metadata of the result.
            hints: colors given for some places.

        Returns:
            File name (`<name>_colorized.<suffix>`) and bytes of the result, at the full size and bit depth.

        Raises:
            InputError: the file cannot be decoded, the chosen format cannot hold the picture, or the network takes no
                hints.
        """
        picture = decode_image(data, name)
        return self.export(picture, self.predict(picture.pixels, hints), options, saving, overwrite=True)

    def export(
        self,
        picture: Picture,
        prediction: Prediction,
        options: ColorOptions = DEFAULT_OPTIONS,
        saving: SaveOptions = DEFAULT_SAVING,
        *,
        overwrite: bool = False,
    ) -> tuple[str, bytes]:
        """Render a prediction at full size and encode it: the second half of `colorize_bytes`.

        For callers that keep the decoded picture and its prediction, because they have rendered a preview.

        Args:
            picture: the decoded file.
            prediction: from `predict`, of the same picture at any size.
            options, saving: as for `colorize_bytes`.
            overwrite: allow overwriting the pixels of `picture`, which saves memory.

        Returns:
            File name and bytes of the result.

        Raises:
            InputError: the chosen format cannot hold the picture.
        """
        result = colorize_picture(picture, prediction, options, overwrite=overwrite and not saving.side_by_side)
        if saving.side_by_side:
            result = picture.beside(result)
        return output_name(picture.name, saving.format_for(picture)), encode_image(
            result, saving, provenance(self.name, restored_contrast=options.restore_contrast)
        )

    def predict(self, pixels: np.ndarray, hints: Sequence[Hint] = (), *, plain: Prediction | None = None) -> Prediction:
        """Run the network on a picture; with hints it runs twice, because they change only what they reach.

        Args:
            pixels: `(H, W, 3)` uint8, or gray `(H, W)` uint8 or uint16.
            hints: colors given for some places.
            plain: the prediction for the same picture without hints, if it is known, which saves one of the two runs.

        Returns:
            The predicted chroma, for `render`.

        Raises:
            InputError: hints are given to a network that takes none.
        """
        return self.predict_batch([pixels], [hints], None if plain is None else [plain])[0]

    @torch.inference_mode()
    def predict_batch(
        self,
        pictures: Sequence[np.ndarray],
        hints: Sequence[Sequence[Hint]] | None = None,
        plain: Sequence[Prediction] | None = None,
    ) -> list[Prediction]:
        """Run the network on several pictures, one batch per shape.

        Arguments and errors as for `predict`, each argument with one value per picture.
        """
        if plain is None:
            originals = {id(pixels): pixels for pixels in pictures}  # A picture may come with several sets of hints.
            found = dict(zip(originals, self._run(list(originals.values())), strict=True))
            plain = [found[id(pixels)] for pixels in pictures]
        if not hints or not any(hints):
            return list(plain)
        hinted = self._run(pictures, hints)
        return [
            prediction.restrict_hints(without, given) if given else without
            for prediction, without, given in zip(hinted, plain, hints, strict=True)
        ]

    def _run(self, pictures: Sequence[np.ndarray], hints: Sequence[Sequence[Hint]] | None = None) -> list[Prediction]:
        sizes = [self._inference_sizes(*pixels.shape[:2]) for pixels in pictures]
        predictions: dict[int, Prediction] = {}
        for scales in dict.fromkeys(sizes):
            group = [index for index, others in enumerate(sizes) if others == scales]
            grays = [torch.stack([_small_luma(pictures[index], *size) for index in group]) for size in scales]
            hint_maps = None
            if hints:
                hint_maps = [torch.stack([rasterize_hints(hints[index], *size) for index in group]) for size in scales]
            predictions |= dict(zip(group, self.model.predict(grays, hint_maps), strict=True))
        return [predictions[index] for index in range(len(pictures))]

    def predict_thumbnails(self, gray: Tensor) -> Tensor:
        """Colorize thumbnails of the network's own size, without any resizing.

        Args:
            gray: `(N, 1, H, W)` in [0, 1].

        Returns:
            RGB `(N, 3, H, W)` in [0, 1].
        """
        with torch.inference_mode():
            return self.model(gray.to(self.device)).clamp(0, 1).to(gray.device)

    def _inference_sizes(self, height: int, width: int) -> _Sizes:
        """Return the sizes at which the network sees a picture; equal ones of a small picture count once."""
        if self.size is not None:
            return ((self.size, self.size),)
        return tuple(dict.fromkeys(self._inference_size(height, width, side) for side in self.inference_sizes))

    def _inference_size(self, height: int, width: int, side: int) -> tuple[int, int]:
        scale = min(side / min(height, width), _MAX_ASPECT * side / max(height, width), 1)
        step = self.model.inference_multiple
        return max(1, round(height * scale / step)) * step, max(1, round(width * scale / step)) * step


def _validated_array(picture: Image.Image | np.ndarray) -> np.ndarray:
    array = pil_to_pixels(picture) if isinstance(picture, Image.Image) else picture
    is_rgb = array.dtype == np.uint8 and array.ndim == 3 and array.shape[2] == 3
    is_gray = array.dtype in (np.uint8, np.uint16) and array.ndim == 2
    if not (is_rgb or is_gray) or not array.size:
        raise InputError(
            "A picture must be uint8 of shape (H, W, 3), or uint8 or uint16 of shape (H, W), "
            f"not {array.dtype} {array.shape}."
        )
    return array


def _small_luma(pixels: np.ndarray, height: int, width: int) -> Tensor:
    """Return the luma at a smaller size, `(1, height, width)`, resized with the triangle filter, as for training."""
    pixels = uint16.to_uint8(pixels) if pixels.dtype == np.uint16 else pixels
    is_gray = pixels.ndim == 3 and pixels.strides[2] == 0  # One channel is a third of the work and the memory.
    image = Image.fromarray(pixels[..., 0] if is_gray else pixels)
    small = np.asarray(image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=_REDUCING_GAP))
    return luma_of(np.repeat(small[..., None], 3, axis=2) if is_gray else small)
