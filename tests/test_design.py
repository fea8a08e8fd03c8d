"""The rules of the design, checked on the source code itself."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = sorted((ROOT / "colorizer").rglob("*.py"))
PRODUCT = PACKAGE + sorted((ROOT / "pages").rglob("*.py")) + [ROOT / "app.py"]
LAYERS = (
    "errors", "text", "color", "study", "files", "options", "workspace", "jobs", "imaging", "metrics", "models",
    "datasets", "runs", "inference", "training", "evaluation", "comparison", "votes", "cli",
)  # fmt: skip
"""Modules and packages of `colorizer`; each imports only from those before it."""
MAX_TOP_LEVEL_ENTRIES = 22


@cache
def _nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))))


def _imports(path: Path) -> Iterator[str]:
    """Yield the absolute name of everything imported in a file, also inside functions and for type checkers."""
    for node in _nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _calls(path: Path) -> set[str]:
    return {ast.unparse(node.func) for node in _nodes(path) if isinstance(node, ast.Call)}


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_package_never_imports_streamlit() -> None:
    assert len(PACKAGE) > 20
    assert [_name(path) for path in PACKAGE if any(name.split(".")[0] == "streamlit" for name in _imports(path))] == []


def test_imports_follow_the_order_of_layers() -> None:
    backward = []
    for path in PACKAGE:
        layer = path.relative_to(ROOT / "colorizer").parts[0].removesuffix(".py")
        if layer in ("__init__", "__main__"):  # They stand for the whole package.
            continue
        for name in _imports(path):
            parts = name.split(".")
            if parts[0] == "colorizer" and len(parts) > 1 and parts[1] != layer:
                if parts[1] not in LAYERS or LAYERS.index(parts[1]) > LAYERS.index(layer):
                    backward.append(f"{_name(path)} imports {name}")
            elif parts[0] == "pages":
                backward.append(f"{_name(path)} imports {name}")
    assert backward == []


def test_pages_import_only_shared_code_and_themselves() -> None:
    """Except for Home, which shows parts of the others."""
    crossing = [
        f"{_name(path)} imports {name}"
        for path in sorted((ROOT / "pages").rglob("*.py"))
        for name in _imports(path)
        if name.startswith("pages.") and name.split(".")[1] not in ("shared", path.parent.name)
        if path.parent.name != "home"
    ]
    assert crossing == []


def test_top_level_of_the_package_stays_small() -> None:
    listed = subprocess.run(["git", "ls-files", "colorizer"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = listed.stdout.split() or [path.relative_to(ROOT).as_posix() for path in PACKAGE]
    entries = {name.split("/")[1] for name in names if (ROOT / name).exists()}
    assert "__init__.py" in entries
    assert len(entries) <= MAX_TOP_LEVEL_ENTRIES


@pytest.mark.parametrize("path", [path for path in PRODUCT if path.name == "__init__.py"], ids=_name)
def test_init_files_hold_no_logic(path: Path) -> None:
    """Imports, constants such as `__all__`, and a lazy `__getattr__` only."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            assert node.name in ("__getattr__", "__dir__"), f"{_name(path)} defines {node.name}"
        else:
            allowed = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.If, ast.Expr)
            assert isinstance(node, allowed), f"{_name(path)} line {node.lineno}"


def test_only_imaging_opens_images() -> None:
    openers = {"Image.open", "PIL.Image.open", "tifffile.TiffFile", "tifffile.imread", "pillow_heif.open_heif"}
    openers |= {"imread", "cv2.imread", "imageio.imread", "skimage.io.imread", "plt.imread"}
    users = [_name(path) for path in PRODUCT if _calls(path) & openers]
    assert "colorizer/imaging/decode.py" in users
    assert [name for name in users if not name.startswith("colorizer/imaging/")] == []


def test_luma_weights_are_defined_once() -> None:
    users = {
        _name(path)
        for path in PRODUCT
        for node in _nodes(path)
        if isinstance(node, ast.Constant) and node.value in (0.299, 0.587, 0.114)
    }
    assert users == {"colorizer/color.py"}


def test_nothing_is_unpickled_but_cifar() -> None:
    """Only the CIFAR archives, after their checksum matched, through an unpickler that admits what they hold."""
    users = [
        _name(path)
        for path in PRODUCT
        if {name.split(".")[0] for name in _imports(path)} & {"pickle", "joblib", "dill", "cloudpickle"}
    ]
    assert users == ["colorizer/datasets/sources/cifar.py"]
    forbidden = {"pickle.load", "pickle.loads", "joblib.load", "pd.read_pickle"}
    assert [_name(path) for path in PRODUCT if _calls(path) & forbidden] == []
    # PyTorch's own format is read in one place, from an installed package, and only tensors of it.
    loads = {
        (_name(path), *(ast.unparse(keyword) for keyword in node.keywords))
        for path in PRODUCT
        for node in _nodes(path)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load"
    }
    assert loads == {("colorizer/models/efficientnet_lite.py", "weights_only=True")}


@pytest.mark.parametrize(
    ("modules", "unwanted"),
    [
        ("colorizer, colorizer.cli", ("torch", "pandas", "numpy")),
        ("colorizer.runs, colorizer.evaluation", ("torch",)),
    ],
)
def test_imports_are_light(modules: str, unwanted: tuple[str, ...]) -> None:
    code = f"import sys, {modules}; print([name for name in {unwanted!r} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_help_lists_commands_without_importing_them() -> None:
    code = "import sys, colorizer.cli as cli\ntry: cli.main(['--help'])\nexcept SystemExit: pass\n"
    code += "print([name for name in sys.modules if name.startswith('colorizer.cli.')])"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "['colorizer.cli.commands']"
    assert "colorize photographs" in result.stdout


def test_colorizing_a_file_loads_no_training_or_measuring_code() -> None:
    code = """
import io, sys
import numpy as np
from PIL import Image
import colorizer
print("torch" in sys.modules)
from colorizer import Colorizer, ColorOptions, Hint, InputError, UserError, __version__
from colorizer.models import build_model
file = io.BytesIO()
Image.fromarray(np.full((40, 60), 99, np.uint8)).save(file, "PNG")
unet = Colorizer(build_model("unet"), "unet")
name, data = unet.colorize_bytes(file.getvalue(), "old.png", ColorOptions(0.5))
heavy = ("pandas", "matplotlib", "scipy", "skimage", "torchvision")
ours = ("datasets", "training", "evaluation", "comparison", "votes")
print(name, [module for module in (*heavy, *(f"colorizer.{name}" for name in ours)) if module in sys.modules])
"""
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.split("\n")[:2] == ["False", "old_colorized.png []"]
