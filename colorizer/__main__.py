"""`python -m colorizer`."""

import os
import sys

from colorizer.cli import main

if __name__ == "__main__":
    code = main()
    if "WORLD_SIZE" in os.environ:
        # One of several that torchrun started. All is written by now, and now and then PyTorch's threads
        # outlive the interpreter and abort it, which torchrun takes for a failure of the training.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
