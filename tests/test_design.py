"""The rules of the design, read from the source code itself."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = sorted((ROOT / "colorizer").rglob("*.py"))
PROGRAM = PACKAGE + sorted((ROOT / "pages").rglob("*.py")) + [ROOT / "app.py"]


def _nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path)))


def _imported(path: Path) -> set[str]:
    modules = set()
    for node in _nodes(path):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module or "")
    return modules


def _calls(path: Path) -> set[str]:
    return {ast.unparse(node.func) for node in _nodes(path) if isinstance(node, ast.Call)}


def test_the_package_never_imports_streamlit() -> None:
    assert len(PACKAGE) > 20
    offenders = [path for path in PACKAGE if any(name.split(".")[0] == "streamlit" for name in _imported(path))]
    assert offenders == []


def test_only_the_door_opens_images() -> None:
    openers = ("Image.open", "PIL.Image.open", "imread", "cv2.imread", "imageio.imread", "skimage.io.imread")
    users = [path.relative_to(ROOT).as_posix() for path in PROGRAM if _calls(path) & set(openers)]
    assert users == ["colorizer/imaging/decode.py"]


def test_the_weights_of_luma_are_written_down_once() -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for path in PROGRAM
        for node in _nodes(path)
        if isinstance(node, ast.Constant) and node.value in (0.299, 0.587, 0.114)
    }
    assert users == {"colorizer/color.py"}


def test_nothing_is_unpickled() -> None:
    forbidden = {"pickle.load", "pickle.loads", "joblib.load", "pd.read_pickle"}
    assert [path for path in PROGRAM if _calls(path) & forbidden] == []
    assert [path for path in PROGRAM if {"pickle", "joblib"} & _imported(path)] == []
    # PyTorch's own format is read in one place, from an installed package, and only tensors of it.
    loads = {
        (path.relative_to(ROOT).as_posix(), *(ast.unparse(keyword) for keyword in node.keywords))
        for path in PROGRAM
        for node in _nodes(path)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load"
    }
    assert loads == {("colorizer/models/efficientnet_lite.py", "weights_only=True")}


@pytest.mark.parametrize("module", ["colorizer", "colorizer.cli", "colorizer.runs.launcher"])
def test_importing_does_not_load_pytorch(module: str) -> None:
    code = f"import sys, {module}; print('torch' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"
