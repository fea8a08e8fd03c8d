"""User-facing labels for values and column names in the code."""

from colorizer.models.registry import ARCHITECTURES

_LABELS = {
    "one_cycle": "One cycle",
    "constant": "Constant",
    "mse": "Mean squared error (MSE)",
    "l1": "Mean absolute error (L1)",
    "smooth_l1": "Smooth L1",
    "scratch": "Random weights",
    "imagenet": "ImageNet",
    "none": "None",
    "auto": "Automatic",
    "cpu": "CPU",
    "cuda": "GPU (CUDA)",
    "mps": "GPU (Apple)",
    "crop": "Center crop",
    "resize": "Resize (distorts)",
    "reject": "Leave out",
    "folders": "By folder",
    "random": "Random",
    "train": "Training",
    "test": "Test",
    "epoch": "Epoch",
    "step": "Step",
    "seconds": "Seconds",
    "learning_rate": "Learning rate",
    "train_loss": "Training loss",
    "test_loss": "Test loss",
}


def label(value: object) -> str:
    """Return what to show for a value of a setting, or for the name of a column."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    text = str(value)
    return ARCHITECTURES[text].title if text in ARCHITECTURES else _LABELS.get(text, text)
