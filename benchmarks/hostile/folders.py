"""Hostile folders, and paths that are no folders."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.hostile import Case, images
from benchmarks.hostile.archives import _picture

PATHS = (
    "", " ", "\0", "~nosuchuser/x", "/dev/zero", "/dev/null", "/dev/stdin", "/dev/tty", "/proc/self/mem", "/proc/kcore",
    "n" * 5000, "/".join(["n" * 200] * 30), "a\nb", "\x1b[31m", "\udcff", "http://localhost/a.zip", "*", "-rf",
)  # fmt: skip
"""What a user may type in place of a path."""


def cases() -> Iterator[Case]:
    """Yield all of them. Each folder also holds two good pictures."""
    for name, make, is_quick in _folders():

        def write(path: Path, make: Callable[..., object] = make) -> None:
            path.mkdir()
            for number in range(2):
                (path / f"good-{number}.png").write_bytes(_picture(number))
            make(path)

        yield Case(name, "folder", write, is_quick)
    for number, text in enumerate(PATHS):
        yield Case(f"path {number}: {text[:20]!r}", "path", lambda path, text=text: path.write_text(repr(text)))


def _folders() -> Iterator[tuple[str, Callable[..., object], bool]]:
    yield "a pipe", lambda folder: os.mkfifo(folder / "a.png"), True
    yield "a socket", _socket, True
    for device in ("zero", "full", "random", "stdin"):
        yield f"a link to {device}", lambda folder, device=device: os.symlink(f"/dev/{device}", folder / "a.png"), True
    yield "a link to memory", lambda folder: os.symlink("/proc/self/mem", folder / "a.png"), True
    yield "a link to itself", lambda folder: os.symlink(folder / "a.png", folder / "a.png"), True
    yield "a link to nothing", lambda folder: os.symlink("nothing", folder / "a.png"), True
    yield "a link to the folder", lambda folder: os.symlink(folder, folder / "again"), True
    yield "a circle of links", _circle, True
    yield "links that branch", _branching, True
    yield "900 nested folders", lambda folder: _nested(folder, 900), False
    yield "3,000 nested folders", lambda folder: _nested(folder, 3_000), False
    yield (
        "names of 255 bytes",
        lambda folder: [(folder / ("n" * 251 + end)).write_bytes(_picture(3)) for end in (".png", ".jpg")],
        True,
    )
    yield (
        "names that are not UTF-8",
        lambda folder: _write(folder, *(bytes([number]) + b".png" for number in range(128, 256))),
        True,
    )
    yield (
        "names with line ends and escapes",
        lambda folder: _write(folder, b"a\nb.png", b"\x1b[31m.png", b"\r.png"),
        True,
    )
    yield (
        "names with markup",
        lambda folder: _write(folder, b"<b>.png", b"![x](https:x).png", b"$(rm -rf).png", b"'; DROP TABLE.png"),
        True,
    )
    yield "a picture that is a folder", lambda folder: (folder / "a.png").mkdir(), True
    yield "an empty picture", lambda folder: (folder / "a.png").touch(), True
    yield "a picture of 10 GB", _sparse, True
    yield "a picture that cannot be read", lambda folder: (folder / "a.png").touch(0), True
    yield "a folder that cannot be read", lambda folder: (folder / "closed").mkdir(0), True
    yield (
        "20,000 empty pictures",
        lambda folder: [(folder / f"{number}.png").touch() for number in range(20_000)],
        False,
    )
    yield "20,000 empty folders", lambda folder: [(folder / str(number)).mkdir() for number in range(20_000)], False
    bombs = {
        "bomb.png": lambda: images._png(10_000, 10_000, 8, 6, filled=True), "pages.tif": lambda: images._pages(80_000),
        "scans.jpg": lambda: images._many_scans(498_000), "claim.webp": lambda: images._webp(16_383, 16_383),
    }  # fmt: skip
    for name, make in bombs.items():
        yield (
            f"the picture {name}",
            lambda folder, name=name, make=make: (folder / name).write_bytes(make()),
            name == "claim.webp",
        )
    yield (
        "a class called train",
        lambda folder: _classes(folder, ("train/train", "train/test", "test/train", "test/a")),
        True,
    )


def _write(folder: Path, *names: bytes) -> None:
    for name in names:
        with open(os.path.join(os.fsencode(folder), name), "wb") as file:
            file.write(_picture(7))


def _socket(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "a.png"))


def _circle(folder: Path) -> None:
    for number in range(40):
        os.symlink(folder / f"{(number + 1) % 40}", folder / str(number))


def _branching(folder: Path) -> None:
    """Make 20 folders that each link to the next twice: a million paths."""
    for number in range(20):
        (folder / str(number)).mkdir()
    for number in range(19):
        for name in "ab":
            os.symlink(folder / str(number + 1), folder / str(number) / name)


def _nested(folder: Path, depth: int) -> None:
    here = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("deeper", dir_fd=here)
        below = os.open("deeper", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


def _sparse(folder: Path) -> None:
    with (folder / "a.png").open("wb") as file:
        file.truncate(10 * 2**30)


def _classes(folder: Path, names: tuple[str, ...]) -> None:
    for number, name in enumerate(names):
        (folder / name).mkdir(parents=True)
        (folder / name / "a.png").write_bytes(_picture(number))
