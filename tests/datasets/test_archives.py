"""TAR and RAR files, valid and hostile. Nothing is written outside the dataset's folder."""

import bz2
import gzip
import io
import lzma
import shutil
import stat
import tarfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from colorizer.datasets.prepare import prepare
from colorizer.datasets.sources import identify_archive, open_source
from colorizer.datasets.sources.tar import first_name
from colorizer.errors import InputError
from tests.factories import (
    LINNAEUS_CLASSES,
    file_bytes,
    folder_bytes,
    rar_bytes,
    smooth,
    tar_bytes,
    write_class_folders,
    write_linnaeus,
)  # fmt: skip

PICTURE = file_bytes(smooth(0, 8, 8))
needs_unpacker = pytest.mark.skipif(
    not any(map(shutil.which, ("unar", "bsdtar", "unrar"))), reason="no program to unpack RAR files is installed"
)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tar_matches_folder(mode: str, tmp_path: Path) -> None:
    folder = write_class_folders(tmp_path / "source", train=9, test=3)
    archive = tar_bytes(
        tmp_path / "source.tar", {f"./{name}": data for name, data in folder_bytes(folder).items()}, mode
    )
    one, other = prepare([str(folder)], "one"), prepare([str(archive)], "other")
    assert one.manifest.fingerprint == other.manifest.fingerprint
    assert set(one.index()["file"]) == set(other.index()["file"])
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["one", "other"]


@needs_unpacker
@pytest.mark.parametrize("size", [32, 64, 128, 256])
def test_linnaeus_rar_matches_folder(size: int, tmp_path: Path) -> None:
    folder = write_linnaeus(tmp_path / "source", size)
    archive = rar_bytes(tmp_path / f"Linnaeus 5 {size}X{size}.rar", folder_bytes(folder))
    from_rar, from_folder = prepare([str(archive)], "rar", size), prepare([str(folder)], "folder", size)
    assert (from_rar.manifest.train, from_rar.manifest.test) == (30, 10)
    assert from_rar.manifest.fingerprint == from_folder.manifest.fingerprint
    names = {f"{group}_{number}_{size}.png" for group in LINNAEUS_CLASSES for number in (1, 2)}
    assert set(from_rar.index().query("split == 'test'")["file"]) == names
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["folder", "rar"]


def test_rar_without_unpacker_names_the_alternatives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r"No program that can unpack made\.rar.*choose the folder, or install unar"):
        prepare([str(rar_bytes(tmp_path / "made.rar", {"a.png": PICTURE}))], "made")
    assert list((tmp_path / "data").glob("*")) == []


def tar_with(path: Path, kind: bytes, name: str = "a.png") -> Path:
    with tarfile.open(path, "w") as archive:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, "/etc/passwd"
        archive.addfile(member)
    return path


def sparse_bomb(path: Path) -> Path:
    """A gigabyte of nothing in a megabyte, declared as one picture."""
    member = tarfile.TarInfo("a.png")
    member.size = 2**30
    with gzip.open(path, "wb") as file:
        file.write(member.tobuf())
        for _ in range(64):
            file.write(bytes(2**20))
    return path


def cut(path: Path, length: int) -> Path:
    path.write_bytes(path.read_bytes()[:length])
    return path


def picture_file(path: Path) -> Path:
    path.write_bytes(PICTURE)
    return path


TWO = {"train/a.png": PICTURE, "test/b.png": PICTURE * 9}
HOSTILE: dict[str, tuple[Callable[[Path], Path], str]] = {
    "tar: a name that leads outside": (lambda path: tar_bytes(path, {"../a.png": PICTURE}), "unsafe path"),
    "tar: a symbolic link": (lambda path: tar_with(path, tarfile.SYMTYPE), r"no images .* a\.png \(a link\)"),
    "tar: a hard link": (lambda path: tar_with(path, tarfile.LNKTYPE), r"no images .* a\.png \(a link\)"),
    "tar: a device": (lambda path: tar_with(path, tarfile.CHRTYPE), "not a regular file"),
    "tar: a pipe": (lambda path: tar_with(path, tarfile.FIFOTYPE), "not a regular file"),
    "tar: a bomb": (sparse_bomb, "200 times its size"),
    "tar: cut off": (lambda path: cut(tar_bytes(path, TWO), 1500), "incomplete"),
    "tar: cut off between files": (lambda path: cut(tar_bytes(path, TWO), 1024), "incomplete"),
    "tar: cut off, compressed": (lambda path: cut(tar_bytes(path, TWO, "w:gz"), -40), "incomplete"),
    "tar: nothing in it": (lambda path: tar_bytes(path, {"notes.txt": b"a"}), "no images"),
    "rar: a name that leads outside": (lambda path: rar_bytes(path, {"../../a.png": PICTURE}), "unsafe path"),
    "rar: a symbolic link": (lambda path: rar_bytes(path, {"a.png": b"/etc"}, mode=stat.S_IFLNK | 0o777), "a link"),
    "rar: a device": (lambda path: rar_bytes(path, {"a.png": b""}, mode=stat.S_IFCHR | 0o666), "not a regular file"),
    "rar: a password": (lambda path: rar_bytes(path, {"a.png": PICTURE}, flags=4), "password"),
    "rar: cut off": (lambda path: cut(rar_bytes(path, TWO), -300), "incomplete"),
    "rar: nothing in it": (lambda path: rar_bytes(path, {"notes.txt": b"a"}), "no images"),
    "no archive": (picture_file, "not a ZIP, TAR, or RAR file"),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_archives_are_refused(kind: str, tmp_path: Path) -> None:
    make, reason = HOSTILE[kind]
    (tmp_path / "box").mkdir()
    path = make(tmp_path / "box" / "source")
    with pytest.raises(InputError, match=reason):
        prepare([str(path)], "made")
    assert list((tmp_path / "data").glob("*")) == []
    assert {item.name for item in tmp_path.iterdir()} <= {"box", "data"}
    assert [item.name for item in (tmp_path / "box").iterdir()] == ["source"]


def test_duplicate_name_keeps_the_later_file(tmp_path: Path) -> None:
    path = tmp_path / "source.tar"
    with tarfile.open(path, "w") as archive:
        for name, number in (("train/a.png", 0), ("test/a.png", 1), ("train/a.png", 2)):
            member, data = tarfile.TarInfo(name), file_bytes(smooth(number))
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    dataset = prepare([str(path)], "made")
    assert np.array_equal(dataset.images("train")[0], smooth(2))
    assert dataset.manifest.sources[0].skipped == 1
    assert "replaced by a later file of the same name" in (dataset.folder / "left_out.csv").read_text()


def test_links_in_an_archive_are_ignored_and_listed(tmp_path: Path) -> None:
    path = tmp_path / "source.tar"
    with tarfile.open(path, "w") as archive:
        for name in ("/data/train/cat/a.png", "./test/cat: tabby/a.png"):
            member = tarfile.TarInfo(name)
            member.size = len(PICTURE)
            archive.addfile(member, io.BytesIO(PICTURE))
        for name, kind in (("latest", tarfile.SYMTYPE), ("train/cat/b.png", tarfile.LNKTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "train"
            archive.addfile(member)
    manifest = prepare([str(path)], "made").manifest
    assert (manifest.train, manifest.test, manifest.sources[0].skipped) == (1, 1, 2)
    assert manifest.cleaning[0].examples == ("latest", "train/cat/b.png")


def gnu_header(kind: bytes, size: int, name: str = "././@LongLink") -> bytes:
    """Return the header of a TAR member."""
    member = tarfile.TarInfo(name)
    member.type = kind
    data = bytearray(member.tobuf(tarfile.GNU_FORMAT))
    data[124:136] = tarfile.itn(size, 12, tarfile.GNU_FORMAT)  # type: ignore[attr-defined]
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data)
    return bytes(data)


HEADERS: dict[str, Callable[[], bytes]] = {
    "a long name of gigabytes": lambda: gnu_header(b"L", 3 * 2**30) + b"a" * 2**21,
    "a pax record of gigabytes": lambda: gnu_header(b"x", 3 * 2**30) + b"9" * 2**21,
    "endless nested headers": lambda: b"".join(gnu_header(b"L", 1) + b"a".ljust(512, b"\0") for _ in range(3000)),
    "a pax length of 20 digits": lambda: gnu_header(b"x", 30) + b"99999999999999999999 path=a.png\n".ljust(512, b"\0"),
    "a pax size of 40 digits": lambda: gnu_header(b"x", 60) + (b"60 size=" + b"9" * 51 + b"\n").ljust(512, b"\0"),
    "a negative size": lambda: gnu_header(b"0", 0)[:124] + b"-0000000001\0" + gnu_header(b"0", 0)[136:],
    "a size of 2**90": lambda: gnu_header(b"0", 0, "a.png")[:124] + b"\x80" + b"\xff" * 11 + gnu_header(b"0", 0)[136:],
    "many shared pax records": lambda: b"".join(
        gnu_header(b"g", 400) + b"".join(b"12 GNU.sparse.%d=\n" % n for n in range(9)).ljust(512, b"\0")
        for _ in range(3000)
    ),
}


@pytest.mark.parametrize("opener", [open, gzip.open, bz2.open, lzma.open])
@pytest.mark.parametrize("kind", HEADERS)
def test_hostile_tar_headers_are_refused_in_bounded_time_and_memory(
    kind: str, opener: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "source.tar"
    with opener(path, "wb") as file:
        file.write(HEADERS[kind]())
    tracemalloc.start()
    started = time.process_time()
    with pytest.raises(InputError, match=r"source\.tar"):
        for _ in open_source(str(path)).entries():
            pass
    assert time.process_time() - started < 2
    assert tracemalloc.get_traced_memory()[1] < 2**26
    tracemalloc.stop()


@pytest.mark.parametrize("kind", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_names_and_sizes_are_those_of_tarfile(kind: int, tmp_path: Path) -> None:
    path = tmp_path / "source.tar"
    names = ["a.png", "é/ü.png", f"{'d' * 90}/{'n' * 90}.png", "x/" * 40 + "y.png"]
    names += [] if kind == tarfile.USTAR_FORMAT else ["n" * 300 + ".png", "猫" * 60 + ".png"]
    with tarfile.open(path, "w", format=kind, encoding="utf-8") as archive:
        for number, name in enumerate(names):
            member = tarfile.TarInfo(name)
            member.size = number * 300
            archive.addfile(member, io.BytesIO(bytes(member.size)))
    with tarfile.open(path) as archive:
        expected = [(member.name, member.size, member.offset_data) for member in archive]
    found = [(entry.name, entry.size, entry.offset) for entry in open_source(str(path)).entries()]
    assert found == expected


def test_concatenated_tar_files_are_read_as_one(tmp_path: Path) -> None:
    parts = [tar_bytes(tmp_path / f"{n}.tar", {f"{n}.png": PICTURE}).read_bytes() for n in range(2)]
    (tmp_path / "both.tar").write_bytes(b"".join(parts))
    assert [entry.name for entry in open_source(str(tmp_path / "both.tar")).entries()] == ["0.png", "1.png"]


def test_other_archive_formats_are_named(tmp_path: Path) -> None:
    for name, magic in (("a.7z", b"7z\xbc\xaf\x27\x1c"), ("a.zst", b"\x28\xb5\x2f\xfd")):
        (tmp_path / name).write_bytes(magic + bytes(50))
        with pytest.raises(InputError, match="which is not supported: extract it"):
            open_source(str(tmp_path / name))


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_uploaded_tar_file_is_surveyed_before_it_is_on_disk(mode: str, tmp_path: Path) -> None:
    data = tar_bytes(tmp_path / "a.tar", {"a.png": PICTURE}, mode).read_bytes()
    survey = identify_archive(io.BytesIO(data), "a.tar", Path("nowhere.tar")).survey(io.BytesIO(data))
    assert (survey.files, survey.unpacked) == (1, 0 if mode == "w" else len(PICTURE))


@pytest.mark.parametrize(
    "data", [b"\x1f\x8b\x08\x10" + bytes(6) + b"n" * 3_000_000, gzip.compress(b"") + bytes(3_000_000)]
)
def test_long_comments_and_padding_are_not_read_byte_by_byte(data: bytes) -> None:
    file = io.BytesIO(data)
    assert first_name(file) is None
    assert file.tell() < 2_000_000
