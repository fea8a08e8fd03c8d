"""Pausing, extending, other losses, estimates, and TensorBoard."""

import threading
import time
from pathlib import Path

import pandas as pd
import pytest
import torch

from colorizer import jobs
from colorizer.datasets.dataset import Dataset
from colorizer.errors import InputError
from colorizer.runs import Run, load_run
from colorizer.training import trainer
from colorizer.training.estimate import Speed, estimate_training, measure_speed
from tests.training.helpers import assert_same_weights, metrics_without_time, silent, tiny_config


def test_pause_then_resume_matches_uninterrupted_run(tiny: Dataset) -> None:
    straight, run = (Run.create(name, tiny_config("fc512", epochs=4)) for name in ("straight", "paused"))
    trainer.train(straight, silent)
    seen: list[jobs.Status] = []

    def watcher() -> None:
        while not seen:
            if run.status().state == "paused":
                assert run.state_file.exists()
                time.sleep(0.5)
                seen.append(run.status())
                jobs.clear_pause(run.folder)
            time.sleep(0.01)

    thread = threading.Thread(target=watcher)
    thread.start()
    ends: dict[int, float] = {}

    def log(line: str) -> None:
        if line.startswith("epoch "):
            ends[len(ends) + 1] = time.monotonic()
        if line.startswith("epoch 2/"):
            jobs.request_pause(run.folder)

    trainer.train(run, log)
    thread.join()
    assert seen[0].is_active
    assert seen[0].progress["epoch"] == 2
    assert run.status().state == "finished"
    counted = run.metrics().set_index("epoch").seconds
    assert counted[3] - counted[2] < ends[3] - ends[2] - 0.4, "pauses are not counted"
    pd.testing.assert_frame_equal(metrics_without_time(straight), metrics_without_time(run), check_exact=True)
    assert_same_weights(straight, run)


def test_pause_outlives_its_process(tiny: Dataset) -> None:
    run = Run.create("r", tiny_config("fc512"))
    jobs.write_status(run.folder, "paused", progress={"epoch": 1})
    path = run.folder / "status.json"
    path.write_text(path.read_text().replace('"pid": ', '"pid": 9'))
    status = run.status()
    assert (status.state, status.is_active, status.progress) == ("paused", False, {"epoch": 1})


def test_extended_run_starts_a_new_learning_rate_cycle(trained: Run) -> None:
    weights = trained.state_file.read_bytes()
    longer = trained.extend(5)
    assert not longer.is_finished()
    trainer.train(longer, silent)
    metrics = load_run("trained").metrics()
    assert list(metrics.epoch) == [1, 2, 3, 4, 5]
    assert metrics.learning_rate[1] > metrics.learning_rate[0]
    assert metrics.learning_rate.iloc[-1] < metrics.learning_rate[1]
    assert trained.state_file.read_bytes() != weights


def test_extended_run_resumes_exactly(tiny: Dataset) -> None:
    runs = [Run.create(name, tiny_config("fc512", epochs=2)) for name in ("a", "b")]
    for run in runs:
        trainer.train(run, silent)
    straight, stopped = (run.extend(5) for run in runs)
    trainer.train(straight, silent)
    trainer.train(stopped, lambda line: jobs.request_stop(stopped.folder) if line.startswith("epoch 4/") else None)
    assert stopped.status().state == "stopped"
    trainer.train(stopped, silent)
    assert_same_weights(straight, stopped)


def test_extend_needs_more_epochs_and_a_checkpoint(trained: Run) -> None:
    with pytest.raises(InputError, match="already has 1 epoch: choose a larger number"):
        trained.extend(1)
    trained.state_file.unlink()
    with pytest.raises(InputError, match="no saved state to resume from"):
        trained.extend(3)
    assert load_run("trained").config.epochs == 1


@pytest.mark.parametrize("loss", ["l1", "smooth_l1"])
def test_other_losses_still_report_mse(loss: str, tiny: Dataset) -> None:
    run, mse = Run.create(loss, tiny_config("fc512", loss=loss)), Run.create("mse", tiny_config("fc512"))
    trainer.train(run, silent)
    trainer.train(mse, silent)
    assert run.best_weights.read_bytes() != mse.best_weights.read_bytes()
    assert run.metrics().train_loss[0] == pytest.approx(mse.metrics().train_loss[0], rel=0.2)


def test_stopped_run_has_its_card_and_no_stop_request(tiny: Dataset) -> None:
    run = Run.create("r", tiny_config("fc512", epochs=9))
    trainer.train(run, lambda line: jobs.request_stop(run.folder) if line.startswith("epoch 1/") else None)
    assert "# r" in (run.folder / "README.md").read_text()
    assert not jobs.stop_requested(run.folder)


def test_measuring_speed_does_not_touch_the_random_state(tiny: Dataset) -> None:
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    speed = measure_speed(tiny_config("fc512"), tiny, seconds=0.05)
    assert torch.equal(torch.rand(2), expected)
    assert speed.train > 0
    assert speed.parameters == 2_659_888


def test_estimate_covers_all_epochs_and_both_splits(tiny: Dataset) -> None:
    short, long = (
        estimate_training(tiny_config("fc512", epochs=epochs), tiny, Speed(48.0, 12.0, 1000)) for epochs in (10, 110)
    )
    assert long.seconds - short.seconds == pytest.approx(100 * 2)
    assert long.disk_bytes > short.disk_bytes
    assert "images per second" in long.sentence()


def test_estimated_disk_space_is_realistic(tiny: Dataset) -> None:
    run = Run.create("r", tiny_config("fc512", epochs=3))
    trainer.train(run, silent)
    taken = sum(path.stat().st_size for path in run.folder.rglob("*") if path.is_file())
    foreseen = estimate_training(run.config, tiny, Speed(1.0, 1.0, 2_659_888)).disk_bytes
    assert taken <= foreseen <= 2 * taken


def test_tensorboard_events_hold_the_curve(tiny: Dataset) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run = Run.create("r", tiny_config("fc512", epochs=3))
    trainer.train(run, silent)
    events = EventAccumulator(str(run.folder / "tensorboard"))
    events.Reload()
    points = events.Scalars("test_loss")
    assert [point.step for point in points] == [1, 2, 3]
    assert [point.value for point in points] == pytest.approx(list(run.metrics().test_loss))


def test_training_works_without_tensorboard(tiny: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    run = Run.create("r", tiny_config("fc512", epochs=1))
    trainer.train(run, silent)
    assert run.status().state == "finished"
    assert not Path(run.folder / "tensorboard").exists()
