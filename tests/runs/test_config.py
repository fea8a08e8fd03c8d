"""The settings of a training: presets, validation, and the learning rate schedule."""

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
    ("random_shift", [-1, 65, 1.5]),
    ("crop", [-1, 5000, 1.5]),
    ("weight_decay", [-0.1, 1.1, "much"]),
    ("ema_decay", [-0.1, 1.0, None]),
    ("seed", [-1, 2**31, 0.5]),
    ("init_from", ["", "../x", 1]),
    ("teacher", ["", "../x", 1]),
    ("device", ["tpu", "cuda:0", None]),
    ("bf16", ["yes", 1]),
]


def test_study_preset_matches_the_study() -> None:
    config = from_preset("study", architecture="fc512", dataset="cifar10")
    assert (config.epochs, config.batch_size, config.learning_rate) == (2000, 100, 1e-4)
    assert config.schedule == "constant"
    assert not config.keep_luma
    assert not config.flip
    assert (config.random_shift, config.weight_decay, config.ema_decay) == (0, 0, 0)
    assert config.loss == "mse"
    assert not config.bf16


def test_fast_preset_is_shorter_than_the_study() -> None:
    config = from_preset("fast")
    assert config.epochs < 100
    assert config.schedule == "one_cycle"
    assert config.keep_luma


def test_settings_override_preset() -> None:
    config = from_preset("study", epochs=3, keep_luma=True)
    assert (config.epochs, config.keep_luma, config.learning_rate) == (3, True, 1e-4)


def test_unknown_preset_is_refused_listing_known_ones() -> None:
    with pytest.raises(InputError, match=", ".join(PRESETS)):
        from_preset("slow")


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD for value in values])
def test_bad_value_is_refused_naming_its_setting(name: str, value: object) -> None:
    with pytest.raises(InputError, match="(?i)" + name.replace("_", " ").removeprefix("keep ")):
        TrainingConfig(**{name: value})  # type: ignore[arg-type]


def test_every_setting_is_covered_by_bad_values() -> None:
    assert [name for name, _ in BAD] == [setting.name for setting in fields(TrainingConfig)]


def test_problems_validates_all_fields_of_a_form_at_once() -> None:
    values = {"epochs": 0, "batch_size": 100, "learning_rate": 2.0, "dataset": "a b"}
    found = problems(values)
    assert found.keys() == {"epochs", "learning_rate", "dataset"}
    assert "from 1 to" in found["epochs"]
    assert problems({"epochs": 5}) == {}


def test_int_is_accepted_for_float() -> None:
    assert TrainingConfig(learning_rate=1).learning_rate == 1


STEPS = 200


def learning_rates(schedule: str, steps: int = STEPS) -> list[float]:
    config = TrainingConfig(schedule=schedule, learning_rate=0.01)
    return [config.learning_rate_at(step, steps) for step in range(steps)]


def test_constant_schedule_never_changes() -> None:
    assert set(learning_rates("constant")) == {0.01}


def test_one_cycle_rises_for_a_fifth_and_decays_to_nearly_zero() -> None:
    rates = learning_rates("one_cycle")
    peak = rates.index(max(rates))
    assert peak == STEPS // 5
    assert rates[peak] == pytest.approx(0.01)
    assert rates[0] == pytest.approx(0.0004)
    assert rates[-1] < 1e-5
    assert rates[: peak + 1] == sorted(rates[: peak + 1])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert min(rates) > 0


@pytest.mark.parametrize("steps", [1, 2, 3, 5])
def test_one_cycle_is_positive_at_every_step_of_short_runs(steps: int) -> None:
    assert all(0 < rate <= 0.01 for rate in learning_rates("one_cycle", steps))
