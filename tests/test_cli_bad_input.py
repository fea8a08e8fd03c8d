"""Bad input on the command line: exit code 2, one line that says what to do, no traceback."""

import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from colorizer.cli import main
from colorizer.datasets.dataset import Dataset
from colorizer.datasets.prepare.pipeline import prepare
from colorizer.datasets.sources import open_source
from colorizer.runs import Run, load_run, run_names
from tests.datasets.test_sources import with_encryption_flag
from tests.factories import file_bytes, huge_png, noise, smooth, write_class_folders, write_picture, zip_bytes
from tests.training.helpers import tiny_config

Refused = Callable[..., None]


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Refused:
    def check(arguments: list[str], *words: str, exit_code: int = 2) -> None:
        capsys.readouterr()
        assert main(arguments) == exit_code
        captured = capsys.readouterr()
        assert captured.err.startswith("error: ")
        assert captured.err.endswith("\n")
        assert captured.err.count("\n") == 1
        assert "Traceback" not in captured.err + captured.out
        for word in words:
            assert word in captured.err

    return check


def colorize(path: Path, model: str = "trained") -> list[str]:
    return ["colorize", str(path), "--output", str(path.parent / "out"), "--model", model]


def train(**settings: str) -> list[str]:
    values = {"architecture": "fc512", "dataset": "tiny", "run": "r", **settings}
    return ["train", *(f"--{name.replace('_', '-')}={value}" for name, value in values.items())]


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("text.jpg", b"this is no image at all", "use a JPEG"),
        ("cut.png", file_bytes(noise(0, 60, 60))[:1500], "copy it again"),
        ("empty.jpg", b"", "empty"),
        ("bomb.png", huge_png(100_000, 100_000), "smaller"),
    ],
)
def test_files_that_are_not_images(
    name: str, data: bytes, word: str, trained: Run, tmp_path: Path, refused: Refused
) -> None:
    (tmp_path / name).write_bytes(data)
    refused(colorize(tmp_path / name), name, word)
    assert list((tmp_path / "out").iterdir()) == []


def test_bad_file_does_not_stop_the_others(trained: Run, tmp_path: Path, refused: Refused) -> None:
    for number in range(3):
        write_picture(tmp_path / "photos" / f"{number}.png", smooth(number))
    (tmp_path / "photos" / "bad.jpg").write_text("no image")
    refused(colorize(tmp_path / "photos"), "bad.jpg")
    assert sorted(path.name for path in (tmp_path / "out").glob("*.png")) == [f"{n}_colorized.png" for n in range(3)]


def link_zip(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("link.png")
        link.create_system = 3
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return path


PICTURE = file_bytes(smooth(0))
SOURCES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "an empty ZIP": (lambda path: zip_bytes(path, {}), "no images"),
    "a ZIP with ../ names": (lambda path: zip_bytes(path, {"../../a.png": PICTURE}), "unsafe"),
    "a ZIP with a link": (link_zip, "link"),
    "an encrypted ZIP": (lambda path: with_encryption_flag(zip_bytes(path, {"a.png": PICTURE})), "password"),
    "a ZIP of unreadable images": (lambda path: zip_bytes(path, {"a.png": b"x", "b.png": b"y"}), "usable"),
    "a folder": (lambda path: path.mkdir() or path, "no images"),  # type: ignore[func-returns-value]
    "nothing": (lambda path: path, "check the path"),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_unusable_sources(kind: str, tmp_path: Path, refused: Refused) -> None:
    make, word = SOURCES[kind]
    refused(["prepare", str(make(tmp_path / "source.zip")), "--name", "made"], word)
    assert list((tmp_path / "data").glob("*")) == []


@pytest.mark.parametrize("name", ["a/b", "../a", "", "a b"])
def test_invalid_names(name: str, pictures: Path, tiny: Dataset, refused: Refused) -> None:
    refused(["prepare", str(pictures), f"--name={name}"], "not a valid dataset name")
    refused(train(run=name), "not a valid run name")
    refused(train(dataset=name), "not a valid dataset name")
    refused(["evaluate", name, "--dataset", "tiny"], "not a valid run name")


def test_taken_names(pictures: Path, trained: Run, refused: Refused) -> None:
    refused(["prepare", str(pictures), "--name", "tiny"], "There is already a dataset 'tiny'")
    refused(train(run="trained"), "There is already a run 'trained'")


def test_missing_runs_and_datasets(trained: Run, tmp_path: Path, refused: Refused) -> None:
    source = write_picture(tmp_path / "a.png", smooth(0))
    refused(colorize(source, "nobody"), "no run 'nobody'", "trained")
    refused(["evaluate", "nobody", "--dataset", "tiny"], "no run 'nobody'")
    refused(["evaluate", "trained", "--dataset", "nothing"], "no dataset 'nothing'", "prepare")
    refused(train(dataset="nothing"), "no dataset 'nothing'")
    assert run_names() == ["trained"]


@pytest.mark.parametrize("damage", ["missing", "cut", "other"])
def test_unusable_weights(damage: str, trained: Run, tmp_path: Path, refused: Refused) -> None:
    data = trained.best_weights.read_bytes()
    if damage == "missing":
        trained.best_weights.unlink()
    else:
        trained.best_weights.write_bytes({"cut": data[: len(data) // 2], "other": b"text" * 99}[damage])
    source = write_picture(tmp_path / "a.png", smooth(0))
    word = "is missing" if damage == "missing" else "is damaged"
    refused(colorize(source), "best.safetensors", word)
    refused(["evaluate", "trained", "--dataset", "tiny"], "best.safetensors", word)


def test_dataset_of_wrong_size(trained: Run, tmp_path: Path, refused: Refused) -> None:
    prepare([str(write_class_folders(tmp_path / "source", train=6, test=3))], "large", 64)
    for architecture in ("fc512", "fc2048"):
        refused(train(architecture=architecture, dataset="large"), "32x32", "64x64", "--size 32")
    Run.create("small", tiny_config("fc512"))
    refused(["evaluate", "small", "--dataset", "large"], "32x32")
    assert run_names() == ["small", "trained"]


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("epochs", "0", "epochs"),
        ("epochs", "-3", "epochs"),
        ("epochs", "many", "epochs"),
        ("epochs", "1.5", "epochs"),
        ("learning_rate", "-0.001", "learning rate"),
        ("learning_rate", "-1e-4", "learning rate"),
        ("learning_rate", "0", "learning rate"),
        ("learning_rate", "nan", "learning rate"),
        ("learning_rate", "fast", "learning-rate"),
        ("batch_size", "0", "batch size"),
        ("seed", "-1", "seed"),
        ("architecture", "resnet", "resnet"),
        ("schedule", "linear", "linear"),
        ("preset", "slow", "slow"),
        ("device", "tpu", "tpu"),
        ("color", "red", "--color"),
    ],
)
def test_options_out_of_range(name: str, value: str, word: str, tiny: Dataset, refused: Refused) -> None:
    refused(train(**{name: value}), word)
    assert run_names() == []


@pytest.mark.parametrize("value", [["--learning-rate", "-0.001"], ["--learning-rate", "-1e-4"], ["--epochs", "-1"]])
def test_negative_number_after_space(value: list[str], tiny: Dataset, refused: Refused) -> None:
    refused([*train(), *value], value[0].strip("-").partition("-")[0])


@pytest.mark.parametrize("flag", ["--queue", "--estimate"])
def test_run_that_cannot_start_is_not_created(flag: str, trained: Run, refused: Refused) -> None:
    refused([*train(init_from="imagenet"), flag], "no part that is pretrained on ImageNet")
    refused([*train(init_from="nowhere"), flag], "nowhere")
    refused([*train(init_from="trained"), flag], "is unet, not fc512")
    assert run_names() == ["trained"]


@pytest.mark.parametrize(("architecture", "crop"), [("unet", "8"), ("photo", "32")])
def test_batch_too_small_for_batch_normalization(architecture: str, crop: str, tiny: Dataset, refused: Refused) -> None:
    # Of 48 pictures, one is left over; of two or three, one of the two networks for photographs would have one.
    for size in ("1", "47") if architecture == "unet" else ("1", "2", "3", "15", "45", "46", "47"):
        refused(train(architecture=architecture, crop=crop, batch_size=size), "another batch size")


@pytest.mark.parametrize("name", ["gray", "scratch", "none", "imagenet"])
def test_reserved_names(name: str, tiny: Dataset, refused: Refused) -> None:
    refused(train(run=name), "choose another name")


def test_new_run_needs_architecture_and_dataset(tiny: Dataset, refused: Refused) -> None:
    refused(["train", "--run", "r", "--dataset", "tiny"], "--architecture")
    refused(["train", "--run", "r", "--architecture", "unet"], "--dataset")
    refused(["train", "--run", "r", "--resume"], "--architecture")
    refused(["train", "--architecture", "unet", "--dataset", "tiny"], "--run")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["paint"],
        ["prepare"],
        ["prepare", "sample"],
        ["prepare", "sample", "--name", "a", "--size", "big"],
        ["prepare", "sample", "--name", "a", "--size", "4"],
        ["evaluate"],
        ["evaluate", "trained"],
        ["evaluate", "trained", "--dataset", "tiny", "--split", "validation"],
        ["colorize", "--output", "out"],
        ["colorize", "a.png"],
        ["colorize", "a.png", "--output", "out", "--format", "gif"],
        ["colorize", "a.png", "--output", "out", "--saturation", "much"],
        ["colorize", "a.png", "--output", "out", "--saturation", "3"],
        ["colorize", "a.png", "--output", "out", "--verbose"],
    ],
)
def test_unknown_commands_and_flags(arguments: list[str], refused: Refused) -> None:
    refused(arguments)


def test_unwritable_json(trained: Run, tmp_path: Path, refused: Refused) -> None:
    for file in (tmp_path / "no" / "a.json", tmp_path):
        refused(["evaluate", "trained", "--dataset", "tiny", "--json", str(file)], "another file", exit_code=3)


def test_damaged_runs_and_datasets(trained: Run, tiny: Dataset, tmp_path: Path, refused: Refused) -> None:
    (tiny.folder / "train.npy").write_bytes(b"cut")
    refused(train(), "damaged", "prepare it again")
    assert load_run("r").status().state == "failed"
    (tiny.folder / "manifest.json").write_text("{")
    refused(["evaluate", "trained", "--dataset", "tiny"], "damaged")
    (trained.folder / "config.json").write_text("{")
    refused(colorize(write_picture(tmp_path / "a.png", smooth(0))), "damaged")


def test_paths_that_are_not_files(trained: Run, tmp_path: Path, refused: Refused) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    picture = write_picture(tmp_path / "a.png", smooth(0))
    for path in (tmp_path / "pipe.jpg", Path("/dev/zero")):
        refused(["colorize", str(path), "--output", str(tmp_path / "out")], "give an image file")
        refused(["report", "trained", "--dataset", "tiny", "--output", "r.html", "--images", str(path)], "image file")
        refused(["prepare", str(path), "--name", "made"], "neither a folder nor a file")
    refused(["colorize", str(picture), "--output", ""], "path is empty")
    refused(["colorize", "x" * 5_000, "--output", "out"], "x …")


def test_quoted_paths(trained: Run, tmp_path: Path) -> None:
    picture = write_picture(tmp_path / "a.png", smooth(0))
    assert main(["colorize", f'"{picture}"', "--output", f"'{tmp_path / 'out'}'", "--model", "trained"]) == 0
    assert (tmp_path / "out" / "a_colorized.png").is_file()
    assert open_source(f'"{tmp_path / "out"}"').survey().files == 1
