"""Labels and notes of the compared runs."""

from colorizer.comparison.comparison import Comparison
from colorizer.runs import Run
from tests.training.helpers import tiny_config


def test_shipped_runs_are_labeled_by_architecture(trained: Run) -> None:
    assert trained.title == "trained"
    shipped = Run.create("unet", tiny_config("unet"))
    assert shipped.title == "U-Net"
    same = Run.create("U-Net", tiny_config("unet"))
    assert list(Comparison((shipped, same), "tiny", ()).labels.values()) == ["unet", "U-Net"]
    assert Run.create("fc512", tiny_config("unet")).title == "fc512", "the name alone is not enough"
