"""Settings: what the presets say and what is refused."""

import math
from dataclasses import fields

import pytest

from colorizer.errors import InputError
from colorizer.runs.config import PRESETS, TrainingConfig, from_preset, problems

BAD: list[tuple[str, list[object]]] = [
    ("architecture", ["", "resnet"]),
    ("dataset", ["", "a/b", "..", "a b", "x" * 65]),
    ("epochs", [0, -1, 100_001, 1.5, True, "ten"]),
    ("batch_size", [0, -100, 10_001, 2.5, None]),
    ("learning_rate", [0.0, -1e-3, 1.1, math.nan, math.inf, "fast"]),
    ("schedule", ["", "linear", None]),
    ("loss", ["", "psnr", None]),
    ("keep_luma", ["yes", 1, None]),
    ("flip", ["no", 0]),
    ("shift", [-1, 65, 1.5]),
    ("crop", [-1, 5000, 1.5]),
    ("weight_decay", [-0.1, 1.1, "much"]),
    ("averaging", [-0.1, 1.0, None]),
    ("seed", [-1, 2**31, 0.5]),
    ("start", ["", "../x", 1]),
    ("teacher", ["", "../x", 1]),
    ("device", ["tpu", "cuda:0", None]),
    ("bf16", ["yes", 1]),
]


def test_the_study_preset_is_what_the_study_did() -> None:
    config = from_preset("study", architecture="fc512", dataset="cifar10")
    assert (config.epochs, config.batch_size, config.learning_rate) == (2000, 100, 1e-4)
    assert config.schedule == "constant"
    assert not config.keep_luma
    assert not config.flip
    assert (config.shift, config.weight_decay, config.averaging) == (0, 0, 0)
    assert config.loss == "mse"
    assert not config.bf16


def test_the_default_preset_learns_faster_than_the_study() -> None:
    config = from_preset("fast")
    assert config.epochs < 100
    assert config.schedule == "one_cycle"
    assert config.keep_luma


def test_settings_replace_those_of_a_preset() -> None:
    config = from_preset("study", epochs=3, keep_luma=True)
    assert (config.epochs, config.keep_luma, config.learning_rate) == (3, True, 1e-4)


def test_an_unknown_preset_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=", ".join(PRESETS)):
        from_preset("slow")


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD for value in values])
def test_a_bad_setting_is_refused_by_its_name(name: str, value: object) -> None:
    with pytest.raises(InputError, match=name.replace("_", " ").removeprefix("keep ")):
        TrainingConfig(**{name: value})  # type: ignore[arg-type]


def test_every_setting_has_bad_values_above() -> None:
    assert [name for name, _ in BAD] == [setting.name for setting in fields(TrainingConfig)]


def test_all_problems_of_a_form_are_found_at_once_each_at_its_field() -> None:
    values = {"epochs": 0, "batch_size": 100, "learning_rate": 2.0, "dataset": "a b"}
    found = problems(values)
    assert found.keys() == {"epochs", "learning_rate", "dataset"}
    assert "from 1 to" in found["epochs"]
    assert problems({"epochs": 5}) == {}


def test_a_whole_number_is_a_learning_rate_too() -> None:
    assert TrainingConfig(learning_rate=1).learning_rate == 1
