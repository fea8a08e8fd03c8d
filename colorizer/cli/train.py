"""The commands `train` and `runs`: start trainings, and look after runs."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colorizer.errors import InputError, UserError
from colorizer.options import add_flags
from colorizer.runs.config import PRESETS, TrainingConfig, from_preset

if TYPE_CHECKING:
    from colorizer.runs.store import Run
    from colorizer.training.trainer import Log, OnProgress


def add_train(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `train`."""
    command.set_defaults(command=_train)
    # torchrun takes --run for an abbreviation of an option of its own.
    command.add_argument("--run", "--name", required=True, help="name of the run, a folder in checkpoints/")
    command.add_argument("--preset", choices=PRESETS, help="settings to start from (default fast)")
    command.add_argument("--template", metavar="RUN", help="run whose settings to start from instead")
    command.add_argument(
        "--resume", action="store_true", help="go on with the run if it exists; with more --epochs, also after its end"
    )
    command.add_argument("--queue", action="store_true", help="train in the background, after the runs before it")
    command.add_argument("--estimate", action="store_true", help="only say how long it will take, and how much disk")
    add_flags(command, TrainingConfig)


def add_runs(command: argparse.ArgumentParser) -> None:
    """Add the actions of `runs`."""
    actions = command.add_subparsers(required=True, metavar="ACTION")
    for name, (action, about) in _ACTIONS.items():
        parser = actions.add_parser(name, help=about, description=about)
        parser.set_defaults(command=action)
        if name != "list":
            parser.add_argument("run", metavar="RUN")
        if name == "rename":
            parser.add_argument("name", metavar="NEW")
        if name == "export":
            parser.add_argument("file", type=Path, metavar="FILE", help=".csv, .png, .webp or .gif")


def _train(
    run: str, preset: str | None, template: str | None, resume: bool, queue: bool, estimate: bool, **settings: Any
) -> None:
    from colorizer.jobs import lower_priority

    lower_priority()
    given = {name: value for name, value in settings.items() if value is not None}
    if preset and template:
        raise InputError("Give --preset or --template, not both.")
    if estimate:
        _estimate(_new_config(preset, template, given))
    elif queue:
        _enqueue(_chosen_run(run, preset, template, resume, given))
    else:
        from colorizer.training.distributed import init_distributed

        with init_distributed() as dist:
            # Rank 0 creates the run; the others load it.
            if dist.is_main_process:
                chosen = _chosen_run(run, preset, template, resume, given)
            dist.barrier()
            if not dist.is_main_process:
                from colorizer.runs.store import load_run

                chosen = load_run(run)
            _train_here(chosen, dist)


def _train_here(run: "Run", dist: Any) -> None:
    from colorizer.runs import queue
    from colorizer.training.trainer import train

    try:
        with _progress_bar(run, dist.is_main_process) as (log, on_progress):
            train(run, log, on_progress, dist)
    finally:
        if dist.is_main_process:
            queue.advance()


@contextmanager
def _progress_bar(run: "Run", is_main_process: bool) -> "Iterator[tuple[Log, OnProgress]]":
    """A bar with the time left in a terminal, plain lines elsewhere."""
    if not (is_main_process and sys.stdout.isatty() and sys.stderr.isatty()):
        yield lambda line: print(line, flush=True), lambda progress: None
        return
    from tqdm import tqdm

    bar_format = "{l_bar}{bar}| {n:.1f}/{total_fmt} epochs [{elapsed}<{postfix}]"
    with tqdm(total=run.config.epochs, bar_format=bar_format, dynamic_ncols=True) as bar:

        def on_progress(progress: dict[str, Any]) -> None:
            left = progress["seconds_left"]
            bar.set_postfix_str(f"{bar.format_interval(left) if left is not None else '?'} left", refresh=False)
            bar.n = progress["share"] * progress["epochs"]
            bar.refresh()

        yield lambda line: bar.write(line), on_progress


def _new_config(preset: str | None, template: str | None, given: dict[str, Any]) -> TrainingConfig:
    from colorizer.datasets.dataset import load_dataset
    from colorizer.runs.store import load_run
    from colorizer.training.learner import choose_device, validate_fits, validate_init_from

    if template:
        config = TrainingConfig(**{**asdict(load_run(template).config), **given})
    else:
        for name in ("architecture", "dataset"):
            if name not in given:
                raise InputError(f"A new run needs --{name} (see: python -m colorizer train --help).")
        config = from_preset(preset or "fast", **given)
    validate_fits(config, load_dataset(config.dataset))
    validate_init_from(config)
    choose_device(config)
    return config


def _chosen_run(name: str, preset: str | None, template: str | None, resume: bool, given: dict[str, Any]) -> "Run":
    from colorizer.runs.launcher import extend
    from colorizer.runs.store import create_run, load_run, run_names

    if not (resume and name in run_names()):
        return create_run(name, _new_config(preset, template, given))
    run = load_run(name)
    wanted = {**(PRESETS[preset] if preset else {}), **given}
    goes_on = wanted.get("epochs", 0) > run.config.epochs
    for setting, value in wanted.items():
        if getattr(run.config, setting) != value and not (goes_on and setting == "epochs"):
            raise InputError(
                f"The run {name!r} has {setting} {getattr(run.config, setting)}, not {value}: "
                "resume it without other settings, or start a new run."
            )
    return extend(run, wanted["epochs"]) if goes_on else run


def _estimate(config: TrainingConfig) -> None:
    from colorizer.datasets.dataset import load_dataset
    from colorizer.training.estimate import estimate, measure

    dataset = load_dataset(config.dataset)
    print(estimate(config, dataset, measure(config, dataset)).sentence())


def _enqueue(run: "Run") -> None:
    from colorizer.runs import launcher

    launcher.resume(run)
    state = run.status().state
    print(
        f"{run.name}: {'waits for its turn' if state == 'queued' else 'started'}; its log is {run.folder / 'log.txt'}"
    )


def _list() -> None:
    from colorizer.runs import queue
    from colorizer.runs.store import load_run, run_names

    queue.advance()
    for name in run_names():
        try:
            run = load_run(name)
        except UserError as error:
            print(f"{name:<20} {'damaged':<12} {error}")
            continue
        status, metrics = run.status(), run.metrics()
        best = f"best {metrics.test_loss.min():.6f}" if not metrics.empty else ""
        print(
            f"{name:<20} {status.state:<12} epoch {len(metrics)}/{run.config.epochs}  {best}  {status.message}".rstrip()
        )


def _pause(run: str) -> None:
    from colorizer.runs import launcher

    launcher.pause(_active(run))


def _resume(run: str) -> None:
    from colorizer.runs import launcher
    from colorizer.runs.store import load_run

    launcher.resume(load_run(run))


def _stop(run: str) -> None:
    from colorizer.runs import launcher, queue
    from colorizer.runs.store import load_run

    if load_run(run).status().state == "queued":
        queue.cancel(load_run(run))
    else:
        launcher.stop(_active(run))


def _active(name: str) -> "Run":
    from colorizer.runs.store import load_run

    run = load_run(name)
    if not run.status().is_active:
        raise InputError(f"The run {name!r} is not running: its state is {run.status().state}.")
    return run


def _first(run: str) -> None:
    from colorizer.runs import queue
    from colorizer.runs.store import load_run

    queue.move_first(load_run(run))


def _rename(run: str, name: str) -> None:
    from colorizer.runs.store import load_run, rename_run

    rename_run(load_run(run), name)


def _delete(run: str) -> None:
    from colorizer.runs.store import delete_run, load_run

    delete_run(load_run(run))


def _log(run: str) -> None:
    from colorizer import jobs
    from colorizer.runs.store import load_run

    print(jobs.log_tail(load_run(run).folder))


def _export(run: str, file: Path) -> None:
    from colorizer import files
    from colorizer.runs.export import export
    from colorizer.runs.store import load_run

    data = export(load_run(run), file.suffix.lower())
    try:
        files.write_bytes(file, data)
    except OSError as error:
        raise files.write_error(file, error) from None


_ACTIONS = {
    "list": (_list, "all runs and how they are"),
    "pause": (_pause, "save a running training's state and let it wait"),
    "resume": (_resume, "go on with a paused, stopped or interrupted run"),
    "stop": (_stop, "save a running training's state and end it; take a waiting one out of the queue"),
    "first": (_first, "let a waiting run be the next"),
    "rename": (_rename, "give a run another name"),
    "delete": (_delete, "delete a run and all it holds"),
    "log": (_log, "what a run's training printed last"),
    "export": (_export, "its metrics as .csv, its curve as .png, its pictures as an animated .webp or .gif"),
}
