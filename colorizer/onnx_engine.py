"""ONNX Runtime in the place of PyTorch: on a CPU up to 1.7 times as fast (docs/performance.md), after a conversion.

A network is converted once; the file is kept beside the run's weights until these change.
"""

import hashlib
import logging
import sys
import warnings
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Self, cast

import torch
from torch import Tensor, nn

from colorizer import atomic
from colorizer.errors import InputError
from colorizer.runs.store import Run

_PACKAGES = ("onnxruntime", "onnx", "onnxscript")
_FILE = "network.onnx"
_NETWORK = "network"
"""Key in a file's metadata of the digest of the weights it was made from."""


class OnnxNetwork(nn.Module):
    """A network that ONNX Runtime runs, except with colour hints: these PyTorch's own looks at."""

    def __init__(self, network: nn.Module, session: Any) -> None:
        """
        Args:
            network: what it was converted from.
            session: an `onnxruntime.InferenceSession` of it.
        """
        super().__init__()
        self.network = network
        self._session = session
        self._input = session.get_inputs()[0].name

    @classmethod
    def of(cls, run: Run, network: nn.Module, size: int | None) -> Self:
        """The network of a run.

        Args:
            run: where the converted network is kept.
            network: on the CPU, with the run's best weights.
            size: the height and width of the pictures it takes; none if they may be any.

        Raises:
            InputError: ONNX Runtime is not installed.
        """
        if missing := [name for name in _PACKAGES if find_spec(name) is None]:
            raise InputError(f"The engine onnx is not installed: pip install {' '.join(missing)}, or use torch.")
        path, digest = run.folder / _FILE, hashlib.sha256(run.best_weights.read_bytes()).hexdigest()
        try:
            session = _session(path.read_bytes())
            if session.get_modelmeta().custom_metadata_map.get(_NETWORK) == digest:
                return cls(network, session)
        except Exception:  # Missing, damaged or of another version: made again.
            pass
        print("Converting the network for ONNX Runtime, once; up to a minute ...", file=sys.stderr, flush=True)
        data = _converted(network, size, digest)
        try:
            with atomic.replacing(path) as temporary:
                temporary.write_bytes(data)
        except OSError:  # A folder that cannot be written to: converted again next time.
            pass
        return cls(network, _session(data))

    def forward(self, gray: Tensor, hints: Tensor | None = None) -> Tensor:
        """The network's answer. Arguments as of the network."""
        if hints is not None:
            return cast(Tensor, self.network(gray, hints))
        return torch.from_numpy(self._session.run(None, {self._input: gray.numpy()})[0])


def _session(data: bytes) -> Any:
    onnxruntime = import_module("onnxruntime")
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = torch.get_num_threads()
    # Spinning threads take processors from all else; unlike PyTorch's, these cannot be told to spin for a moment.
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(data, settings, providers=["CPUExecutionProvider"])


def _converted(network: nn.Module, size: int | None, digest: str) -> bytes:
    """An ONNX file for any number of pictures."""
    dynamic = torch.export.Dim.DYNAMIC
    shape = {0: dynamic} if size else {0: dynamic, 2: dynamic, 3: dynamic}
    # No whole number of the network's strides, so that padding to them is converted too.
    example = torch.zeros(2, 1, size, size) if size else torch.zeros(2, 1, 100, 164)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            program = torch.onnx.export(network, (example,), dynamo=True, dynamic_shapes=(shape,), verbose=False)
        finally:
            logging.disable(logging.NOTSET)
    assert program is not None
    program.model.metadata_props[_NETWORK] = digest
    return program.model_proto.SerializeToString()
