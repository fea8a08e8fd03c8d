"""Programs that measure speed, memory, and quality. None of them is a test."""

import colorizer  # noqa: F401  # First: it sets how PyTorch's threads wait, which must precede importing PyTorch.
