"""Folders and ZIP files, valid and hostile."""

import csv
import os
import stat
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from colorizer.datasets.prepare import prepare
from colorizer.datasets.sources import open_source
from colorizer.datasets.sources.zip import decode_name
from colorizer.errors import InputError
from tests.factories import file_bytes, noise, smooth, write_class_folders, write_picture, zip_bytes, zip_folder

PICTURE = file_bytes(smooth(0, 8, 8))


def names(source: Path) -> list[str]:
    return sorted(entry.name for entry in open_source(str(source)).entries() if not entry.ignored)


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


@pytest.mark.parametrize("name", ["../a.png", "a/../../b.png", "..\\a.png", "a\\..\\..\\b.png"])
def test_unsafe_zip_paths_are_refused(name: str, tmp_path: Path) -> None:
    path = zip_bytes(tmp_path / "source.zip", {"good.png": PICTURE, name: PICTURE})
    with pytest.raises(InputError, match=r"source\.zip was rejected.*unsafe path.*Make a new archive"):
        names(path)


def test_link_in_a_zip_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "source.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("a/link.png")
        link.create_system = 3
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert [(entry.name, entry.ignored) for entry in open_source(str(path)).entries()] == [("a/link.png", "a link")]


def test_zip_with_password_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="password"):
        names(with_encryption_flag(zip_bytes(tmp_path / "source.zip", {"a.png": PICTURE})))


def test_duplicate_name_in_a_zip_keeps_the_later_file(tmp_path: Path) -> None:
    path = zip_bytes(tmp_path / "source.zip", {"train/a.png": PICTURE, "test/a.png": PICTURE})
    later = smooth(5, 8, 8)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("train/a.png", file_bytes(later))
    dataset = prepare([str(path)], "made", 8)
    assert np.array_equal(dataset.images("train")[0], later)
    assert dataset.manifest.sources[0].skipped == 1


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
    with pytest.raises(InputError, match=r"is damaged or incomplete|not a ZIP"):
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
    with pytest.raises(InputError, match="not a ZIP, TAR, or RAR file"):
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


def test_absolute_paths_and_colons_in_a_zip_are_only_names(tmp_path: Path) -> None:
    odd = ["/home/me/train/cat/0.png", "C:\\me\\test\\cat\\1.png", "train/cat: tabby/2.png"]
    dataset = prepare([str(zip_bytes(tmp_path / "source.zip", dict.fromkeys(odd, PICTURE)))], "made", 8)
    assert (dataset.manifest.train, dataset.manifest.test) == (2, 1)
    assert set(dataset.index()["file"]) == {"cat_0.png", "cat_1.png", "cat_ tabby_2.png"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "source.zip"]


def test_everything_ignored_is_counted_and_named(tmp_path: Path) -> None:
    odd = dict.fromkeys(("readme.txt", "train/.DS_Store", "__MACOSX/train/._0.png", "inner.zip", "train/0"), b"a")
    images = {"train/0.png": PICTURE, "test/0.png": PICTURE}
    path = zip_bytes(tmp_path / "source.zip", {**images, **odd})
    survey = open_source(str(path)).survey()
    assert survey.files == 2
    assert survey.ignored == {
        "no known image suffix": (2, "readme.txt"),
        "hidden": (2, "train/.DS_Store"),
        "an archive: unpack it first": (1, "inner.zip"),
    }
    dataset = prepare([str(path)], "made", 8)
    assert dataset.manifest.sources[0].skipped == 5
    with (dataset.folder / "left_out.csv").open(newline="", encoding="utf-8") as file:
        assert {row["original"] for row in csv.DictReader(file)} == set(odd)
    with pytest.raises(InputError, match=r"no images in .*inner\.zip \(an archive: unpack it first\)"):
        prepare([str(zip_bytes(tmp_path / "nested.zip", {"inner.zip": b"a"}))], "nested", 8)


def test_linked_folders_are_read_once(tmp_path: Path) -> None:
    write_class_folders(tmp_path / "elsewhere", train=3, test=3)
    root = tmp_path / "source"
    write_class_folders(root, train=3, test=3, seed=9)
    (root / "train" / "linked").symlink_to(tmp_path / "elsewhere" / "train" / "cat")
    (root / "again").symlink_to(root / "train")
    (root / "train" / "cat" / "loop").symlink_to(root)
    (root / "train" / "broken.png").symlink_to(root / "nothing")
    entries = {entry.name: entry.ignored for entry in open_source(str(root)).entries()}
    assert entries["train/linked/0.png"] == ""
    assert (entries["again"], entries["train/cat/loop"]) == ("a link", "a link")
    assert entries["train/broken.png"] == "not a regular file"
    assert sum(not reason for reason in entries.values()) == 7


def finder_zip(path: Path, count: int) -> Path:
    """Write a ZIP whose end record counts modulo 65,536, as the macOS Finder does."""
    zip_bytes(path, {f"{'train' if number % 9 else 'test'}/{number}.png": PICTURE for number in range(count)})
    data = bytearray(path.read_bytes())
    end = data.rfind(b"PK\5\6")
    zip64 = data.rfind(b"PK\6\6")
    size, start = struct.unpack_from("<2Q", data, zip64 + 40)
    data[end + 8 : end + 20] = struct.pack("<2H2I", count % 65536, count % 65536, size, start)
    path.write_bytes(data[:zip64] + data[end:])
    return path


def test_zip_of_70000_files_is_read_whole(tmp_path: Path) -> None:
    path = zip_bytes(tmp_path / "source.zip", {f"{number}.png": b"" for number in range(70_000)})
    assert len(names(path)) == 70_000


def test_zip_of_70000_files_by_the_finder_is_read_whole(tmp_path: Path) -> None:
    assert len(names(finder_zip(tmp_path / "source.zip", 70_000))) == 70_000


def test_zip_with_entry_outside_the_file_ignores_it(tmp_path: Path) -> None:
    path = zip_bytes(tmp_path / "source.zip", {"a.png": PICTURE, "b.png": PICTURE})
    data = bytearray(path.read_bytes())
    entry = data.find(b"PK\1\2")
    extra = struct.pack("<2HQ", 1, 8, 2**63)
    data[entry + 30 : entry + 32] = struct.pack("<H", len(extra))
    data[entry + 42 : entry + 46] = b"\xff" * 4
    data[entry + 46 + 5 : entry + 46 + 5] = extra
    end = data.rfind(b"PK\5\6")
    size = struct.unpack_from("<I", data, end + 12)[0]
    data[end + 12 : end + 16] = struct.pack("<I", size + len(extra))
    path.write_bytes(data)
    entries = list(open_source(str(path)).entries())
    assert [(entry.name, bool(entry.ignored)) for entry in entries] == [("a.png", True), ("b.png", False)]
    assert open_source(str(path)).read(entries[1]) == PICTURE


@pytest.mark.parametrize("value", [2**63, 2**64 - 1, 2**40])
@pytest.mark.parametrize("place", [24, 32, 40, 48])
def test_impossible_zip64_end_records_are_refused(value: int, place: int, tmp_path: Path) -> None:
    path = zip_bytes(tmp_path / "source.zip", {"a.png": PICTURE})
    data = path.read_bytes()
    end = data.rfind(b"PK\5\6")
    size, start = struct.unpack_from("<2I", data, end + 12)
    record = bytearray(struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, size, start))
    record[place : place + 8] = struct.pack("<Q", value)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, end, 1)
    wide = data[end : end + 8] + b"\xff" * 12 + data[end + 20 :]
    path.write_bytes(data[:end] + record + locator + wide)
    if place == 24:
        assert names(path) == ["a.png"]  # The number of entries on this disk is not needed.
    else:
        with pytest.raises(InputError, match=r"source\.zip is damaged or incomplete"):
            names(path)


def test_zip_comment_may_hold_the_signature_of_the_end(tmp_path: Path) -> None:
    path = zip_bytes(tmp_path / "source.zip", {"a.png": PICTURE})
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"made by PK\5\6 " + bytes(40)
    assert names(path) == ["a.png"]


def test_zip_compressed_by_bzip2_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "source.zip", "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a.png", PICTURE)
    source = open_source(str(tmp_path / "source.zip"))
    assert source.read(next(source.entries())) == PICTURE


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "öü/猫.png"),
        ("cp932", "猫/ソフト表.png"),
        ("cp932", "ネコ/ｱｲｳ.png"),
        ("cp437", "Köln/Señor Müller.png"),
        ("cp437", "Äpfel/GRÖSSE.png"),
        ("ascii", "cat/a.png"),
    ],
)
def test_zip_names_without_stated_encoding(encoding: str, name: str) -> None:
    assert decode_name(name.encode(encoding)) == name


@pytest.mark.parametrize("path", ["~nosuchuser/x", "", " ", "a\0b", "/dev/zero", "x/" * 3000, "fifo", "/proc/1/mem"])
def test_unusual_paths_get_one_sentence(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("fifo")
    with pytest.raises(InputError):
        open_source(path)


def test_lzma_entries_are_read(tmp_path: Path) -> None:
    data = file_bytes(noise(1, 64, 64))
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.png", data)
    source = open_source(str(tmp_path / "a.zip"))
    (entry,) = source.entries()
    assert source.read(entry) == data


def test_paths_longer_than_the_system_allows_are_counted(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", smooth(1))
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("n" * 250, dir_fd=here)
        below = os.open("n" * 250, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    survey = open_source(str(tmp_path)).survey()
    assert survey.files == 1
    assert "longer than the system allows" in survey.describe_ignored()
