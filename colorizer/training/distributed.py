"""Several processes that train one network together, started by PyTorch's own launcher, torchrun.

Each batch is split among them and their gradients are averaged (DistributedDataParallel), so the run is
that of one process with the same batch size, up to rounding. The first process, the lead, alone writes.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import torch
import torch.distributed
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel


@dataclass(frozen=True)
class DistContext:
    """The processes of a training, as seen by one of them. One alone costs nothing."""

    rank: int = 0
    """Number of this process, from 0."""
    size: int = 1
    local_rank: int = 0
    """Its number on its computer: which GPU it takes."""

    @property
    def leads(self) -> bool:
        """Whether this is the one process that writes."""
        return self.rank == 0

    def wrap(self, model: nn.Module) -> nn.Module:
        """The model as the dist trains it; its parameters stay the same objects."""
        if self.size == 1:
            return model
        _share_statistics(model)
        return DistributedDataParallel(model, forward_sync_buffers=False)

    def sum(self, value: Tensor) -> float:
        """A number of each process, added up; all get the same."""
        return float(self.total(value).item())

    def total(self, values: Tensor) -> Tensor:
        """Numbers of each process, added up element by element; all get the same."""
        if self.size > 1:
            values = values.clone()
            torch.distributed.all_reduce(values)
        return values

    def any(self, flags: tuple[bool, ...]) -> tuple[bool, ...]:
        """For each flag, whether any process raises it; all get the same."""
        if self.size == 1:
            return flags
        raised = torch.tensor(flags, dtype=torch.int32)
        torch.distributed.all_reduce(
            raised, torch.distributed.ReduceOp.MAX
        )  # Over Gloo, as it is on the CPU: no GPU has to wait.
        return tuple(bool(flag) for flag in raised)

    def wait(self) -> None:
        """Wait until all processes are here."""
        self.any((True,))


@contextmanager
def init_distributed() -> Iterator[DistContext]:
    """Join the processes that torchrun started; without it, one alone. GPUs talk over NCCL, CPUs over Gloo."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield DistContext()
        return
    local_rank = int(os.environ.get("LOCAL_RANK", "0"))
    if torch.cuda.is_available():
        torch.cuda.set_device(local_rank)
    torch.distributed.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
    try:
        dist = DistContext(torch.distributed.get_rank(), size, local_rank)
        yield dist
        dist.wait()  # One that goes first may end the others' last messages, and die of it.
    finally:
        torch.distributed.destroy_process_group()


class _AllReduceSum(torch.autograd.Function):
    """A sum over all processes, through which gradients flow back to all of them."""

    @staticmethod
    def forward(ctx: Any, value: Tensor) -> Tensor:
        value = value.clone()
        torch.distributed.all_reduce(value)
        return value

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        gradient = gradients[0].clone()
        torch.distributed.all_reduce(gradient)
        return gradient


def _sum_over_processes(value: Tensor) -> Tensor:
    return cast(Tensor, _AllReduceSum.apply(value))


class _SharedBatchNorm(nn.BatchNorm2d):
    """Batch normalization by the statistics of the whole batch, whichever process holds its parts.

    PyTorch's SyncBatchNorm does the same, but only on CUDA.
    """

    def forward(self, features: Tensor) -> Tensor:
        if not self.training:
            return super().forward(features)
        dimensions = (0, 2, 3)
        count = torch.tensor(float(features.numel() // features.shape[1]), device=features.device)
        torch.distributed.all_reduce(count)
        values = features.float()
        mean = _sum_over_processes(values.sum(dimensions)) / count
        centered = values - mean[:, None, None]
        variance = _sum_over_processes(centered.square().sum(dimensions)) / count
        with torch.no_grad():
            momentum = self.momentum or 0.0
            assert self.running_mean is not None
            assert self.running_var is not None
            assert self.num_batches_tracked is not None
            self.running_mean.lerp_(mean, momentum)
            self.running_var.lerp_(variance * (count / (count - 1)), momentum)
            self.num_batches_tracked += 1
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return (centered * scale[:, None, None] + self.bias[:, None, None]).to(features.dtype)


def _share_statistics(module: nn.Module) -> None:
    """Replace each batch normalization inside `module`; parameters and buffers stay the same objects."""
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm2d):
            shared = _SharedBatchNorm(child.num_features, child.eps, child.momentum)
            shared._parameters, shared._buffers = child._parameters, child._buffers
            setattr(module, name, shared)
        else:
            _share_statistics(child)
