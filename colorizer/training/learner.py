"""What learns: a network, its optimizer, and one step of both."""

import copy
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colorizer.color import luma
from colorizer.datasets.dataset import Dataset, Manifest
from colorizer.datasets.loader import in_order
from colorizer.errors import InputError
from colorizer.models.base import build_model
from colorizer.models.distribution import DistributionModel
from colorizer.models.hints import hint_plans, sample_hints
from colorizer.models.photo_pair import PhotoEnsemble
from colorizer.models.registry import architecture, validate_takes
from colorizer.runs.config import NOTHING, TrainingConfig
from colorizer.training.distributed import DistContext
from colorizer.training.teacher import Teacher, mixed, validate_teacher
from colorizer.training.warm_start import initialize

_TEST_PIXELS = 500 * 32 * 32
"""Pixels of the test split looked at together."""
_COLOR_WEIGHT = 50.0
"""Of the error of the mean colors beside the cross-entropy, which is some hundred times as large."""
_AVERAGED_STEPS = 10
"""The weights are averaged only so often: at each step it would cost a tenth of the time."""
_PRETRAINED_SHARE = 0.2
"""Of the learning rate, for an encoder that has learned before: what it knows is to be used, not learned anew."""
_HUBER_BETA = 0.1
"""Errors below a tenth of the range count squared, those above it plainly."""


def validate_fits(config: TrainingConfig, dataset: Dataset) -> None:
    """Make sure that the settings go together with each other and with the dataset.

    Raises:
        InputError: they do not.
    """
    name, chosen, size = config.architecture, architecture(config.architecture), dataset.manifest.size
    validate_takes(name, size, dataset.name)
    validate_teacher(config, dataset)
    if not config.keep_luma and chosen.likelihoods:
        raise InputError(f"The {name} decides only chroma: turn keep luma on.", setting="keep_luma")
    if config.crop > size:
        raise InputError(f"The images have {size} pixels: crop at most that many.", setting="crop")
    if config.crop and chosen.size not in (None, config.crop):
        raise InputError(f"{name} takes images of {chosen.size} pixels only: turn cropping off.", setting="crop")
    if (config.crop or size) <= chosen.stride and 1 in _parts(config, dataset):
        # The deepest layer sees such an image as one pixel, and one value has no spread to normalize by.
        raise InputError(
            f"A network would see a single image of some batch, too little for the {name} at this size: choose another "
            "batch size.",
            setting="batch_size",
        )


def _parts(config: TrainingConfig, dataset: Dataset) -> set[int]:
    """Numbers of images that a network learns from at once: those of a whole batch, and of the last one."""
    images, members = dataset.manifest.train, architecture(config.architecture).members
    batches = {min(config.batch_size, images), images % config.batch_size}
    return {(batch + more) // members for batch in batches for more in range(members)}


def test_batch(images: Tensor) -> int:
    """How many of these images, `(N, H, W, 3)`, are tested together."""
    return max(1, _TEST_PIXELS // images.shape[1:3].numel())


def choose_device(config: TrainingConfig, number: int = 0) -> torch.device:
    """The device that a configuration asks for; `auto` is CUDA, else Apple's GPU, else the CPU.

    Args:
        config: only its `device` is looked at.
        number: which of several CUDA devices.

    Raises:
        InputError: this computer does not have it.
    """
    has = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    name = config.device
    if name == "auto":
        name = next(kind for kind in ("cuda", "mps", "cpu") if has[kind])
    if not has[name]:
        raise InputError(f"This computer has no {name} device that PyTorch can use: choose auto or cpu.")
    return torch.device(name, number) if name == "cuda" else torch.device(name)


def multiplies_bf16(device: torch.device) -> bool:
    """Whether a device is faster with bfloat16; CPUs that have it without AMX, or imitate it, are slower."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and bool(torch.cpu.get_capabilities().get("amx_bf16"))


class Learner:
    """A network with its optimizer, made from a configuration and its seed alone."""

    def __init__(
        self,
        config: TrainingConfig,
        manifest: Manifest,
        device: torch.device,
        dist: DistContext,
        *,
        is_new: bool = True,
    ) -> None:
        """
        Args:
            config: the settings.
            manifest: of the dataset; gives the statistics of its gray values.
            device: where to compute.
            dist: the processes that train together.
            is_new: whether it starts from the beginning, rather than from a state that will be loaded.

        Raises:
            InputError: it cannot start from what it is to start from.
        """
        self.config, self.device, self.dist = config, device, dist
        self._bf16 = config.bf16 and multiplies_bf16(device)
        torch.manual_seed(config.seed)
        self.model = build_model(
            config.architecture,
            gray_mean=manifest.gray_mean,
            gray_std=manifest.gray_std,
            keep_luma=config.keep_luma,
        )
        if is_new:
            initialize(self.model, config, manifest)
        self.model.to(device).to(memory_format=torch.channels_last)  # about 1.2 times as fast on a CPU
        self.optimizer = torch.optim.AdamW(
            self._parameters(),
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
            fused=device.type != "mps",
        )
        self.teacher = Teacher(config, device)
        # What is tested and kept.
        self.kept = copy.deepcopy(self.model).requires_grad_(False) if config.averaging else self.model
        self._trained: nn.Module = dist.wrap(self.model)
        # Sums of many small numbers; Apple's GPUs have no double precision.
        self.precise = torch.float32 if device.type == "mps" else torch.float64

    def step(self, rgb: Tensor, number: int, rate: float, whole: int) -> Tensor:
        """Learn from one batch.

        Args:
            rgb: this process's part of the batch, `(n, 3, H, W)` float in [0, 1].
            number: of the step in the whole run, from 0.
            rate: its learning rate.
            whole: images in the batch of all processes together.

        Returns:
            Sum over these images of their mean squared errors, a scalar on the device: asking for
            its value at each step would make a GPU wait.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["share"]
        self.model.train()
        values = rgb.shape[1:].numel()
        loss, squared_error = self._look(rgb, number, whole)
        # Gradients are averaged over the processes, whose parts of a batch may differ in size or be empty.
        loss = loss * (self.dist.size / (whole * values))
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        if self.config.averaging and (number + 1) % _AVERAGED_STEPS == 0:
            self._average(number + 1)
        return squared_error.detach().to(self.precise) / values

    def _parameters(self) -> list[dict[str, Any]]:
        """All parameters in groups, each with its share of the learning rate."""
        parameters = list(self.model.parameters())
        if self.config.start == NOTHING or not isinstance(self.model.network, PhotoEnsemble):
            return [{"params": parameters, "share": 1.0}]
        encoders = [parameter for encoder in self.model.network.encoders for parameter in encoder.parameters()]
        known = {id(parameter) for parameter in encoders}
        new = [parameter for parameter in parameters if id(parameter) not in known]
        return [{"params": new, "share": 1.0}, {"params": encoders, "share": _PRETRAINED_SHARE}]

    @torch.no_grad()
    def test_error(self, images: Tensor, between: Callable[[], None] = lambda: None) -> float:
        """Mean squared error of the kept network on a split. Each image is looked at once, by one process.

        Args:
            images: the whole split, `(N, H, W, 3)` uint8.
            between: called between batches.
        """
        self.kept.eval()
        total = torch.zeros((), dtype=self.precise, device=self.device)
        for rgb in in_order(images[self.dist.rank :: self.dist.size], test_batch(images)):
            with self._casting():
                predicted = self.kept(luma(rgb))
            total += F.mse_loss(predicted.float(), rgb).to(self.precise) * len(rgb)
            between()
        return self.dist.sum(total) / len(images)

    @torch.no_grad()
    def _average(self, steps: int) -> None:
        """Take the present weights, and statistics of normalization, into the average."""
        # Of a young run the average spans only the last steps, not the random start.
        share = min(self.config.averaging, (1 + steps) / (10 + steps)) ** _AVERAGED_STEPS
        for kept, present in zip(self.kept.state_dict().values(), self.model.state_dict().values(), strict=True):
            if kept.is_floating_point():
                kept.lerp_(present, 1 - share)
            else:
                kept.copy_(present)

    def _look(self, rgb: Tensor, number: int, whole: int) -> tuple[Tensor, Tensor]:
        """What the optimizer makes small, and the squared error, both summed over all values."""
        gray = luma(rgb)
        if not isinstance(self.model, DistributionModel):
            with self._casting():
                predicted = self._trained(gray)
            predicted, example = predicted.float(), self.teacher.example(gray, rgb)
            return self._errors(predicted, example, rgb)
        hints = sample_hints(rgb, hint_plans(whole, self.config.seed, number)[self.dist.rank :: self.dist.size])
        with self._casting():
            scores, taught = self._trained(gray, hints), self.teacher.scores(gray, hints)
        scores, truth = scores.float(), self.model.soft_encode(rgb)
        self.model.see(self.dist.total(self.model.count(*truth)))
        entropy, example = self.model.loss(scores, *truth), rgb
        if taught is not None:
            entropy = mixed(entropy, self.model.distillation_loss(scores, taught))
            example = mixed(rgb, self.model.mean(taught, gray))
        loss, squared_error = self._errors(self.model.mean(scores, gray), example, rgb)
        return entropy * (rgb.shape[1:].numel() / scores.shape[-2:].numel()) + _COLOR_WEIGHT * loss, squared_error

    def _errors(self, predicted: Tensor, example: Tensor, rgb: Tensor) -> tuple[Tensor, Tensor]:
        """The error that is made small, from the example, and the squared one from the true colors."""
        if self.config.loss == "mse" and example is rgb:
            error = F.mse_loss(predicted, rgb, reduction="sum")
            return error, error
        squared_error = F.mse_loss(predicted.detach(), rgb, reduction="sum")
        if self.config.loss == "l1":
            return F.l1_loss(predicted, example, reduction="sum"), squared_error
        if self.config.loss == "huber":
            return F.smooth_l1_loss(predicted, example, reduction="sum", beta=_HUBER_BETA), squared_error
        return F.mse_loss(predicted, example, reduction="sum"), squared_error

    def _casting(self) -> AbstractContextManager[object]:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self._bf16)
