"""The study's networks: a convolutional encoder and a fully connected decoder.

The whole picture passes through a vector of 512 (or 2,048) numbers, from which two dense layers
draw all 32x32 pixels anew.
"""

from torch import nn


def _two_convolutions(inputs: int, outputs: int) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, kernel_size=3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(outputs, outputs, kernel_size=3, padding=1),
        nn.ReLU(inplace=True),
    ]


def fully_connected(hidden: int) -> nn.Sequential:
    """The study's network.

    Args:
        hidden: units in the decoder's hidden layer.

    Returns:
        A network from standardized gray `(N, 1, 32, 32)` to RGB `(N, 3, 32, 32)` in (0, 1).
    """
    return nn.Sequential(
        *_two_convolutions(1, 16),
        nn.MaxPool2d(2),
        *_two_convolutions(16, 32),
        nn.MaxPool2d(2),
        *_two_convolutions(32, 32),
        nn.Flatten(),
        nn.Linear(32 * 8 * 8, hidden),
        nn.ReLU(inplace=True),
        nn.Linear(hidden, 3 * 32 * 32),
        nn.Sigmoid(),
        nn.Unflatten(1, (3, 32, 32)),
    )


def fc512() -> nn.Sequential:
    """FC-512, 2,659,888 parameters."""
    return fully_connected(512)


def fc2048() -> nn.Sequential:
    """FC-2048, 10,525,744 parameters."""
    return fully_connected(2048)
