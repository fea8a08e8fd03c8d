"""Labels and notes of the compared runs."""

from colorizer.comparison.comparison import Comparison, run_label
from colorizer.runs import Run
from tests.training.helpers import tiny_config


def test_shipped_runs_are_labeled_by_architecture(trained: Run) -> None:
    assert run_label(trained) == "trained"
    shipped = Run.create("unet", tiny_config("unet"))
    assert run_label(shipped) == "U-Net"
    same = Run.create("U-Net", tiny_config("unet"))
    assert list(Comparison((shipped, same), "tiny", ()).labels.values()) == ["unet", "U-Net"]
    assert run_label(Run.create("fc512", tiny_config("unet"))) == "fc512", "the name alone is not enough"
