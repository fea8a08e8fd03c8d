"""The command line from end to end, and what scripts may rely on."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from colorizer.cli import main
from colorizer.datasets import Dataset, load_dataset
from colorizer.datasets.prepare import prepare
from colorizer.evaluation.cache import KEYS
from colorizer.imaging import decode_image
from colorizer.imaging.monochrome import is_gray
from colorizer.runs import Run, load_run
from tests.factories import smooth, write_class_folders, write_picture, zip_folder

ROOT = Path(__file__).resolve().parent.parent


def run_program(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m colorizer` in a process of its own."""
    command = [sys.executable, "-m", "colorizer", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ})


def test_prepare_train_evaluate_colorize(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_class_folders(tmp_path / "first", train=24, test=6)
    archive = zip_folder(write_class_folders(tmp_path / "second", train=12, test=6, seed=40), tmp_path / "second.zip")
    assert main(["prepare", str(folder), str(archive), "--name", "mine"]) == 0
    assert "36 training and 12 test images, 0 skipped" in capsys.readouterr().out

    training = ["train", "--architecture", "unet", "--dataset", "mine", "--run", "first", "--device", "cpu"]
    assert main([*training, "--epochs", "2", "--batch-size", "18"]) == 0
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()[1:]] == ["1/2", "2/2"]
    assert load_run("first").status().state == "finished"

    report = tmp_path / "report.json"
    assert main(["evaluate", "first", "--dataset", "mine", "--json", str(report)]) == 0
    gray, metrics = json.loads(report.read_text(encoding="utf-8"))
    assert (gray["run"], metrics["run"], metrics["architecture"]) == ("gray", "first", "unet")
    assert gray.keys() == metrics.keys() == set(KEYS)
    assert "first" in capsys.readouterr().out

    photograph = write_picture(tmp_path / "photograph.jpg", smooth(1, 120, 200)[..., :1].repeat(3, axis=-1))
    output = tmp_path / "results"
    assert main(["colorize", str(photograph), "--output", str(output), "--model", "first"]) == 0
    assert main(["colorize", str(photograph), "--output", str(output), "--model", "first", "--format", "png"]) == 0
    assert main(["colorize", str(photograph), "--output", str(output), "--model", "first"]) == 0
    names = ["photograph_colorized-2.jpg", "photograph_colorized.jpg", "photograph_colorized.png"]
    assert sorted(path.name for path in output.iterdir()) == names
    result = decode_image((output / names[2]).read_bytes())
    assert result.size == (200, 120)
    assert not is_gray(result, 2)
    assert str(output / names[0]) in capsys.readouterr().out


def test_runs_as_module(trained: Run, tmp_path: Path) -> None:
    source = write_picture(tmp_path / "a.png", smooth(1, 40, 60))
    result = run_program("colorize", str(source), "--output", str(tmp_path / "out"), "--model", "trained")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.strip() == str(tmp_path / "out" / "a_colorized.png")


@pytest.mark.parametrize(
    "arguments",
    [
        ["colorize", "no such file.jpg", "--output", "out"],
        ["train", "--run", "a/b", "--architecture", "unet", "--dataset", "tiny"],
        ["prepare"],
    ],
)
def test_bad_input_exits_with_2_and_one_line(arguments: list[str], tiny: Dataset) -> None:
    result = run_program(*arguments)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1


def test_prepare_sample_and_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("colorizer.datasets.sources.sample.TRAIN_CROPS", 12)
    monkeypatch.setattr("colorizer.datasets.sources.sample.TEST_CROPS", 6)
    folder = write_class_folders(tmp_path / "own", train=6, test=3)
    assert main(["prepare", "sample", str(folder), "--name", "mixed", "--size", "16", "--no-images"]) == 0
    manifest = load_dataset("mixed").manifest
    assert (manifest.train, manifest.test, manifest.size) == (18, 9, 16)
    assert not (load_dataset("mixed").folder / "images").exists()


def test_resume_and_extend_training(tiny: Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    new = ["train", "--architecture", "fc512", "--dataset", "tiny", "--run", "r", "--epochs", "1", "--device", "cpu"]
    assert main([*new, "--resume"]) == 0
    assert main(["train", "--run", "r", "--resume"]) == 0
    assert "finished all of its 1 epochs" in capsys.readouterr().out
    assert main([*new, "--resume"]) == 0
    assert main(new) == 2
    assert "There is already a run 'r'" in capsys.readouterr().err
    assert main(["train", "--run", "r", "--resume", "--seed", "9"]) == 2
    assert "has seed 0, not 9" in capsys.readouterr().err
    assert main(["train", "--run", "r", "--resume", "--epochs", "2"]) == 0
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()[1:]] == ["2/2"]


def test_options_override_preset(tiny: Dataset) -> None:
    settings = ["--preset", "study", "--epochs", "1", "--keep-luma", "--device", "cpu", "--batch-size", "48"]
    assert main(["train", "--architecture", "fc512", "--dataset", "tiny", "--run", "r", *settings]) == 0
    config = load_run("r").config
    assert (config.epochs, config.keep_luma, config.flip, config.learning_rate) == (1, True, False, 1e-4)
    assert config.schedule == "constant"


def test_evaluate_training_split(
    trained: Run, tiny: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "trained", "--dataset", "tiny"]) == 0
    on_test = capsys.readouterr().out
    assert main(["evaluate", "trained", "--dataset", "tiny", "--split", "train"]) == 0
    on_train = capsys.readouterr().out
    assert on_test != on_train
    assert "gray" in on_test


def test_evaluate_defaults_to_all_matching_runs(
    trained: Run, tiny: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(trained.folder, trained.folder.with_name("another"))
    Run.create("new", trained.config)
    assert main(["evaluate", "--dataset", "tiny"]) == 0
    first = capsys.readouterr().out.splitlines()
    assert first[:3] == ["evaluating gray", "evaluating another", "evaluating trained"]
    assert [line.split()[0] for line in first[4:7]] == ["gray", "another", "trained"]
    assert main(["evaluate", "--dataset", "tiny"]) == 0
    # The two have the same weights and so share cached metrics; the time of either may be shown.
    table = [line.rpartition(" ")[0] for line in capsys.readouterr().out.splitlines()]
    assert table == [line.rpartition(" ")[0] for line in first[3:]]
    for name in ("another", "trained"):
        load_run(name).delete()
    assert main(["evaluate", "--dataset", "tiny"]) == 2
    assert "train one" in capsys.readouterr().err


@pytest.mark.parametrize("command", [[], ["prepare"], ["datasets"], ["train"], ["evaluate"], ["colorize"]])
def test_every_command_has_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ending:
        main([*command, "--help"])
    assert ending.value.code == 0
    assert "usage: python -m colorizer" in capsys.readouterr().out


def test_list_and_delete_datasets(trained: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datasets"]) == 0
    assert capsys.readouterr().out == "tiny: 48 training and 12 test images of 32x32 pixels\n"
    assert main(["datasets", "--delete", "tiny"]) == 2
    assert "These runs used it: trained. Nothing was deleted" in capsys.readouterr().err
    assert main(["datasets", "--delete", "tiny", "--yes"]) == 0
    assert main(["datasets"]) == 0
    assert capsys.readouterr().out == "The dataset tiny was deleted.\n"


def test_list_and_delete_unfinished_dataset(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(what: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare([str(pictures)], "half", on_progress=interrupt)
    assert main(["datasets"]) == 0
    assert capsys.readouterr().out == "half: stopped, not finished\n"
    assert main(["datasets", "--delete", "half", "--yes"]) == 0
    assert main(["datasets"]) == 0
    assert capsys.readouterr().out == "The unfinished dataset half was deleted.\n"


def test_resume_with_other_settings_changes_nothing(trained: Run, capsys: pytest.CaptureFixture[str]) -> None:
    before = (trained.folder / "config.json").read_bytes()
    assert main(["train", "--run", "trained", "--resume", "--epochs", "50", "--learning-rate", "0.1"]) == 2
    assert "learning_rate" in capsys.readouterr().err
    assert main(["train", "--run", "trained", "--resume", "--preset", "study"]) == 2
    assert (trained.folder / "config.json").read_bytes() == before


def test_prepare_takes_all_options_from_flags(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--size", "16", "--resize-mode", "resize", "--split", "random", "--test-fraction", "0.3", "--seed", "5"]
    flags += ["--no-skip-unreadable", "--drop-grayscale", "--drop-duplicates", "--drop-leaks", "--no-images"]
    assert main(["prepare", str(pictures), "--name", "made", *flags]) == 0
    assert "60 images take about 46 kB" in capsys.readouterr().out
    settings = load_dataset("made").manifest.settings
    assert settings == {
        "size": 16, "resize_mode": "resize", "split": "random", "test_fraction": 0.3, "seed": 5,
        "skip_unreadable": False, "drop_grayscale": True, "drop_duplicates": True, "drop_leaks": True, "images": False,
    }  # fmt: skip
    assert main(["prepare", "--name", "none"]) == 2
    assert "no unfinished dataset 'none'" in capsys.readouterr().err
