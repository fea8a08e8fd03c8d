"""Train with several processes, started by `torchrun`.

Each batch is split among the processes and their gradients are averaged (DistributedDataParallel), so the result is
that of one process with the same batch size, up to rounding. Only rank 0 writes files.
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
    """One process among those that train together. A single process needs no process group."""

    rank: int = 0
    world_size: int = 1
    local_rank: int = 0
    """Rank on this computer: the number of the GPU it uses."""

    @property
    def is_main_process(self) -> bool:
        """Whether this is rank 0, the only one that writes files."""
        return self.rank == 0

    def wrap(self, model: nn.Module) -> nn.Module:
        """Wrap a model for training with several processes; its parameters stay the same objects."""
        if self.world_size == 1:
            return model
        _synchronize_batch_norm(model)
        return DistributedDataParallel(model, forward_sync_buffers=False)

    def sum(self, value: Tensor) -> float:
        """Return the sum of a scalar over all processes."""
        if self.world_size > 1:
            value = value.clone()
            torch.distributed.all_reduce(value)
        return float(value.item())

    def any(self, flags: tuple[bool, ...]) -> tuple[bool, ...]:
        """Return for each flag whether it is set in any process."""
        if self.world_size == 1:
            return flags
        # On the CPU, so over Gloo: no GPU has to wait.
        reduced = torch.tensor(flags, dtype=torch.int32)
        torch.distributed.all_reduce(reduced, torch.distributed.ReduceOp.MAX)
        return tuple(bool(flag) for flag in reduced)

    def barrier(self) -> None:
        """Wait until all processes are here."""
        self.any((True,))


@contextmanager
def init_distributed() -> Iterator[DistContext]:
    """Join the process group that `torchrun` describes in the environment; without it, yield a single process.

    GPUs communicate over NCCL, CPUs over Gloo.
    """
    world_size = int(os.environ.get("WORLD_SIZE", "1"))
    if world_size == 1:
        yield DistContext()
        return
    local_rank = int(os.environ.get("LOCAL_RANK", "0"))
    if torch.cuda.is_available():
        torch.cuda.set_device(local_rank)
    torch.distributed.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
    try:
        dist = DistContext(torch.distributed.get_rank(), world_size, local_rank)
        yield dist
        dist.barrier()  # A process that leaves early can cut off the last messages of the others and crash them.
    finally:
        torch.distributed.destroy_process_group()


class _AllReduceSum(torch.autograd.Function):
    """Sum over all processes. y = sum_r x_r, so dL/dx_r = sum_s dL_s/dy: the backward pass is a sum as well."""

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


def _all_reduce_sum(value: Tensor) -> Tensor:
    return cast(Tensor, _AllReduceSum.apply(value))


class _SyncBatchNorm(nn.BatchNorm2d):
    """Batch normalization with the statistics of the whole batch, over all processes.

    With n values per channel in all processes together, mean m = sum(x) / n and variance v = sum((x - m)^2) / n, each
    sum over all processes; y = weight (x - m) / sqrt(v + eps) + bias (Ioffe and Szegedy 2015, arXiv 1502.03167).
    PyTorch's SyncBatchNorm does the same, but only on CUDA.
    """

    def forward(self, features: Tensor) -> Tensor:
        if not self.training:
            return super().forward(features)
        dimensions = (0, 2, 3)
        count = torch.tensor(float(features.numel() // features.shape[1]), device=features.device)
        torch.distributed.all_reduce(count)
        values = features.float()
        mean = _all_reduce_sum(values.sum(dimensions)) / count
        centered = values - mean[:, None, None]
        variance = _all_reduce_sum(centered.square().sum(dimensions)) / count
        with torch.no_grad():
            momentum = self.momentum or 0.0
            assert self.running_mean is not None
            assert self.running_var is not None
            assert self.num_batches_tracked is not None
            self.running_mean.lerp_(mean, momentum)
            # The running variance is the unbiased estimate, n / (n - 1) v, as in PyTorch.
            self.running_var.lerp_(variance * (count / (count - 1)), momentum)
            self.num_batches_tracked += 1
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return (centered * scale[:, None, None] + self.bias[:, None, None]).to(features.dtype)


def _synchronize_batch_norm(module: nn.Module) -> None:
    """Replace each batch normalization inside `module`; parameters and buffers stay the same objects."""
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm2d):
            synchronized = _SyncBatchNorm(child.num_features, child.eps, child.momentum)
            synchronized._parameters, synchronized._buffers = child._parameters, child._buffers
            setattr(module, name, synchronized)
        else:
            _synchronize_batch_norm(child)
