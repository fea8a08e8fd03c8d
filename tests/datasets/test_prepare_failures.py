"""Whatever goes wrong, a dataset is there whole or not at all."""

import io
import shutil
import zipfile
from pathlib import Path

import filelock
import pytest

from colorizer import jobs
from colorizer.datasets import load_dataset
from colorizer.datasets.prepare import PrepareConfig, prepare, start_preparation, write
from colorizer.errors import InputError, UserError
from tests.factories import file_bytes, noise, smooth, write_class_folders, write_picture, zip_bytes


def everything_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_prepare_is_reproducible(pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contents = []
    for home in ("one", "two"):
        monkeypatch.setenv("COLORIZER_HOME", str(tmp_path / home))
        dataset = prepare([str(pictures)], "made")
        contents.append(everything_in(dataset.folder))
    assert contents[0] == contents[1]
    tables = {"manifest.json", "README.md", "index.csv", "left_out.csv", "statistics.json", "train.npy", "test.npy"}
    assert tables < set(contents[0])
    assert sum(name.startswith("images/") for name in contents[0]) == 60


def test_split_is_stable_when_images_are_added(tmp_path: Path) -> None:
    splits = []
    for count in (90, 180):
        for number in range(count):
            write_picture(tmp_path / "source" / f"class{number % 3}" / f"{number}.png", smooth(number, 8, 8))
        index = prepare([str(tmp_path / "source")], f"with{count}", 8).index()
        splits.append(dict(zip(index["original"], index["split"], strict=True)))
    assert splits[0].items() <= splits[1].items()
    assert set(splits[0].values()) == {"train", "test"}
    assert 5 <= list(splits[1].values()).count("test") <= 35


def test_unreadable_files_are_skipped_and_listed(tmp_path: Path) -> None:
    folder = write_class_folders(tmp_path / "source", train=6, test=3)
    (folder / "train" / "cat" / "text.jpg").write_text("this is no image")
    (folder / "test" / "cat" / "cut.png").write_bytes(file_bytes(noise(0, 32, 32))[:900])
    (folder / "train" / "cat" / "empty.png").write_bytes(b"")
    dataset = prepare([str(folder)], "made")
    assert (dataset.manifest.train, dataset.manifest.test) == (6, 3)
    assert dataset.manifest.sources[0].skipped == 3
    listed = " ".join(dataset.manifest.skipped)
    for name in ("text.jpg", "cut.png", "empty.png"):
        assert name in listed
    assert len(dataset.index()) == 9
    assert "| source | 6 | 3 | 3 |" in (dataset.folder / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("failure", ["bad source", "no readable image", "one image", "failing disk"])
def test_failed_prepare_leaves_nothing(failure: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = [str(write_class_folders(tmp_path / "source", train=6, test=3))]
    if failure == "bad source":
        sources.append(str(tmp_path / "nowhere"))
    elif failure == "no readable image":
        (tmp_path / "bad").mkdir()
        (tmp_path / "bad" / "a.png").write_text("no image")
        sources = [str(tmp_path / "bad")]
    elif failure == "one image":
        sources = [str(write_picture(tmp_path / "lonely" / "a.png", smooth(0)).parent)]
    else:

        def fail(folder: Path, manifest: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(write, "write_manifest", fail)
    with pytest.raises(UserError):
        prepare(sources, "made")
    assert list((tmp_path / "data").glob("*")) == []


def test_leftovers_of_a_killed_process_are_removed(pictures: Path, tmp_path: Path) -> None:
    left = tmp_path / "data" / ".made.building"
    left.mkdir(parents=True)
    (left / "train.npy").write_bytes(b"half")
    assert prepare([str(pictures)], "made").manifest.train == 48
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["made"]


def test_existing_dataset_is_not_overwritten(pictures: Path, tmp_path: Path) -> None:
    before = everything_in(prepare([str(pictures)], "made").folder)
    other = write_class_folders(tmp_path / "other", train=6, test=3, seed=9)
    with pytest.raises(InputError, match="There is already a dataset 'made'"):
        prepare([str(other)], "made")
    assert everything_in(tmp_path / "data" / "made") == before
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["made"]


def test_concurrent_prepare_of_one_name_is_refused(pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with (
        filelock.FileLock(tmp_path / "data" / ".made.building.lock"),
        pytest.raises(InputError, match="already being prepared"),
    ):
        prepare([str(pictures)], "made")
    assert prepare([str(pictures)], "made").manifest.train == 48


@pytest.mark.parametrize("name", ["", "a/b", "../a", ".hidden", "a b", "ä", "x" * 65, "a."])
def test_invalid_names_are_refused(name: str, pictures: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a valid dataset name"):
        prepare([str(pictures)], name)
    assert not (tmp_path / "data").exists()


def test_no_source_is_refused() -> None:
    with pytest.raises(InputError, match="at least one source"):
        prepare([], "made")


def test_file_in_place_of_the_data_folder_is_named(pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where a folder should be")
    with pytest.raises(InputError, match="data cannot be opened"):
        prepare([str(pictures)], "made")


def test_damaged_zip_entry_is_skipped(tmp_path: Path) -> None:
    files = {f"{split}/{number}.png": file_bytes(smooth(number)) for split in ("train", "test") for number in range(3)}
    path = zip_bytes(tmp_path / "source.zip", files)
    data = bytearray(path.read_bytes())
    start = data.find(b"test/1.png") + len(b"test/1.png") + 20
    data[start : start + 40] = bytes(40)
    path.write_bytes(data)
    manifest = prepare([str(path)], "made").manifest
    assert (manifest.train, manifest.test) == (3, 2)
    assert "test/1.png" in manifest.skipped[0]


def test_deleted_dataset_can_be_prepared_again(pictures: Path) -> None:
    first = prepare([str(pictures)], "made")
    shutil.rmtree(first.folder)
    assert prepare([str(pictures)], "made").manifest == first.manifest
    assert load_dataset("made").manifest == first.manifest


def test_second_start_of_a_name_leaves_the_first_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "launch", lambda folder, arguments: None)
    second: list[str] = []

    class Upload(io.BytesIO):
        """An upload during whose storing a second click comes."""

        def read(self, size: int | None = -1) -> bytes:
            if not second:
                second.append("started")
                with pytest.raises(ValueError, match="already being prepared"):
                    start_preparation(PrepareConfig(("sample",), "made"))
            return super().read(size)

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("train/a.png", "test/b.png"):
            archive.writestr(name, file_bytes(smooth(1)))
    preparation = start_preparation(PrepareConfig((), "made"), [("a.zip", Upload(buffer.getvalue()))])
    assert second
    assert Path(preparation.config.sources[0]).read_bytes() == buffer.getvalue()
