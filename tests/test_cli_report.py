"""The command `report`."""

from pathlib import Path

import pytest

from colorizer.cli import main
from colorizer.datasets.dataset import Dataset
from colorizer.runs import Run
from tests.evaluation.conftest import brief as brief
from tests.factories import smooth, write_picture


@pytest.fixture
def arguments(trained: Run, tiny: Dataset, brief: None, tmp_path: Path) -> list[str]:
    return ["report", "trained", "--dataset", "tiny", "--output", str(tmp_path / "out.html")]


def test_report_is_measured_and_written(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--pictures", "worst", "--by", "trained", "--rows", "2"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == str(tmp_path / "out.html")
    text = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert text.count('class="row"') == 2
    assert main([*arguments, "--pictures", "numbers", "--numbers", "7,3"]) == 0
    text = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert text.index("Test image 7") < text.index("Test image 3")


def test_known_metrics_need_no_dataset(arguments: list[str], tiny: Dataset, tmp_path: Path) -> None:
    assert main([*arguments, "--pictures", "photographs", "--rows", "1"]) == 0
    tiny.folder.rename(tmp_path / "gone")
    own = write_picture(tmp_path / "own.png", smooth(1, 40, 60))
    assert main([*arguments, "--images", str(own)]) == 0
    assert "own.png" in (tmp_path / "out.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        (["--output", "out.pdf"], ".html, .png, or .csv"),
        (["--pictures", "nicest"], "cannot be selected by 'nicest'"),
        (["--pictures", "differ", "--by", "trained"], "two different networks"),
        (["--pictures", "best", "--by", "another"], "among the runs"),
        (["--pictures", "numbers", "--numbers", "12"], "from 0 to 11"),
        (["--pictures", "photographs", "--rows", "0"], "from 1 to 48, not 0"),
        (["--pictures", "photographs", "--rows", "-1"], "from 1 to 48, not -1"),
        (["--images", "missing.png"], "missing.png cannot be read"),
        (["--dataset", "elsewhere"], "no dataset 'elsewhere'"),
    ],
)
def test_bad_input_is_reported_and_writes_nothing(
    arguments: list[str], extra: list[str], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, *extra]) == 2
    assert reason in capsys.readouterr().err
    assert not (tmp_path / "out.html").exists()


def test_unwritable_output_is_reported(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*arguments, "--output", "no folder/out.html"]) == 3
    assert "cannot be written" in capsys.readouterr().err
