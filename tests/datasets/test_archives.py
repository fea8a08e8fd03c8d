"""TAR and RAR files, honest and hostile. Whatever they hold, nothing comes out of the dataset's own folder."""

import gzip
import io
import shutil
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from colorizer.datasets.prepare import prepare
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
    with pytest.raises(InputError, match=r"No program to unpack made\.rar.*choose the folder instead, or install unar"):
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
    "tar: an absolute name": (lambda path: tar_bytes(path, {"/tmp/a.png": PICTURE}), "unsafe path"),
    "tar: a symbolic link": (lambda path: tar_with(path, tarfile.SYMTYPE), "a link or a device"),
    "tar: a hard link": (lambda path: tar_with(path, tarfile.LNKTYPE), "a link or a device"),
    "tar: a device": (lambda path: tar_with(path, tarfile.CHRTYPE, "null"), "a link or a device"),
    "tar: a pipe": (lambda path: tar_with(path, tarfile.FIFOTYPE), "a link or a device"),
    "tar: a bomb": (sparse_bomb, "200 times its size"),
    "tar: cut off": (lambda path: cut(tar_bytes(path, TWO), 1500), "cut off"),
    "tar: cut off between files": (lambda path: cut(tar_bytes(path, TWO), 1024), "cut off"),
    "tar: cut off, compressed": (lambda path: cut(tar_bytes(path, TWO, "w:gz"), -40), "cut off"),
    "tar: nothing in it": (lambda path: tar_bytes(path, {"notes.txt": b"a"}), "no images"),
    "rar: a name that leads outside": (lambda path: rar_bytes(path, {"../../a.png": PICTURE}), "unsafe path"),
    "rar: a symbolic link": (lambda path: rar_bytes(path, {"a.png": b"/etc"}, mode=stat.S_IFLNK | 0o777), "a link"),
    "rar: a device": (lambda path: rar_bytes(path, {"null": b""}, mode=stat.S_IFCHR | 0o666), "a link or a device"),
    "rar: a password": (lambda path: rar_bytes(path, {"a.png": PICTURE}, flags=4), "password"),
    "rar: cut off": (lambda path: cut(rar_bytes(path, TWO), -300), "cut off"),
    "rar: nothing in it": (lambda path: rar_bytes(path, {"notes.txt": b"a"}), "no images"),
    "no archive": (picture_file, "not a ZIP, TAR or RAR file"),
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


@pytest.mark.parametrize("kind", ["tar", "rar"])
def test_duplicate_name_is_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "source"
    if kind == "tar":
        with tarfile.open(path, "w") as archive:
            for _ in range(2):
                member = tarfile.TarInfo("a.png")
                member.size = len(PICTURE)
                archive.addfile(member, io.BytesIO(PICTURE))
    else:
        first = rar_bytes(path, {"a.png": PICTURE, "b.png": PICTURE}).read_bytes()
        head, tail = first[:20], first[20:-7]
        block = tail[: len(tail) // 2]
        path.write_bytes(head + block + block + first[-7:])
    with pytest.raises(InputError, match="twice"):
        prepare([str(path)], "made")
    assert list((tmp_path / "data").glob("*")) == []
