"""Files to files: nothing is overwritten, and one bad file does not stop the others."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from colorizer import images
from colorizer.batch import colorize_files
from colorizer.errors import InputError
from colorizer.runs.store import Run
from tests.making import file_bytes, noise, plain_luma, smooth, write_picture


@pytest.fixture
def output(trained: Run, tmp_path: Path) -> Path:
    return tmp_path / "deeper" / "results"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("file_format", images.OUTPUT_FORMATS)
def test_a_file_is_colorized_at_its_size(file_format: str, output: Path, tmp_path: Path) -> None:
    source = write_picture(tmp_path / "holiday.png", smooth(1, 60, 90))
    before = source.read_bytes()
    assert colorize_files([str(source)], output, model="trained", file_format=file_format) == []
    result = output / f"holiday_colorized{images.OUTPUT_FORMATS[file_format]}"
    picture = images.decode(result.read_bytes())
    assert picture.size == (90, 60)
    tolerance = 0.51 if file_format in ("png", "tiff") else 8
    assert np.abs(plain_luma(picture.pixels) - plain_luma(smooth(1, 60, 90))).max() <= tolerance
    assert not images.is_gray(picture, 2)
    assert source.read_bytes() == before
    assert names(output) == [result.name]


def test_results_are_numbered_and_never_overwritten(output: Path, tmp_path: Path) -> None:
    source = write_picture(tmp_path / "a.png", smooth(1))
    same_name = write_picture(tmp_path / "other" / "a.jpg", smooth(2))
    output.mkdir(parents=True)
    (output / "a_colorized.png").write_bytes(b"somebody's own file")
    assert colorize_files([str(source), str(same_name)], output, model="trained") == []
    assert colorize_files([str(source)], output, model="trained") == []
    assert names(output) == [f"a_colorized{number}.png" for number in ("-2", "-3", "-4", "")]
    assert (output / "a_colorized.png").read_bytes() == b"somebody's own file"
    assert (output / "a_colorized-2.png").read_bytes() == (output / "a_colorized-4.png").read_bytes()


def test_a_folder_with_one_bad_file_gives_the_others(output: Path, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    write_picture(folder / "a.png", smooth(1))
    write_picture(folder / "deeper" / "c.jpg", smooth(2))
    (folder / "b.jpg").write_text("this is no image")
    (folder / "cut.png").write_bytes(file_bytes(noise(0, 40, 40))[:800])
    (folder / "notes.txt").write_text("passed over")
    failures = colorize_files([str(folder)], output, model="trained")
    assert len(failures) == 2
    assert "b.jpg" in failures[0]
    assert "cut.png" in failures[1]
    assert names(output) == ["a_colorized.png", "c_colorized.png"]


def test_opacity_and_the_sentence_about_guesses_are_in_the_result(output: Path, tmp_path: Path) -> None:
    alpha = np.linspace(1, 255, 32 * 32, dtype=np.uint8).reshape(32, 32)
    image = Image.fromarray(np.dstack([smooth(1), alpha]))
    (tmp_path / "a.png").write_bytes(file_bytes(image))
    colorize_files([str(tmp_path / "a.png")], output, model="trained")
    data = (output / "a_colorized.png").read_bytes()
    picture = images.decode(data)
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, alpha)
    assert b"model trained; they are guesses, not facts" in data


def test_without_saturation_results_are_gray(output: Path, tmp_path: Path) -> None:
    source = write_picture(tmp_path / "a.png", smooth(1))
    colorize_files([str(source)], output, model="trained", saturation=0)
    assert images.is_gray(images.decode((output / "a_colorized.png").read_bytes()), 0)


@pytest.mark.parametrize("saturation", [-0.1, 2.1, float("nan")])
def test_a_saturation_out_of_range_is_refused(saturation: float, output: Path, tmp_path: Path) -> None:
    source = write_picture(tmp_path / "a.png", smooth(1))
    with pytest.raises(InputError, match="from 0 to 2"):
        colorize_files([str(source)], output, model="trained", saturation=saturation)
    assert not output.exists()


def test_what_cannot_be_started_writes_nothing(output: Path, tmp_path: Path) -> None:
    source = write_picture(tmp_path / "a.png", smooth(1))
    (tmp_path / "empty").mkdir()
    for inputs, model, sentence in (
        ([str(tmp_path / "nowhere.png")], "trained", "no file or folder"),
        ([str(source), str(tmp_path / "empty")], "trained", "no images in the folder"),
        ([str(source)], "nobody", "no run 'nobody'"),
    ):
        with pytest.raises(InputError, match=sentence):
            colorize_files(inputs, output, model=model)
    assert not output.exists()


def test_a_file_in_place_of_the_output_folder_is_refused(trained: Run, tmp_path: Path) -> None:
    source = write_picture(tmp_path / "a.png", smooth(1))
    with pytest.raises(InputError, match="cannot be made"):
        colorize_files([str(source)], source, model="trained")


def test_a_name_too_long_for_a_result_is_told(output: Path, tmp_path: Path) -> None:
    source = write_picture(tmp_path / f"{'x' * 245}.png", smooth(1))
    good = write_picture(tmp_path / "good.png", smooth(1))
    failures = colorize_files([str(source), str(good)], output, model="trained")
    assert len(failures) == 1
    assert "could not be read or its result written" in failures[0]
    assert names(output) == ["good_colorized.png"]
