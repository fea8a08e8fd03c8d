"""Files to files: pictures and folders in, one coloured file each out."""

from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from colorizer import atomic, images
from colorizer.errors import InputError
from colorizer.inference import Colorizer, colorize_picture, describe


def colorize_files(
    inputs: Sequence[str], output: Path, *, model: str, file_format: str = "png", saturation: float = 1.0
) -> list[str]:
    """Colorize files and the images in folders, at any depth.

    A result is called `<name>_colorized.<ending>`, with a number where that exists already: no file
    is ever overwritten.

    Args:
        inputs: paths of files and folders.
        output: folder for the results; made if need be.
        model: name of a run.
        file_format: a key of `images.OUTPUT_FORMATS`.
        saturation: strength of the colours, 0 to 2.

    Returns:
        One sentence for each file that could not be colorized. The others are done all the same.

    Raises:
        InputError: nothing could be started: no such path, model or output folder.
    """
    if not 0 <= saturation <= 2:
        raise InputError(f"The saturation must be from 0 to 2, not {saturation:g}.")
    paths = [path for name in inputs for path in _expand(Path(name).expanduser())]
    colorizer = Colorizer.load(model)
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The folder {output} cannot be made ({error.strerror}): choose another.") from None
    failures = []
    for path in tqdm(paths, unit="picture", disable=None if len(paths) > 1 else True):
        try:
            print(_colorize_file(colorizer, path, output, file_format, saturation))
        except InputError as error:
            failures.append(str(error))
    return failures


def _expand(path: Path) -> list[Path]:
    if not path.exists():
        raise InputError(f"There is no file or folder {path}: check the path.")
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.rglob("*") if file.suffix.lower() in images.SUFFIXES and file.is_file())
    if not found:
        raise InputError(f"There are no images in the folder {path} ({', '.join(images.SUFFIXES)}).")
    return found


def _colorize_file(colorizer: Colorizer, path: Path, output: Path, file_format: str, saturation: float) -> Path:
    try:
        if path.stat().st_size > images.MAX_BYTES:
            raise InputError(f"{path.name} is larger than {images.MAX_BYTES / 2**20:.0f} MB.")
        picture = images.decode(path.read_bytes(), path.name)
        result = colorize_picture(colorizer, picture, saturation=saturation)
        data = images.encode(result, file_format, description=describe(colorizer.name))
        target = _free_name(output / images.output_name(path.name, file_format))
        with atomic.replacing(target) as temporary:
            temporary.write_bytes(data)
        return target
    except OSError as error:
        raise InputError(f"{path.name} could not be read or its result written ({error.strerror or error}).") from None


def _free_name(path: Path) -> Path:
    number, free = 2, path
    while free.exists():
        free, number = path.with_stem(f"{path.stem}-{number}"), number + 1
    return free
