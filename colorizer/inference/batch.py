"""Files to files: pictures and folders in, one colored file each out."""

import os
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field, replace
from functools import cached_property
from pathlib import Path

from tqdm import tqdm

from colorizer import files
from colorizer.datasets.sources.base import is_image, stamp
from colorizer.errors import InputError, UserError
from colorizer.imaging import SUFFIXES, Picture, decode_image
from colorizer.imaging.decode import validate_file_size
from colorizer.imaging.encode import DEFAULT_SAVING, SaveOptions
from colorizer.inference import batch_report
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.rendering import DEFAULT_OPTIONS, ColorOptions
from colorizer.inference.variants import variants
from colorizer.models.hints import Hint
from colorizer.runs.store import load_run


@dataclass
class Summary:
    """What became of a batch."""

    report: Path
    """The table with a line for each file; not written for a single one."""
    done: int = 0
    skipped: int = 0
    """Files whose results were there already, from an earlier start."""
    failures: list[str] = field(default_factory=list)
    """One sentence for each file that could not be colorized."""


@dataclass(frozen=True)
class Share:
    """Which part of a batch this process does."""

    number: int = 0
    of: int = 1

    @classmethod
    def from_environment(cls) -> "Share":
        """As PyTorch's launcher `torchrun` tells it; all of it without that."""
        try:
            return cls(int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1")))
        except ValueError:
            raise InputError("RANK and WORLD_SIZE must be whole numbers, as torchrun sets them.") from None


def colorize_files(
    inputs: Sequence[str],
    output: Path,
    *,
    model: str,
    options: ColorOptions = DEFAULT_OPTIONS,
    saving: SaveOptions = DEFAULT_SAVING,
    share: Share | None = None,
    hints: Sequence[Hint] = (),
    count: int = 1,
) -> Summary:
    """Colorize files and the images in folders, at any depth.

    A result is called `<name>_colorized.<ending>`, in the sub-folder its input had, with a number where that
    exists already: no file is ever overwritten. Files that an earlier start has finished with the same
    settings are passed over. What becomes of each file is in the report in the output folder, if there is more
    than one.

    Args:
        inputs: paths of files and folders.
        output: folder for the results; made if need be.
        model: name of a run.
        options: saturation, warmth and vividness.
        saving: format, quality and metadata of the results.
        share: which part of the files to do, where several processes do one batch together.
        hints: colors that are given for some places, if there is just one picture.
        count: how many variants of it to make.

    Raises:
        InputError: nothing could be started: no such path, model or output folder; or there are several pictures
            and hints or variants are asked for.
    """
    share = share or Share()
    output = output.expanduser().absolute()
    tasks = [task for name in inputs for task in _expand(Path(name).expanduser().absolute(), output)]
    own = tasks[share.number :: share.of]
    place = batch_report.report_path(output, share.number if share.of > 1 else None)
    batch = _Batch(Colorizer.load(model), options, saving, output, Summary(place))
    if len(tasks) > 1 and (hints or count != 1):
        raise InputError("Color hints and variants are for one picture: give a single file.")
    try:
        output.mkdir(parents=True, exist_ok=True)
        if len(tasks) == 1:
            for task in own:
                for given in [hints] if count == 1 else batch.variants(task[0], count, hints):
                    replace(batch, hints=given).do(*task, {}, None)
            return batch.summary
        finished = batch_report.finished(output)
        with batch_report.writing(place) as table:
            for path, folder in tqdm(own, unit="picture", disable=None):
                batch.do(path, folder, finished, table)
    except OSError as error:
        raise files.write_error(output, error) from None
    return batch.summary


def _expand(path: Path, output: Path) -> list[tuple[Path, Path]]:
    """The pictures at `path`, each with the folder for its result."""
    if not path.exists():
        raise InputError(f"There is no file or folder {path}: check the path.")
    if not path.is_dir():
        return [(path, output)]
    if path == output:
        raise InputError(f"The results would lie among the pictures in {path}: choose another folder for them.")
    found = sorted(
        file
        for file in path.rglob("*")
        # Results of an earlier start are no inputs of the next.
        if is_image(file.relative_to(path).parts) and not (path in output.parents and output in file.parents)
        and file.is_file()
    )  # fmt: skip
    if not found:
        raise InputError(f"There are no images in the folder {path} ({', '.join(SUFFIXES)}).")
    return [(file, output / file.parent.relative_to(path)) for file in found]


@dataclass(frozen=True)
class _Batch:
    colorizer: Colorizer
    options: ColorOptions
    saving: SaveOptions
    output: Path
    summary: Summary
    hints: Sequence[Hint] = ()

    @cached_property
    def settings(self) -> str:
        """What must be the same for a result of an earlier start to be as good as a new one."""
        weights = stamp(load_run(self.colorizer.name).best_weights)
        return " ".join(map(str, (self.colorizer.name, weights, *astuple(self.options), *astuple(self.saving))))

    def do(self, path: Path, folder: Path, finished: batch_report.Finished, table: batch_report.Report | None) -> None:
        version, settings = "", self.settings
        try:
            version = stamp(path)
            if (str(path), version, settings) in finished:
                self.summary.skipped += 1
                return
            name, data = self._colorized(path)
            folder.mkdir(parents=True, exist_ok=True)
            with files.write_unique(folder / name, data) as target:
                # Announced before it is complete: whatever ends this process, the next start knows it is ours.
                if table:
                    place = target.relative_to(self.output).as_posix()
                    table.add(batch_report.Entry(str(path), version, settings, batch_report.DONE, place))
            self.summary.done += 1
            print(target)
            return
        except UserError as error:
            reason = str(error)
        except OSError as error:
            reason = f"{path.name} could not be read or its result written ({error.strerror or error})."
        if table:
            table.add(batch_report.Entry(str(path), version, settings, batch_report.FAILED, reason=reason))
        self.summary.failures.append(reason)

    def variants(self, path: Path, count: int, hints: Sequence[Hint]) -> list[Sequence[Hint]]:
        """The hints that lead to each variant of a picture."""
        return [variant.hints for variant in variants(self.colorizer, _read(path).pixels, count, hints)]

    def _colorized(self, path: Path) -> tuple[str, bytes]:
        """Name and content of a result."""
        picture = _read(path)
        return self.colorizer.export(
            picture, self.colorizer.predict(picture.pixels, self.hints), self.options, self.saving
        )


def _read(path: Path) -> Picture:
    try:
        validate_file_size(path.stat().st_size, path.name)
        return decode_image(path.read_bytes(), path.name)
    except OSError as error:
        raise InputError(f"{path.name} could not be read ({error.strerror or error}).") from None
