"""The networks of the 2021 study: a convolutional encoder and a fully connected decoder.

The whole image passes through a vector of 512 (or 2,048) numbers, from which two dense layers redraw all 32x32
pixels.
"""

from torch import nn

from colorizer.models.base import ColorizationModel


def _double_conv(inputs: int, outputs: int) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, kernel_size=3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(outputs, outputs, kernel_size=3, padding=1),
        nn.ReLU(inplace=True),
    ]


class FC512(ColorizationModel):
    """FC-512, 2,659,888 parameters: standardized gray `(N, 1, 32, 32)` to RGB `(N, 3, 32, 32)` in (0, 1)."""

    image_size = 32
    hidden = 512
    """Units in the decoder's hidden layer."""

    def build_network(self) -> nn.Sequential:
        return nn.Sequential(
            *_double_conv(1, 16),
            nn.MaxPool2d(2),
            *_double_conv(16, 32),
            nn.MaxPool2d(2),
            *_double_conv(32, 32),
            nn.Flatten(),
            nn.Linear(32 * 8 * 8, self.hidden),
            nn.ReLU(inplace=True),
            nn.Linear(self.hidden, 3 * 32 * 32),
            nn.Sigmoid(),
            nn.Unflatten(1, (3, 32, 32)),
        )


class FC2048(FC512):
    """FC-2048, 10,525,744 parameters."""

    hidden = 2048
