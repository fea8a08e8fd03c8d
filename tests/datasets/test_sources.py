"""Folders and ZIP files, honest and hostile."""

import stat
import zipfile
from pathlib import Path

import pytest

from colorizer.datasets.prepare import prepare
from colorizer.datasets.sources import open_source
from colorizer.errors import InputError
from tests.factories import file_bytes, smooth, write_class_folders, zip_bytes, zip_folder

PICTURE = file_bytes(smooth(0, 8, 8))


def names(source: Path) -> list[str]:
    return sorted(entry.name for entry in open_source(str(source)).entries())


def test_zip_matches_folder(tmp_path: Path) -> None:
    folder = write_class_folders(tmp_path / "source", train=6, test=3)
    archive = zip_folder(folder, tmp_path / "source.zip")
    assert names(folder) == names(archive)
    assert len(names(folder)) == 9
    one, other = open_source(str(folder)), open_source(str(archive))
    by_name = {entry.name: other.read(entry) for entry in other.entries()}
    assert {entry.name: one.read(entry) for entry in one.entries()} == by_name


def test_hidden_files_are_ignored(tmp_path: Path) -> None:
    odd = ["__MACOSX/._a.png", ".git/a.png", "a/.DS_Store", "a/Thumbs.db", "a/.b.png", "readme.txt", "a/c.rar"]
    path = zip_bytes(tmp_path / "source.zip", dict.fromkeys([*odd, "a/good.png"], PICTURE))
    assert names(path) == ["a/good.png"]
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "folder")
    assert names(tmp_path / "folder") == ["a/good.png"]


@pytest.mark.parametrize("name", ["../a.png", "a/../../b.png", "/etc/a.png", "..\\a.png", "C:/a.png", "C:\\a.png"])
def test_unsafe_zip_paths_are_refused(name: str, tmp_path: Path) -> None:
    path = zip_bytes(tmp_path / "source.zip", {"good.png": PICTURE, name: PICTURE})
    with pytest.raises(InputError, match=r"source\.zip was refused.*unsafe path.*Make a new archive"):
        names(path)


def test_zip_with_link_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "source.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("a/link.png")
        link.create_system = 3
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(InputError, match="link or a device"):
        names(path)


def test_zip_with_password_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="password"):
        names(with_encryption_flag(zip_bytes(tmp_path / "source.zip", {"a.png": PICTURE})))


def test_zip_with_duplicate_name_is_refused(tmp_path: Path) -> None:
    path = zip_bytes(tmp_path / "source.zip", {"a.png": PICTURE})
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("a.png", PICTURE)
    with pytest.raises(InputError, match="twice"):
        prepare([str(path)], "made")
    assert list((tmp_path / "data").iterdir()) == []


def test_zip_bomb_is_refused(tmp_path: Path) -> None:
    path = zip_bytes(tmp_path / "source.zip", {"a.png": bytes(3 * 2**20)})
    with pytest.raises(InputError, match="would unpack to 3 MB"):
        names(path)


def test_empty_zip_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no images in source\.zip"):
        prepare([str(zip_bytes(tmp_path / "source.zip", {}))], "made")


@pytest.mark.parametrize("cut", [0, 30, -30])
def test_truncated_zip_is_refused(cut: int, tmp_path: Path) -> None:
    path = zip_bytes(tmp_path / "source.zip", {"a.png": PICTURE})
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(InputError, match=r"is damaged or cut off|not a ZIP"):
        names(path)


def test_folder_without_images_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty" / "deeper").mkdir(parents=True)
    (tmp_path / "empty" / "notes.txt").write_text("nothing here")
    with pytest.raises(InputError, match=r"no images in empty.*\.jpg"):
        prepare([str(tmp_path / "empty")], "made")


def test_missing_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no folder or archive at .*nowhere"):
        names(tmp_path / "nowhere")


def test_image_file_is_not_a_source(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PICTURE)
    with pytest.raises(InputError, match="not a ZIP, TAR or RAR file"):
        names(tmp_path / "a.png")


def test_zip_with_backslashes_keeps_folders(tmp_path: Path) -> None:
    path = tmp_path / "source.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for split in ("train", "test"):
            for number in range(2):
                entry = zipfile.ZipInfo("placeholder")
                entry.filename = f"{split}\\cat\\{number}.png"
                archive.writestr(entry, PICTURE)
    dataset = prepare([str(path)], "made", 8)
    assert (dataset.manifest.train, dataset.manifest.test) == (2, 2)
    assert set(dataset.index()["file"]) == {"cat_0.png", "cat_1.png"}


def with_encryption_flag(path: Path) -> Path:
    """Say in both headers of a ZIP's only entry that it is encrypted."""
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(signature) + offset] |= 1
    path.write_bytes(data)
    return path
