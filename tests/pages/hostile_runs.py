"""Run folders that somebody damaged, or made to do harm."""

import json
import os
import shutil
from pathlib import Path

from colorizer.runs.store import METRICS, STEP_METRICS

NESTED, MARKUP = "[" * 100_000, "![x](https://a.b/c) <script>alert(1)</script> | `"
FIFO, FOLDER, LOOP = "a FIFO", "a folder", "a link to itself"

KINDS: dict[str, list[str | bytes]] = {
    "config.json": ["", "{", "[]", "null", NESTED, '{"epochs": 0}', '{"epochs": "ten"}', '{"architecture": []}',
                    '{"epochs": ' + "9" * 400 + "}", '{"learning_rate": NaN}', '{"learning_rate": 1e999}',
                    '{"color": "red"}', '{"dataset": "../../etc"}', " " * 5_000_000, b"\xff\xfe\0", FIFO, FOLDER, LOOP],
    "status.json": [NESTED, "3", "{}", '{"state": ["x"]}', '{"state": "finished", "pid": "x"}',
                    '{"state": "running", "progress": {"share": "much"}}',
                    '{"state": "running", "pid": 1, "host": [], "heartbeat": 1e308}',
                    '{"state": "running", "pid": -1, "process": "x", "progress": {"epoch": [], "epochs": {}}}',
                    '{"state": "running", "pid": 9000000000000000000, "process": "x"}',
                    '{"state": "running", "pid": 1, "host": "elsewhere", "progress": {"seconds_left": 1e300}}',
                    '{"state": "queued", "progress": {"place": {}}}',
                    '{"state": "queued", "progress": {"place": 1e308}}',
                    '{"state": "paused", "pid": 1, "progress": {"epoch": [], "epochs": Infinity}}',
                    json.dumps({"state": "failed", "message": MARKUP * 1000}), FIFO, FOLDER, LOOP],
    "metrics.jsonl": ["", NESTED, "NaN", '{"epoch": 1}', json.dumps(dict.fromkeys(METRICS, 1e300)),
                      json.dumps(dict.fromkeys(METRICS, -1)), json.dumps(dict.fromkeys(METRICS, "1")),
                      b"\xff\xfe\0" * 1000, FIFO, FOLDER, LOOP],
    "steps.jsonl": [NESTED, "{}", json.dumps(dict.fromkeys(STEP_METRICS, 1e300)), FIFO, FOLDER, LOOP],
    "notes.json": ["[]", '{"notes": 3, "tags": {"a": 1}}', json.dumps({"notes": MARKUP, "tags": [MARKUP] * 100}),
                   FIFO, FOLDER, LOOP],
    "log.txt": [MARKUP, b"\xff\xfe\0\x1b[31m" * 1000, FIFO, FOLDER, LOOP],
    "alive": ["x", FIFO, FOLDER, LOOP],
    "samples": ["no folder", FIFO],
    "samples/epoch-00001.png": ["no picture", FIFO, FOLDER, LOOP],
    "README.md": [b"\xff\xfe", FIFO, FOLDER, LOOP],
    "best.safetensors": ["", b"\xff" * 64, FIFO, FOLDER, LOOP],
    "state.safetensors": ["", FIFO, FOLDER, LOOP],
}  # fmt: skip
"""What may be in place of each file."""


def write_hostile_runs(good: Path) -> list[str]:
    """Write a copy of a run for every kind beside it, each with one file replaced; return their names."""
    names = []
    for file, contents in KINDS.items():
        for number, content in enumerate(contents):
            names.append(f"{file.replace('/', '-')}-{number}")
            path = shutil.copytree(good, good.with_name(names[-1])) / file
            if path.is_dir():
                shutil.rmtree(path)
            path.unlink(missing_ok=True)
            path.parent.mkdir(exist_ok=True)
            if content == FIFO:
                os.mkfifo(path)
            elif content == FOLDER:
                path.mkdir()
            elif content == LOOP:
                path.symlink_to(path)
            else:
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return names
