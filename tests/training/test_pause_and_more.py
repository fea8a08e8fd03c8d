"""Pausing, going on for more epochs, other losses, and what it all will take."""

import threading
import time
from pathlib import Path

import pandas as pd
import pytest
import torch

from colorizer import jobs
from colorizer.datasets.dataset import Dataset
from colorizer.errors import InputError
from colorizer.runs import launcher
from colorizer.runs.store import Run, create_run, load_run
from colorizer.training import trainer
from colorizer.training.estimate import Speed, estimate, measure
from tests.training.helpers import assert_same_weights, metrics_without_time, silent, tiny_config


def test_a_paused_training_waits_with_its_work_saved_and_goes_on_as_if_nothing_had_been(tiny: Dataset) -> None:
    straight, run = (create_run(name, tiny_config("fc512", epochs=4)) for name in ("straight", "paused"))
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

    def say(line: str) -> None:
        if line.startswith("epoch "):
            ends[len(ends) + 1] = time.monotonic()
        if line.startswith("epoch 2/"):
            jobs.request_pause(run.folder)

    trainer.train(run, say)
    thread.join()
    assert seen[0].is_active
    assert seen[0].progress["epoch"] == 2
    assert run.status().state == "finished"
    counted = run.metrics().set_index("epoch").seconds
    assert counted[3] - counted[2] < ends[3] - ends[2] - 0.4, "a pause is not counted"
    pd.testing.assert_frame_equal(metrics_without_time(straight), metrics_without_time(run), check_exact=True)
    assert_same_weights(straight, run)


def test_a_pause_whose_process_is_gone_is_still_a_pause(tiny: Dataset) -> None:
    run = create_run("r", tiny_config("fc512"))
    jobs.write_status(run.folder, "paused", progress={"epoch": 1})
    path = run.folder / "status.json"
    path.write_text(path.read_text().replace('"pid": ', '"pid": 9'))
    status = run.status()
    assert (status.state, status.is_active, status.progress) == ("paused", False, {"epoch": 1})


def test_a_finished_run_goes_on_for_more_epochs_with_a_new_cycle_of_its_learning_rate(trained: Run) -> None:
    weights = trained.last_weights.read_bytes()
    longer = launcher.extend(trained, 5)
    assert not longer.is_finished()
    trainer.train(longer, silent)
    metrics = load_run("trained").metrics()
    assert list(metrics.epoch) == [1, 2, 3, 4, 5]
    assert metrics.learning_rate[1] > metrics.learning_rate[0]
    assert metrics.learning_rate.iloc[-1] < metrics.learning_rate[1]
    assert trained.last_weights.read_bytes() != weights


def test_more_epochs_interrupted_and_resumed_equal_more_epochs_straight(tiny: Dataset) -> None:
    runs = [create_run(name, tiny_config("fc512", epochs=2)) for name in ("a", "b")]
    for run in runs:
        trainer.train(run, silent)
    straight, stopped = (launcher.extend(run, 5) for run in runs)
    trainer.train(straight, silent)
    trainer.train(stopped, lambda line: jobs.request_stop(stopped.folder) if line.startswith("epoch 4/") else None)
    assert stopped.status().state == "stopped"
    trainer.train(stopped, silent)
    assert_same_weights(straight, stopped)


def test_fewer_epochs_and_runs_without_their_state_are_refused(trained: Run) -> None:
    with pytest.raises(InputError, match="has 1 epochs: ask for more"):
        launcher.extend(trained, 1)
    trained.state_file.unlink()
    with pytest.raises(InputError, match="came without the state"):
        launcher.extend(trained, 3)
    assert load_run("trained").config.epochs == 1


@pytest.mark.parametrize("loss", ["l1", "huber"])
def test_other_losses_train_another_network_and_report_the_same_figure(loss: str, tiny: Dataset) -> None:
    run, mse = create_run(loss, tiny_config("fc512", loss=loss)), create_run("mse", tiny_config("fc512"))
    trainer.train(run, silent)
    trainer.train(mse, silent)
    assert run.best_weights.read_bytes() != mse.best_weights.read_bytes()
    assert run.metrics().train_loss[0] == pytest.approx(mse.metrics().train_loss[0], rel=0.2)


def test_a_stopped_run_has_its_card_and_forgets_the_wish(tiny: Dataset) -> None:
    run = create_run("r", tiny_config("fc512", epochs=9))
    trainer.train(run, lambda line: jobs.request_stop(run.folder) if line.startswith("epoch 1/") else None)
    assert "# r" in (run.folder / "README.md").read_text()
    assert not jobs.stop_requested(run.folder)


def test_a_measurement_leaves_random_numbers_alone_and_tells_a_speed(tiny: Dataset) -> None:
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    speed = measure(tiny_config("fc512"), tiny, seconds=0.05)
    assert torch.equal(torch.rand(2), expected)
    assert speed.train > 0
    assert speed.parameters == 2_659_888


def test_an_estimate_counts_all_epochs_and_both_splits(tiny: Dataset) -> None:
    short, long = (estimate(tiny_config("fc512", epochs=epochs), tiny, Speed(48.0, 12.0, 1000)) for epochs in (10, 110))
    assert long.seconds - short.seconds == pytest.approx(100 * 2)
    assert long.disk_bytes > short.disk_bytes
    assert "images a second" in long.sentence()


def test_the_disk_that_was_estimated_is_the_disk_that_is_taken(tiny: Dataset) -> None:
    run = create_run("r", tiny_config("fc512", epochs=3))
    trainer.train(run, silent)
    taken = sum(path.stat().st_size for path in run.folder.rglob("*") if path.is_file())
    foreseen = estimate(run.config, tiny, Speed(1.0, 1.0, 2_659_888)).disk_bytes
    assert taken <= foreseen <= 2 * taken


def test_events_for_tensorboard_hold_the_curve(tiny: Dataset) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run = create_run("r", tiny_config("fc512", epochs=3))
    trainer.train(run, silent)
    events = EventAccumulator(str(run.folder / "tensorboard"))
    events.Reload()
    points = events.Scalars("test_loss")
    assert [point.step for point in points] == [1, 2, 3]
    assert [point.value for point in points] == pytest.approx(list(run.metrics().test_loss))


def test_without_tensorboard_nothing_is_missing(tiny: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    run = create_run("r", tiny_config("fc512", epochs=1))
    trainer.train(run, silent)
    assert run.status().state == "finished"
    assert not Path(run.folder / "tensorboard").exists()
