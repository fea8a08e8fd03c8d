"""A new architecture is one file and one line: with these two, every command and page can use it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.factories import smooth, write_class_folders, write_picture

ROOT = Path(__file__).resolve().parents[2]
FILE = '''
"""A small network that predicts a distribution over colors and takes hints."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colorizer.models.color_bins import ColorBins
from colorizer.models.distribution import CELL, DistributionModel


class BlockNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Conv2d(4, 16, CELL, stride=CELL)
        self.head = nn.Conv2d(16, len(ColorBins()), 1)

    def forward(self, gray: Tensor, hints: Tensor | None = None) -> Tensor:
        hints = gray.new_zeros(len(gray), 3, *gray.shape[2:]) if hints is None else hints
        height, width = gray.shape[2:]
        padded = F.pad(torch.cat([gray, hints], 1), (0, -width % CELL, 0, -height % CELL))
        return self.head(F.relu(self.features(padded)))


class BlockModel(DistributionModel):
    inference_sizes = (64,)

    def build_network(self) -> BlockNet:
        return BlockNet()
'''
LINE = '        Architecture("block", "Block", "A network for this test.", "block:BlockModel"),\n'
COMMANDS = """
import sys
from colorizer.cli import main

for arguments in (
    ["prepare", "images", "--name", "tiny"],
    ["train", "--run", "mine", "--architecture", "block", "--dataset", "tiny", "--epochs", "1", "--device", "cpu"],
    ["evaluate", "mine", "--dataset", "tiny"],
    ["colorize", "old.png", "--output", "out", "--model", "mine", "--hint", "0.5,0.5,#b42828"],
    ["colorize", "old.png", "--output", "variants", "--model", "mine", "--variants", "2"],
):
    code = main(arguments)
    assert code == 0, (arguments, code)
"""
PAGES = """
import sys
from pathlib import Path
from streamlit.testing.v1 import AppTest

def open_page(name):
    app = AppTest.from_file(sys.argv[1], default_timeout=120).run()
    app.switch_page(f"pages/{name}/page.py").run()
    assert not app.exception, app.exception
    return app

page = open_page("colorize")
page.file_uploader[0].set_value([("old.png", Path("old.png").read_bytes(), "image/png")]).run()
page.selectbox(key="network").set_value("mine").run()
assert not page.exception, page.exception
assert "Vividness" in [slider.label for slider in page.slider]

page = open_page("train")
[new] = [button for button in page.button if button.label == "New run"]
new.click().run()
[architecture] = [box for box in page.selectbox if box.label == "Architecture"]
architecture.set_value("block").run()
assert not page.exception, page.exception

page = open_page("compare")
assert any("mine" in str(widget.value) for widget in [*page.multiselect, *page.markdown, *page.dataframe])
"""


def _run(code: str, project: Path, home: Path, *arguments: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(project), "COLORIZER_HOME": str(home)}
    result = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=home, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_new_architecture_is_one_file_and_one_line(tmp_path: Path) -> None:
    project, home = tmp_path / "project", tmp_path / "home"
    for folder in ("colorizer", "pages"):
        shutil.copytree(ROOT / folder, project / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "app.py", project)
    (project / "colorizer" / "models" / "block.py").write_text(FILE.lstrip())
    registry = project / "colorizer" / "models" / "registry.py"
    before, marker, after = registry.read_text().partition("    for architecture in (\n")
    registry.write_text(before + marker + LINE + after)

    write_class_folders(home / "images", train=24, test=6)
    write_picture(home / "old.png", smooth(1, 70, 90)[..., 0])
    _run(COMMANDS, project, home)
    assert [path.name for path in (home / "out").iterdir()] == ["old_colorized.png"]
    assert len(list((home / "variants").iterdir())) == 2
    card = (home / "checkpoints" / "mine" / "README.md").read_text()
    assert "given some true colors as hints" in card
    _run(PAGES, project, home, str(project / "app.py"))
