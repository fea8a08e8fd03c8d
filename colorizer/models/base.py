"""The base class of all models: gray in [0, 1] in, RGB in [0, 1] out, and how to train and query the network.

A model knows its loss, its parameter groups, the weights it starts from and its predictions; training and inference
ask it, and never which architecture it is.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from colorizer.color import chroma, keep_luma, luma
from colorizer.errors import InputError
from colorizer.models.prediction import PointEstimate, Prediction
from colorizer.models.registry import SCRATCH, architecture
from colorizer.models.weights import load_weights

_TEACHER_WEIGHT = 0.75
"""Weight of the teacher's colors in the target; the rest is the true color, which the teacher does not know."""


@dataclass(frozen=True)
class TrainingStep:
    """What a model needs to compute the loss of one batch."""

    rgb: Tensor
    """This process's share of the batch, `(n, 3, H, W)` in [0, 1]; it may be empty."""
    forward: Callable[..., Tensor]
    """The model as wrapped for training (DistributedDataParallel); call this instead of the model."""
    criterion: Callable[[Tensor, Tensor], Tensor]
    """Pixel loss of a prediction and its target, summed over all values."""
    autocast: Callable[[], AbstractContextManager[object]]
    """Mixed precision, to be entered around networks."""
    teacher: "ColorizationModel | None" = None
    """A trained model whose colors are part of the target (distillation)."""
    batch_size: int = 1
    """Images in the batch of all processes."""
    number: int = 0
    """Number of the step in the whole run, from 0."""
    seed: int = 0
    rank: int = 0
    world_size: int = 1


class TrainingLoss(NamedTuple):
    """The loss of one batch, summed over all values of its images."""

    loss: Tensor
    """What is minimized."""
    squared_error: Tensor
    """Of the predicted colors and the true ones; what curves show, whatever the loss is."""


def mix_targets(truth: Tensor, taught: Tensor) -> Tensor:
    """Return the weighted mean of a true target and a teacher's: of colors, or of losses."""
    return torch.lerp(truth, taught, _TEACHER_WEIGHT)


class ColorizationModel(nn.Module, ABC):
    """Standardize the gray input, run the network, and keep the input's luma.

    The gray statistics are saved with the weights, so a weights file is enough to colorize. A subclass provides
    `build_network`, and overrides whatever differs.
    """

    image_size: ClassVar[int | None] = None
    """Side in pixels of the only images it takes, or None if it takes any height and width."""
    inference_sizes: ClassVar[tuple[int, ...]] = (32,)
    """Shorter sides in pixels to which a photograph is scaled for the network. The first is where colors are decided;
    a model that predicts distributions averages those of all scales. Measured by `benchmarks/inference_sizes.py`."""
    inference_multiple: ClassVar[int] = 1
    """At inference, heights and widths are rounded to multiples of this."""
    batch_norm_stride: ClassVar[int] = 0
    """Stride of the deepest layer with batch normalization, 0 without any: an image of this size or less leaves it one
    value per channel, so that a batch needs more than one image."""
    ensemble_size: ClassVar[int] = 1
    """Number of networks in the ensemble, each trained on its own part of every batch."""
    predicts_distribution: ClassVar[bool] = False
    """Whether it predicts a distribution over colors, so that vividness, hints and variants apply."""
    requires_keep_luma: ClassVar[bool] = False
    """Whether it predicts chroma only, so that it cannot redraw brightness."""
    has_pretrained_weights: ClassVar[bool] = False
    """Whether it has an encoder that can start from ImageNet weights; see `pretrained_weights`."""
    limits: ClassVar[str] = "Where several colors are plausible, it tends towards a dull middle."
    """For the model card: what its users should know."""

    gray_mean: Tensor
    gray_std: Tensor

    def __init__(self, *, gray_mean: float = 0.5, gray_std: float = 0.25, keep_luma: bool = True) -> None:
        """
        Args:
            gray_mean: mean of the training set's luma, in [0, 1].
            gray_std: its standard deviation.
            keep_luma: project the output on the input's luma; off reproduces the 2021 study.
        """
        super().__init__()
        self.network = self.build_network()
        self.keep_luma = keep_luma
        self.register_buffer("gray_mean", torch.tensor(gray_mean))
        self.register_buffer("gray_std", torch.tensor(gray_std))

    @abstractmethod
    def build_network(self) -> nn.Module:
        """Return the network with random weights: standardized gray `(N, 1, H, W)` to RGB `(N, 3, H, W)`."""

    def forward(self, gray: Tensor) -> Tensor:
        """Colorize.

        Args:
            gray: luma `(N, 1, H, W)` in [0, 1].

        Returns:
            RGB `(N, 3, H, W)`. In evaluation mode it is in [0, 1] and, with `keep_luma`, its luma is `gray`; in
            training mode out-of-gamut colors are left as they are.
        """
        rgb = cast(Tensor, self.network((gray - self.gray_mean) / self.gray_std))
        return keep_luma(gray, rgb, fit=not self.training) if self.keep_luma else rgb

    # --- Training

    @classmethod
    def pretrained_weights(cls) -> Path:
        """Return the file with ImageNet weights that this architecture can start from.

        Raises:
            InputError: it cannot, or the file is not installed.
        """
        raise InputError("This architecture has no part that is pretrained on ImageNet: choose scratch or a run.")

    @classmethod
    def can_learn_from(cls, teacher: "type[ColorizationModel]") -> bool:
        """Return whether a model of class `teacher` can be its teacher."""
        return True

    def initialize(self, init_from: str | Path, *, gray_mean: float, gray_std: float) -> None:
        """Set the initial weights.

        Args:
            init_from: `scratch` keeps the random weights, `imagenet` loads the ImageNet weights of the encoder, and a
                path loads all weights and the gray statistics of a run.
            gray_mean, gray_std: statistics of the training set.

        Raises:
            InputError: it cannot start from there.
        """
        if isinstance(init_from, Path):
            load_weights(self, init_from)
        elif init_from != SCRATCH:
            self.pretrained_weights()  # Raises: this class has none. A subclass that has some overrides this method.

    def parameter_groups(self, *, pretrained: bool) -> list[dict[str, Any]]:
        """Return all parameters as groups for an optimizer, each with its `lr_scale`.

        Args:
            pretrained: whether the initial weights are other than random.
        """
        return [{"params": list(self.parameters()), "lr_scale": 1.0}]

    def training_loss(self, step: TrainingStep) -> TrainingLoss:
        """Compute the loss of one batch. With a teacher, the target is a mixture of the true colors and its own."""
        gray, target = luma(step.rgb), step.rgb
        with step.autocast():
            predicted = step.forward(gray)
        predicted = predicted.float()
        if step.teacher is not None and len(gray):
            with torch.no_grad():
                target = mix_targets(step.rgb, step.teacher(gray).to(step.rgb.dtype))
        return self.pixel_loss(step, predicted, target)

    def pixel_loss(self, step: TrainingStep, predicted: Tensor, target: Tensor) -> TrainingLoss:
        """Compare predicted colors with the target, and with the true colors."""
        loss = step.criterion(predicted, target)
        return TrainingLoss(loss, F.mse_loss(predicted.detach(), step.rgb, reduction="sum"))

    # --- Inference

    @torch.inference_mode()
    def predict(self, grays: Sequence[Tensor], hints: Sequence[Tensor] | None = None) -> list[Prediction]:
        """Predict the colors of a batch of pictures of one shape.

        Args:
            grays: the pictures at each of `inference_sizes`, luma `(N, 1, h, w)` in [0, 1].
            hints: their hints at each size as `rasterize_hints` returns them, `(N, 3, h, w)`.

        Returns:
            One prediction for each picture, on the CPU.

        Raises:
            InputError: there are hints, and the network takes none.
        """
        if hints is not None:
            raise InputError("This network does not accept color hints: choose a run of the architecture photo.")
        rgb = self(grays[0].to(self.gray_mean.device)).cpu()
        return [PointEstimate(*pair) for pair in zip(grays[0], chroma(rgb), strict=True)]

    def fuse_batch_norm(self) -> None:
        """Fold each batch normalization into the convolution before it, in place; it cannot be trained afterwards."""
        self.eval()
        for layers in [module for module in self.modules() if isinstance(module, nn.Sequential)]:
            for (name, convolution), (next_name, normalization) in pairwise(list(layers.named_children())):
                if isinstance(convolution, nn.Conv2d) and isinstance(normalization, nn.BatchNorm2d):
                    setattr(layers, name, fuse_conv_bn_eval(convolution, normalization))
                    setattr(layers, next_name, nn.Identity())

    @property
    def parameters_count(self) -> int:
        """Number of trainable parameters."""
        return sum(parameter.numel() for parameter in self.parameters())


def build_model(
    architecture_name: str, *, gray_mean: float = 0.5, gray_std: float = 0.25, keep_luma: bool = True
) -> ColorizationModel:
    """Return a model of an architecture with random weights. For the other arguments see `ColorizationModel`.

    Raises:
        InputError: there is no such architecture.
    """
    model_class = architecture(architecture_name).model_class
    return model_class(gray_mean=gray_mean, gray_std=gray_std, keep_luma=keep_luma)
