"""Programs that measure. PyTorch's threads wait in them as they do in the product."""

import colorizer  # noqa: F401  # Before PyTorch, which heeds only then what it says.
