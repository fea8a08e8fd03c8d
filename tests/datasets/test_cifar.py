"""CIFAR archives: small ones in the original layout."""

import hashlib
import pickle
import struct
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from colorizer.datasets.prepare import prepare
from colorizer.datasets.sources import open_source
from colorizer.datasets.sources.cifar import VARIANTS, CifarSource, download
from colorizer.errors import InputError
from tests.factories import smooth, tar_bytes

CLASSES = ["airplane", "automobile", "bird"]


def text(value: str) -> bytes:
    """A string as Python 2 pickled it."""
    data = value.encode("latin-1")
    return (b"U" + bytes([len(data)]) if len(data) < 256 else b"T" + struct.pack("<i", len(data))) + data


def batch(pixels: np.ndarray, labels: list[int], names: list[str], key: str) -> bytes:
    """A batch as its authors pickled it: protocol 2 of Python 2, a dictionary with a NumPy array of bytes."""
    flat = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)).reshape(len(pixels), -1)
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\x00\x85U\x01b\x87R(K\x01"
        + b"M" + struct.pack("<H", len(flat)) + b"M" + struct.pack("<H", flat.shape[1]) + b"\x86"
        + b"cnumpy\ndtype\nq\x03U\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
        + text(flat.tobytes().decode("latin-1")) + b"tb"
    )  # fmt: skip
    numbers = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    strings = b"](" + b"".join(map(text, names)) + b"e"
    return b"\x80\x02}(" + text(key) + numbers + text("data") + array + text("filenames") + strings + b"u."


def cifar(path: Path, number: int = 0) -> tuple[CifarSource, dict[str, np.ndarray]]:
    """A small archive, the source that reads it, and its pictures by the path they should get."""
    variant, pictures, files = VARIANTS[number], {}, {}
    for position, (split, name) in enumerate(variant.batches):
        pixels = np.stack([smooth(10 * position + row) for row in range(6)])
        labels = [row % 3 for row in range(6)]
        names = [f"thing_s_{position}{row}.png" for row in range(6)]
        files[f"{variant.folder}/{name}"] = batch(pixels, labels, names, variant.labels)
        for row in range(6):
            pictures[f"{split}/{CLASSES[labels[row]]}/{names[row]}"] = pixels[row]
    words = b"\x80\x02}" + text(variant.class_key) + b"](" + b"".join(map(text, CLASSES)) + b"es."
    tar_bytes(path, {f"{variant.folder}/{variant.class_file}": words, **files}, "w:gz")
    md5 = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    return CifarSource(path.name, replace(variant, md5=md5), path), pictures


@pytest.mark.parametrize("number", [0, 1])
def test_cifar_images_are_read_exactly(number: int, tmp_path: Path) -> None:
    from colorizer.imaging import decode_image

    source, pictures = cifar(tmp_path / "cifar.tar.gz", number)
    staged = source.stage(tmp_path / "staged", lambda task, done, total: None)
    read = {entry.name: decode_image(staged.read(entry)).pixels for entry in staged.entries()}
    assert read.keys() == pictures.keys()
    assert all(np.array_equal(read[name], pictures[name]) for name in pictures)


def test_cifar_archive_with_wrong_checksum_is_refused(tmp_path: Path) -> None:
    cifar(tmp_path / "cifar.tar.gz")
    assert isinstance(open_source(str(tmp_path / "cifar.tar.gz")), CifarSource)
    with pytest.raises(InputError, match=r"not the original CIFAR-10 archive, or is damaged.*download it again"):
        prepare([str(tmp_path / "cifar.tar.gz")], "made")
    assert list((tmp_path / "data").iterdir()) == []


def test_failed_download_names_the_alternative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://localhost:9")
    told = []
    with pytest.raises(InputError, match=r"CIFAR-10 could not be downloaded.*cifar-10-python\.tar\.gz on another"):
        download(VARIANTS[0], tmp_path, lambda what, done, total: told.append((what, total)))
    assert told[-1] == ("Downloading CIFAR-10", 170_498_071)


def replace_file(source: CifarSource, name: str, data: bytes) -> CifarSource:
    """Replace a file of an archive. The checksum matches again, as if the original archive held it."""
    assert source.archive
    with tarfile.open(source.archive) as archive:
        files = {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]
    tar_bytes(source.archive, {**files, f"{source.variant.folder}/{name}": data}, "w:gz")
    md5 = hashlib.md5(source.archive.read_bytes(), usedforsecurity=False).hexdigest()
    return replace(source, variant=replace(source.variant, md5=md5))


class Harmful:
    """Creates a file when unpickled."""

    def __reduce__(self):
        return (Path.touch, (Path("harmed"),))


def test_malicious_pickle_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    source, _ = cifar(tmp_path / "cifar.tar.gz")
    source = replace_file(source, "batches.meta", pickle.dumps({"label_names": Harmful()}, protocol=2))
    with pytest.raises(InputError, match=r"not laid out as CIFAR-10 \(.* is not allowed\)"):
        source.stage(tmp_path / "staged", lambda task, done, total: None)
    assert not (tmp_path / "harmed").exists()


@pytest.mark.parametrize("damage", ["no batch", "short pixels"])
def test_cifar_archive_with_other_layout_is_refused(damage: str, tmp_path: Path) -> None:
    source, _ = cifar(tmp_path / "cifar.tar.gz")
    short = batch(np.stack([smooth(0)]), [0, 0], ["a.png", "b.png"], "labels")
    source = replace_file(source, "test_batch", short if damage == "short pixels" else b".")
    with pytest.raises(InputError, match="not laid out as CIFAR-10"):
        source.stage(tmp_path / "staged", lambda task, done, total: None)
