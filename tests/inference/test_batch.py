"""Batches: nothing is overwritten, bad files do not stop the others, and a second start resumes."""

import csv
import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from colorizer.cli import main
from colorizer.errors import InputError, OutputError
from colorizer.imaging import OUTPUT_FORMATS, SaveOptions, decode_image
from colorizer.imaging.monochrome import is_gray
from colorizer.inference import ColorOptions, colorize_files
from colorizer.inference.batch import Shard
from colorizer.models.weights import save_weights
from colorizer.runs import Run
from colorizer.runs.config import TrainingConfig
from tests.factories import file_bytes, noise, plain_luma, smooth, write_picture
from tests.inference.test_colorizer import untrained
from tests.waiting import PATIENCE


@pytest.fixture
def output(trained: Run, tmp_path: Path) -> Path:
    return tmp_path / "deeper" / "results"


def names(folder: Path) -> list[str]:
    """Names of the results in a folder and below, without the reports."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*") if path.suffix != ".csv")


def report(folder: Path, part: str = "") -> list[dict[str, str]]:
    with (folder / f"colorizer-report{part}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("file_format", OUTPUT_FORMATS)
def test_colorize_one_file(file_format: str, output: Path, tmp_path: Path) -> None:
    source = write_picture(tmp_path / "holiday.png", smooth(1, 60, 90))
    before = source.read_bytes()
    summary = colorize_files([str(source)], output, model="trained", saving=SaveOptions(file_format))
    assert (summary.done, summary.failures) == (1, [])
    result = output / f"holiday_colorized{OUTPUT_FORMATS[file_format]}"
    picture = decode_image(result.read_bytes())
    assert picture.size == (90, 60)
    tolerance = 0.51 if file_format in ("png", "tiff") else 8
    assert np.abs(plain_luma(picture.pixels) - plain_luma(smooth(1, 60, 90))).max() <= tolerance
    assert not is_gray(picture, 2)
    assert source.read_bytes() == before
    assert names(output) == [result.name]


@pytest.mark.skipif(sys.platform != "linux", reason="names are text elsewhere")
def test_names_that_are_no_text(trained: Run, tmp_path: Path, output: Path) -> None:
    folder = tmp_path / "photos"
    for name in (b"\xff\xfe.png", b"a.png"):
        write_picture(folder / os.fsdecode(name), smooth(0))
    arguments = ["colorize", str(folder), "--output", str(output), "--model", "trained"]
    command = [sys.executable, "-m", "colorizer", *arguments]
    first, second = (subprocess.run(command, capture_output=True, check=True) for _ in range(2))
    assert os.fsencode(output) + b"/\xff\xfe_colorized.png\n" in first.stdout
    assert b"Skipped 2 files" in second.stdout


def test_linked_folders_are_colorized_and_other_files_named(trained: Run, tmp_path: Path, output: Path) -> None:
    folder, elsewhere = tmp_path / "photos", tmp_path / "elsewhere"
    write_picture(folder / "a.png", smooth(0))
    write_picture(elsewhere / "b.png", smooth(1))
    (folder / "class").symlink_to(elsewhere)
    (folder / "loop").symlink_to(folder)
    (folder / "notes.txt").touch()
    (folder / "photo.psd").touch()
    (folder / "._a.png").touch()
    notes: list[str] = []
    assert colorize_files([str(folder)], output, model="trained", on_note=notes.append).done == 2
    assert names(output) == ["a_colorized.png", "class/b_colorized.png"]
    (note,) = notes
    for words in ("2 files such as", "no known image suffix", "._a.png (hidden)", "loop (a link)"):
        assert words in note


def test_output_folder_inside_or_around_the_input_folder(trained: Run, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    for name in ("a.png", "b.png", "._a.png", ".hidden/c.png"):
        write_picture(folder / name, smooth(1))
    assert colorize_files([str(folder)], tmp_path, model="trained").done == 2
    for done in (2, 0):  # The second time, the results of the first are no pictures to be colored.
        assert colorize_files([str(folder)], folder / "out", model="trained").done == done
    assert names(folder / "out") == ["a_colorized.png", "b_colorized.png"]
    with pytest.raises(InputError, match="choose another output folder"):
        colorize_files([str(folder)], folder, model="trained")


def test_single_file_is_colorized_by_one_shard(trained: Run, output: Path, tmp_path: Path) -> None:
    source = write_picture(tmp_path / "a.png", smooth(1))
    for number in range(3):
        colorize_files([str(source)], output, model="trained", shard=Shard(number, 3))
    assert names(output) == ["a_colorized.png"]


def test_results_are_numbered_not_overwritten(output: Path, tmp_path: Path) -> None:
    source = write_picture(tmp_path / "a.png", smooth(1))
    same_name = write_picture(tmp_path / "other" / "a.png", smooth(2))
    output.mkdir(parents=True)
    (output / "a_colorized.png").write_bytes(b"somebody's own file")
    assert colorize_files([str(source), str(same_name)], output, model="trained").done == 2
    assert colorize_files([str(source)], output, model="trained", options=ColorOptions(0.5)).done == 1
    assert names(output) == [f"a_colorized{number}.png" for number in ("-2", "-3", "-4", "")]
    assert (output / "a_colorized.png").read_bytes() == b"somebody's own file"


def test_bad_files_do_not_stop_a_folder(output: Path, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    write_picture(folder / "a.png", smooth(1))
    write_picture(folder / "deeper" / "c.jpg", smooth(2))
    (folder / "b.jpg").write_text("this is no image")
    (folder / "cut.png").write_bytes(file_bytes(noise(0, 40, 40))[:800])
    (folder / "notes.txt").write_text("passed over")
    summary = colorize_files([str(folder)], output, model="trained")
    assert len(summary.failures) == 2
    assert "b.jpg" in summary.failures[0]
    assert "cut.png" in summary.failures[1]
    assert names(output) == ["a_colorized.png", "deeper/c_colorized.jpg"]
    rows = report(output)
    assert [row["state"] for row in rows] == ["done", "failed", "failed", "done"]
    assert rows[3]["input"] == str(folder / "deeper" / "c.jpg")
    assert rows[3]["output"] == "deeper/c_colorized.jpg"
    assert rows[1]["reason"] == summary.failures[0]


def test_second_start_resumes(output: Path, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    for number in range(4):
        write_picture(folder / f"{number}.png", smooth(number))
    (folder / "bad.png").write_text("not yet an image")
    first = colorize_files([str(folder)], output, model="trained")
    assert (first.done, first.skipped, len(first.failures)) == (4, 0, 1)
    untouched = (output / "0_colorized.png").stat().st_mtime_ns
    (output / "1_colorized.png").unlink()
    (output / "2_colorized.png").write_bytes(b"")  # as if the process had ended just before it was complete
    write_picture(folder / "3.png", smooth(30))
    write_picture(folder / "bad.png", smooth(4))
    with (output / "colorizer-report.csv").open("a") as file:
        file.write("/somewhere/torn.png,12")
    second = colorize_files([str(folder)], output, model="trained")
    assert (second.done, second.skipped, second.failures) == (4, 1, [])
    assert (output / "0_colorized.png").stat().st_mtime_ns == untouched
    assert names(output) == [f"{name}_colorized.png" for name in ("0", "1", "2")] + [
        "3_colorized-2.png", "3_colorized.png", "bad_colorized.png",
    ]  # fmt: skip
    assert colorize_files([str(folder)], output, model="trained").skipped == 5


def test_results_are_not_inputs(trained: Run, tmp_path: Path) -> None:
    for name in "ab":
        write_picture(tmp_path / "photos" / f"{name}.png", smooth(1))
    output = tmp_path / "photos" / "in color"
    for _ in range(2):
        colorize_files([str(tmp_path / "photos")], output, model="trained", options=ColorOptions(0.5))
    assert names(output) == ["a_colorized.png", "b_colorized.png"]


def test_shards_share_a_batch(output: Path, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    for number in range(5):
        write_picture(folder / f"{number}.png", smooth(number))
    summaries = [colorize_files([str(folder)], output, model="trained", shard=Shard(part, 2)) for part in (0, 1)]
    assert [summary.done for summary in summaries] == [3, 2]
    assert names(output) == [f"{number}_colorized.png" for number in range(5)]
    assert len(report(output, "-0")) == 3
    assert len(report(output, "-1")) == 2
    assert colorize_files([str(folder)], output, model="trained").skipped == 5


def test_concurrent_writers_get_different_names(output: Path, tmp_path: Path) -> None:
    for folder in ("one", "other"):
        write_picture(tmp_path / folder / "a.png", smooth(1))
    inputs = [str(tmp_path / folder) for folder in ("one", "other")]
    threads = [
        threading.Thread(
            target=colorize_files, args=(inputs, output), kwargs={"model": "trained", "shard": Shard(n, 2)}
        )
        for n in (0, 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names(output) == ["a_colorized-2.png", "a_colorized.png"]


def test_torchrun_shards_the_files(trained: Run, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    for number in range(5):
        write_picture(folder / f"{number}.png", smooth(number))
    (folder / "bad.png").write_text("no image")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command += ["-m", "colorizer", "colorize", str(folder), "--output", str(tmp_path / "out"), "--model", "trained"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "bad.png is not an image" in ended.stderr
    assert names(tmp_path / "out") == [f"{number}_colorized.png" for number in range(5)]


@pytest.mark.parametrize("name", ["RANK", "WORLD_SIZE"])
def test_invalid_rank_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "two")
    with pytest.raises(InputError, match="whole numbers"):
        Shard.from_environment()


def test_alpha_and_provenance_are_in_the_result(output: Path, tmp_path: Path) -> None:
    alpha = np.linspace(1, 255, 32 * 32, dtype=np.uint8).reshape(32, 32)
    image = Image.fromarray(np.dstack([smooth(1), alpha]))
    (tmp_path / "a.png").write_bytes(file_bytes(image))
    colorize_files([str(tmp_path / "a.png")], output, model="trained")
    data = (output / "a_colorized.png").read_bytes()
    picture = decode_image(data)
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, alpha)
    assert b"with the model trained on 20" in data


def test_color_options_are_applied(output: Path, tmp_path: Path) -> None:
    source = write_picture(tmp_path / "a.png", smooth(1))
    colorize_files([str(source)], output, model="trained", options=ColorOptions(saturation=0))
    colorize_files([str(source)], output, model="trained", options=ColorOptions(saturation=0, warmth=1))
    assert is_gray(decode_image((output / "a_colorized.png").read_bytes()), 0)
    warm = decode_image((output / "a_colorized-2.png").read_bytes()).pixels.astype(int)
    assert (warm[..., 0] - warm[..., 2]).mean() > 10


def test_16_bits_in_16_bits_out(output: Path, tmp_path: Path) -> None:
    gray = np.linspace(0, 65535, 64 * 64, dtype=np.uint16).reshape(64, 64)
    (tmp_path / "scan.tif").write_bytes(file_bytes(Image.fromarray(gray), "TIFF"))
    colorize_files([str(tmp_path / "scan.tif")], output, model="trained")
    result = tifffile.imread(output / "scan_colorized.tif")
    assert result.dtype == np.uint16
    assert np.abs(plain_luma(result) - gray).max() <= 2


def test_bad_arguments_write_nothing(output: Path, tmp_path: Path) -> None:
    source = write_picture(tmp_path / "a.png", smooth(1))
    (tmp_path / "empty").mkdir()
    for inputs, model, sentence in (
        ([str(tmp_path / "nowhere.png")], "trained", "no file or folder"),
        ([str(source), str(tmp_path / "empty")], "trained", "no images"),
        ([str(source)], "nobody", "no run 'nobody'"),
    ):
        with pytest.raises(InputError, match=sentence):
            colorize_files(inputs, output, model=model)
    assert not output.exists()


def test_output_that_is_a_file_is_refused(trained: Run, tmp_path: Path) -> None:
    source = write_picture(tmp_path / "a.png", smooth(1))
    with pytest.raises(OutputError, match="cannot be written"):
        colorize_files([str(source)], source, model="trained")


def test_long_names_are_shortened(output: Path, tmp_path: Path) -> None:
    names_of_inputs = ["x" * 245, "ü" * 118, "東" * 80]
    for name in names_of_inputs:
        write_picture(tmp_path / "in" / f"{name}.png", smooth(1))
    summary = colorize_files([str(tmp_path / "in")], output, model="trained")
    assert (summary.done, summary.failures) == (3, [])
    assert {name[0] for name in names(output)} == {"x", "ü", "東"}


def test_notes_are_in_the_report_and_on_the_command_line(
    output: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    for name in "ab":
        pages = [Image.fromarray(smooth(seed)) for seed in (1, 2)]
        data = file_bytes(pages[0], "TIFF", save_all=True, append_images=pages[1:])
        (tmp_path / "in" / f"{name}.tif").write_bytes(data)
    (tmp_path / "in" / "c.png").write_bytes(file_bytes(Image.fromarray(np.full((9, 9), 30_000, np.uint16))))
    command = ["colorize", str(tmp_path / "in"), "--output", str(output), "--model", "trained", "--format", "jpeg"]
    assert main(command) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [str(output / f"{name}_colorized.jpg") for name in "abc"]
    assert "note: a.tif has 2 pages: only the first was used." in printed.err
    assert "note: c.png has 16 bits per channel, of which JPEG keeps 8." in printed.err
    assert [row["reason"] for row in report(output)][1:] == [
        "b.tif has 2 pages: only the first was used.", "c.png has 16 bits per channel, of which JPEG keeps 8.",
    ]  # fmt: skip


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs the pipes and devices of Unix")
@pytest.mark.parametrize("path", ["pipe", "/dev/zero", "~nosuchuser/a.png", "", " ", "a" * 5000, "a\0b", "/dev/null"])
def test_paths_that_are_no_files_are_refused(path: str, trained: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match=r"(?i)path|pipe or a device"):
        colorize_files([str(tmp_path / path) if path == "pipe" else path], tmp_path / "out", model="trained")
    write_picture(tmp_path / "in" / "a.png", smooth(1))
    os.mkfifo(tmp_path / "in" / "pipe.png")
    assert colorize_files([f'"{tmp_path / "in"}"'], tmp_path / "out", model="trained").done == 1


def test_full_disk_stops_the_batch(output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    source = write_picture(tmp_path / "a.png", smooth(1))
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="disk is full"):
        colorize_files([str(source)], output, model="trained")


@pytest.fixture
def photo(trained: Run) -> str:
    run = Run.create("photo", TrainingConfig("photo", "tiny"))
    save_weights(untrained("photo").model, run.best_weights)
    return run.name


def test_cli_hints_and_variants(photo: str, tmp_path: Path) -> None:
    source, output = tmp_path / "old.png", tmp_path / "out"
    Image.fromarray(smooth(1, 40, 60)[..., 0]).save(source)
    command = ["colorize", str(source), "--output", str(output), "--model", photo]
    assert main(command) == 0
    assert main([*command, "--hint", "0.5,0.5,#c81e1e", "--hint", "0,1,#1e1ec8"]) == 0
    assert main([*command, "--variants", "3"]) == 0
    plain, hinted, first, *others = (
        Image.open(output / f"old_colorized{number}.png").tobytes() for number in ("", "-2", "-3", "-4", "-5")
    )
    assert first == plain, "the first variant is the first choice"
    assert len({plain, hinted, *others}) == 4
    assert len(list(output.iterdir())) == 5


@pytest.mark.parametrize("flags", [["--hint", "0.5,0.5"], ["--hint", "a,0.5,#ffffff"], ["--hint", "0,0,#12345g"],
                                   ["--hint", "2,0,#ffffff"], ["--variants", "7"], ["--variants", "0"]])  # fmt: skip
def test_cli_refuses_invalid_hints_and_variants(
    flags: list[str], photo: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(smooth(1, 40, 60)).save(tmp_path / "old.png")
    command = ["colorize", str(tmp_path / "old.png"), "--output", str(tmp_path / "out"), "--model", photo]
    assert main([*command, *flags]) == 2
    assert "must" in capsys.readouterr().err
    assert not list((tmp_path / "out").glob("*.png"))


def test_cli_refuses_hints_for_several_images(photo: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in "ab":
        Image.fromarray(smooth(1, 40, 60)).save(tmp_path / f"{name}.png")
    command = ["colorize", str(tmp_path / "a.png"), str(tmp_path / "b.png"), "--output", str(tmp_path / "out")]
    assert main([*command, "--model", photo, "--hint", "0,0,#ffffff"]) == 2
    assert "one file" in capsys.readouterr().err
