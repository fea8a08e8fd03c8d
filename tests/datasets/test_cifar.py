"""CIFAR archives in the layout in which they are downloaded, made small here, and none of them unpickled."""

import hashlib
import io
import pickle
import struct
import tarfile
from pathlib import Path

import numpy as np
import pytest

from colorizer.datasets.prepare.pipeline import prepare
from colorizer.datasets.sources import open_source
from colorizer.datasets.sources.cifar import VARIANTS, CifarSource, fetch
from colorizer.datasets.sources.inert_pickle import Call, read_inert
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
    return CifarSource(path.name, variant, path, md5=md5), pictures


@pytest.mark.parametrize("number", [0, 1])
def test_every_picture_comes_out_of_its_archive_as_it_is(number: int, tmp_path: Path) -> None:
    from colorizer.imaging import decode_image

    source, pictures = cifar(tmp_path / "cifar.tar.gz", number)
    (tmp_path / "staged").mkdir()
    source.stage(tmp_path / "staged", lambda what, done, total: None)
    staged = source.staged(tmp_path / "staged")
    read = {entry.name: decode_image(staged.read(entry)).pixels for entry in staged.entries()}
    assert read.keys() == pictures.keys()
    assert all(np.array_equal(read[name], pictures[name]) for name in pictures)


def test_the_archive_is_known_by_its_layout_and_refused_if_its_checksum_is_another(tmp_path: Path) -> None:
    cifar(tmp_path / "cifar.tar.gz")
    assert isinstance(open_source(str(tmp_path / "cifar.tar.gz")), CifarSource)
    with pytest.raises(InputError, match=r"not the CIFAR-10 archive, or is damaged.*download it again"):
        prepare([str(tmp_path / "cifar.tar.gz")], "made")
    assert list((tmp_path / "data").iterdir()) == []


def test_without_a_connection_the_way_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://localhost:9")
    told = []
    with pytest.raises(InputError, match=r"CIFAR-10 could not be fetched.*cifar-10-python\.tar\.gz elsewhere"):
        fetch(VARIANTS[0], tmp_path, lambda what, done, total: told.append((what, total)))
    assert told[-1] == ("Fetching CIFAR-10", 170_498_071)


class Harmful:
    """What a pickle can do to those who load it."""

    def __reduce__(self):
        return (Path.touch, (Path("harmed"),))


def test_a_pickle_that_would_do_harm_does_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    value = read_inert(pickle.dumps({"a": Harmful(), "b": [1, 2]}, protocol=2))
    assert isinstance(value["a"], Call)
    assert value["b"] == [1, 2]
    assert not (tmp_path / "harmed").exists()


@pytest.mark.parametrize("value", [{"a": [1, (2, 3), "x"]}, [], (1, "b", None), {"a": True, "b": {}}, [["x"] * 3]])
def test_plain_values_are_read_as_python_reads_them(value: object) -> None:
    assert read_inert(pickle.dumps(value, protocol=2)) == value


@pytest.mark.parametrize(
    "data", [b"", b"\x80\x02", b"\x80\x02]e.", b"no pickle", b"\x80\x02}q\x01", b"\x80\x02K\x01K\x02."]
)
def test_damaged_pickles_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="pickle"):
        read_inert(data)


@pytest.mark.parametrize("damage", ["no batch", "short pixels"])
def test_an_archive_that_is_laid_out_otherwise_is_refused(damage: str, tmp_path: Path) -> None:
    source, _ = cifar(tmp_path / "cifar.tar.gz")
    with tarfile.open(tmp_path / "cifar.tar.gz") as archive:
        files = {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]
    name = "cifar-10-batches-py/test_batch"
    files[name] = (
        batch(np.stack([smooth(0)]), [0, 0], ["a.png", "b.png"], "labels") if damage == "short pixels" else b"."
    )
    tar_bytes(tmp_path / "cifar.tar.gz", files, "w:gz")
    with pytest.raises(InputError, match="not laid out as CIFAR-10"):
        list(source.entries())


def test_the_pixels_are_planes_of_red_green_and_blue() -> None:
    pixels = np.zeros((1, 32, 32, 3), np.uint8)
    pixels[..., 0] = 200
    data = read_inert(batch(pixels, [0], ["a.png"], "labels"))["data"].state[-1].encode("latin-1")
    assert data[:1024] == bytes([200]) * 1024
    assert not any(data[1024:])
    assert io.BytesIO(data).getbuffer().nbytes == 3072
