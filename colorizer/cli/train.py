"""The commands `train` and `runs`: train networks, and manage runs."""

import argparse
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colorizer.cli.progress import ProgressBar
from colorizer.errors import InputError
from colorizer.options import add_flags
from colorizer.runs.config import PRESETS, TrainingConfig, from_preset

if TYPE_CHECKING:
    from colorizer.runs import Run
    from colorizer.training import DistContext


def add_train(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `train`."""
    command.set_defaults(command=_train)
    # torchrun takes --run for an abbreviation of one of its own options.
    command.add_argument("--run", "--name", required=True, help="name of the run, a folder in checkpoints/")
    command.add_argument("--preset", choices=PRESETS, help="settings to start from (default: fast)")
    command.add_argument("--template", metavar="RUN", help="use the settings of this run instead of a preset")
    command.add_argument(
        "--resume", action="store_true", help="resume the run if it exists; with more --epochs, even a finished one"
    )
    command.add_argument("--queue", action="store_true", help="train in the background, after any runs in the queue")
    command.add_argument(
        "--estimate", action="store_true", help="only print how long training will take and the disk space it needs"
    )
    add_flags(command, TrainingConfig, PRESETS["fast"])


def add_runs(command: argparse.ArgumentParser) -> None:
    """Add the actions of `runs`."""
    actions = command.add_subparsers(required=True, metavar="ACTION")
    for name, (action, summary) in _ACTIONS.items():
        parser = actions.add_parser(name, help=summary, description=summary)
        parser.set_defaults(command=action)
        if name != "list":
            parser.add_argument("run", metavar="RUN")
        if name == "rename":
            parser.add_argument("name", metavar="NEW")
        if name == "export":
            parser.add_argument(
                "file", type=Path, metavar="FILE", help="file to write: .csv, .png, .webp, .gif, or .onnx"
            )


def _train(
    run: str, preset: str | None, template: str | None, resume: bool, queue: bool, estimate: bool, **settings: Any
) -> None:
    from colorizer.jobs import lower_priority

    lower_priority()
    given = {name: value for name, value in settings.items() if value is not None}
    if preset and template:
        raise InputError("Use either --preset or --template, not both.")
    if estimate:
        _print_estimate(_new_config(preset, template, given))
    elif queue:
        chosen = _open_run(run, preset, template, resume, given)
        (chosen.resume if resume else chosen.start)()
        state = "queued" if chosen.status().state == "queued" else "started"
        print(f"{run}: {state}; its log is {chosen.folder / 'log.txt'}")
    else:
        _train_here(run, lambda: _open_run(run, preset, template, resume, given))


def _train_existing(run: str) -> None:
    from colorizer.jobs import lower_priority
    from colorizer.runs import load_run

    lower_priority()
    _train_here(run, lambda: load_run(run))


def _train_here(name: str, open_run: "Callable[[], Run]") -> None:
    from colorizer.runs import advance_queue, load_run
    from colorizer.training import init_distributed

    with init_distributed() as dist:
        # Only rank 0 creates the run; the others open it afterwards.
        if dist.is_main_process:
            run = open_run()
        dist.barrier()
        if not dist.is_main_process:
            run = load_run(name)
        try:
            _train_with_progress(run, dist)
        finally:
            if dist.is_main_process:
                advance_queue()


def _train_with_progress(run: "Run", dist: "DistContext") -> None:
    from colorizer.training import train

    with ProgressBar("epochs", is_silent=not dist.is_main_process) as bar:

        def on_progress(progress: dict[str, Any]) -> None:
            done = progress["share"] * progress["epochs"]
            bar.update(f"training {run.name}", done, progress["epochs"], seconds_left=progress["seconds_left"])

        train(run, bar.log, on_progress, dist)


def _new_config(preset: str | None, template: str | None, given: dict[str, Any]) -> TrainingConfig:
    from colorizer.datasets.dataset import load_dataset
    from colorizer.runs import load_run
    from colorizer.training import choose_device, validate_fits, validate_init_from

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


def _open_run(name: str, preset: str | None, template: str | None, resume: bool, given: dict[str, Any]) -> "Run":
    """Create a run, or with `resume` open the existing one, extended if more epochs are given."""
    from colorizer.runs import Run, load_run, run_names

    run = load_run(name) if resume and name in run_names() else None
    if run is None or run.is_shipped:
        return Run.create(name, _new_config(preset, template, given))
    wanted = {**(PRESETS[preset] if preset else {}), **given}
    extends = wanted.get("epochs", 0) > run.config.epochs
    for setting, value in wanted.items():
        if getattr(run.config, setting) != value and not (extends and setting == "epochs"):
            raise InputError(
                f"The run {name!r} has {setting} {getattr(run.config, setting)}, not {value}: "
                "resume it without other settings, or start a new run."
            )
    return run.extend(wanted["epochs"]) if extends else run


def _print_estimate(config: TrainingConfig) -> None:
    from colorizer.datasets.dataset import load_dataset
    from colorizer.training import estimate_training, measure_speed

    dataset = load_dataset(config.dataset)
    print(estimate_training(config, dataset, measure_speed(config, dataset)).sentence())


def _list() -> None:
    from colorizer.runs import advance_queue, load_runs

    advance_queue()
    runs, damaged = load_runs()
    for run in runs:
        status, metrics = run.status(), run.metrics()
        best = f"best {metrics.test_loss.min():.6f}" if not metrics.empty else ""
        line = f"{run.name:<20} {status.state:<12} epoch {len(metrics)}/{run.config.epochs}  {best}  {status.message}"
        print(line.rstrip())
    for name, reason in damaged.items():
        print(f"{name:<20} {'damaged':<12} {reason}")


def _call(method: str) -> Callable[[str], None]:
    """Return a command that calls a method of the run."""

    def command(run: str) -> None:
        from colorizer.runs import load_run

        getattr(load_run(run), method)()

    return command


def _rename(run: str, name: str) -> None:
    from colorizer.runs import load_run

    load_run(run).rename(name)


def _log(run: str) -> None:
    from colorizer import jobs
    from colorizer.runs import load_run

    print(jobs.log_tail(load_run(run).folder))


def _export(run: str, file: Path) -> None:
    from colorizer import files
    from colorizer.runs import load_run
    from colorizer.runs.export import export

    data = export(load_run(run), file.suffix.lower())
    try:
        files.write_bytes(file, data)
    except OSError as error:
        raise files.write_error(file, error) from None


_ACTIONS: dict[str, tuple[Callable[..., None], str]] = {
    "list": (_list, "list all runs with their state"),
    "train": (_train_existing, "train an existing run in the foreground, from its last checkpoint if there is one"),
    "pause": (_call("pause"), "pause a run that is training; its progress is saved"),
    "resume": (_call("resume"), "continue a paused, stopped, or interrupted run in the background"),
    "stop": (_call("stop"), "stop a run that is training, saving its progress, or remove a run from the queue"),
    "first": (_call("move_first"), "move a run to the front of the queue"),
    "rename": (_rename, "rename a run"),
    "delete": (_call("delete"), "delete a run and all its files"),
    "log": (_log, "print the end of a run's log"),
    "export": (_export, "export metrics as .csv, the curve as .png, samples as .webp or .gif, or the network as .onnx"),
}
