"""One step of training: a model, its optimizer, and the moving average of its weights."""

import copy
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colorizer.color import luma
from colorizer.datasets.dataset import Dataset, Manifest
from colorizer.datasets.loader import sequential_batches
from colorizer.errors import InputError, UserError
from colorizer.models.base import TrainingStep, build_model
from colorizer.models.registry import IMAGENET, SCRATCH, architecture, validate_image_size
from colorizer.runs import load_run
from colorizer.runs.config import TrainingConfig
from colorizer.training.distillation import load_teacher, validate_teacher
from colorizer.training.distributed import DistContext

_TEST_PIXELS = 500 * 32 * 32
"""Pixels per batch of the test split."""
_EMA_INTERVAL = 10
"""Steps between two updates of the average of the weights: updating at each step would take a tenth of the time."""
_CRITERIA: dict[str, Callable[..., Tensor]] = {
    "mse": F.mse_loss,
    "l1": F.l1_loss,
    "smooth_l1": partial(F.smooth_l1_loss, beta=0.1),
}


def validate_fits(config: TrainingConfig, dataset: Dataset) -> None:
    """Make sure that the settings are compatible with each other and with the dataset.

    Raises:
        InputError: they do not; `setting` names the one to change.
    """
    name, size = config.architecture, dataset.manifest.size
    model = architecture(name).model_class
    validate_image_size(name, size, dataset.name)
    validate_teacher(config, dataset)
    if model.requires_keep_luma and not config.keep_luma:
        raise InputError(f"{name} predicts chroma only: turn on keep luma.", setting="keep_luma")
    if config.crop > size:
        raise InputError(f"The images are only {size} pixels wide: crop to at most {size}.", setting="crop")
    if config.crop and model.image_size not in (None, config.crop):
        raise InputError(f"{name} takes images of {model.image_size} pixels only: turn cropping off.", setting="crop")
    # Images in a whole batch and in the last one, for each network of an ensemble.
    images = dataset.manifest.train
    batches = {min(config.batch_size, images), images % config.batch_size}
    shares = {(batch + extra) // model.ensemble_size for batch in batches for extra in range(model.ensemble_size)}
    if (config.crop or size) <= model.batch_norm_stride and 1 in shares:
        raise InputError(
            f"At this size {name} cannot normalize over a single image, and some batch has only one per network: "
            "choose another batch size.",
            setting="batch_size",
        )


def validate_init_from(config: TrainingConfig) -> None:
    """Make sure that the initial weights named in the settings can be used.

    Raises:
        InputError: it cannot.
    """
    try:
        if config.init_from == IMAGENET:
            architecture(config.architecture).model_class.pretrained_weights()
        elif config.init_from != SCRATCH:
            run = load_run(config.init_from)
            if run.config.architecture != config.architecture:
                raise InputError(
                    f"The architecture of the run {run.name!r} is {run.config.architecture}, not "
                    f"{config.architecture}: choose another run."
                )
            if run.config.keep_luma != config.keep_luma:
                raise InputError(f"The run {run.name!r} has a different keep luma setting: choose another run.")
    except UserError as error:
        raise InputError(str(error), setting="init_from") from None


def test_batch_size(images: Tensor) -> int:
    """Return how many of these images, `(N, H, W, 3)`, are evaluated per batch."""
    return max(1, _TEST_PIXELS // images.shape[1:3].numel())


def choose_device(config: TrainingConfig, index: int = 0) -> torch.device:
    """Return the device that a configuration asks for; `auto` is CUDA, else Apple's GPU, else the CPU.

    Args:
        config: only its `device` is used.
        index: of the CUDA device.

    Raises:
        InputError: this computer does not have it.
    """
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    name = config.device
    if name == "auto":
        name = next(kind for kind in ("cuda", "mps", "cpu") if available[kind])
    if not available[name]:
        raise InputError(f"This computer has no {name} device that PyTorch can use: choose auto or cpu.")
    return torch.device(name, index) if name == "cuda" else torch.device(name)


def supports_bf16(device: torch.device) -> bool:
    """Return whether a device is faster with bfloat16; CPUs without AMX are slower, even if they have bfloat16."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and bool(torch.cpu.get_capabilities().get("amx_bf16"))


class Learner:
    """A model with its optimizer, determined by a configuration and its seed alone."""

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
            manifest: of the dataset; provides the statistics of its gray values.
            device: where to compute.
            dist: the processes that train together.
            is_new: whether to set the initial weights; not needed if a checkpoint will be loaded.

        Raises:
            InputError: the initial weights or the teacher cannot be loaded.
        """
        self.config, self.device, self.dist = config, device, dist
        self._bf16 = config.bf16 and supports_bf16(device)
        statistics = {"gray_mean": manifest.gray_mean, "gray_std": manifest.gray_std}
        torch.manual_seed(config.seed)
        self.model = build_model(config.architecture, keep_luma=config.keep_luma, **statistics)
        if is_new:
            validate_init_from(config)
            is_run = config.init_from not in (SCRATCH, IMAGENET)
            self.model.initialize(load_run(config.init_from).best_weights if is_run else config.init_from, **statistics)
        self.model.to(device).to(memory_format=torch.channels_last)  # About 1.2 times as fast on a CPU.
        self.optimizer = torch.optim.AdamW(
            self.model.parameter_groups(pretrained=config.init_from != SCRATCH),
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
            fused=device.type != "mps",
        )
        self.teacher = load_teacher(config, device)
        self.ema_model = copy.deepcopy(self.model).requires_grad_(False) if config.ema_decay else self.model
        """The model that is evaluated and saved: the average of the weights, or the model itself without averaging."""
        self._wrapped: nn.Module = dist.wrap(self.model)
        self.precise = torch.float32 if device.type == "mps" else torch.float64
        """For sums of many small numbers; Apple's GPUs have no double precision."""

    def step(self, rgb: Tensor, number: int, learning_rate: float, batch_size: int) -> Tensor:
        """Train on one batch.

        Args:
            rgb: this process's share of the batch, `(n, 3, H, W)` in [0, 1].
            number: of the step in the whole run, from 0.
            learning_rate: of this step.
            batch_size: images in the batch of all processes.

        Returns:
            Sum over these images of their mean squared errors: a scalar on the device, because reading its value at
            each step would make the CPU wait for the GPU.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate * group["lr_scale"]
        self.model.train()
        loss, squared_error = self.model.training_loss(
            TrainingStep(
                rgb,
                self._wrapped,
                partial(_CRITERIA[self.config.loss], reduction="sum"),
                self._autocast,
                self.teacher,
                batch_size,
                number,
                self.config.seed,
                self.dist.rank,
                self.dist.world_size,
            )
        )
        # The loss is a sum over this process's images, and DistributedDataParallel averages gradients over processes:
        # sum_r L_r / (B values) = mean_r (world_size / (B values)) L_r, whatever the sizes of the shares.
        values = rgb.shape[1:].numel()
        loss = loss * (self.dist.world_size / (batch_size * values))
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        if self.config.ema_decay and (number + 1) % _EMA_INTERVAL == 0:
            self._update_ema(number + 1)
        return squared_error.detach().to(self.precise) / values

    @torch.no_grad()
    def _update_ema(self, steps: int) -> None:
        """Update the exponential moving average of weights and normalization statistics.

        w_ema <- d w_ema + (1 - d) w, with decay d = min(ema_decay, (1 + t) / (10 + t)) after t steps, so that early on
        the average spans recent steps and not the random start (as in TensorFlow's ExponentialMovingAverage). Between
        updates lie k steps, hence d^k.
        """
        decay = min(self.config.ema_decay, (1 + steps) / (10 + steps)) ** _EMA_INTERVAL
        for average, value in zip(self.ema_model.state_dict().values(), self.model.state_dict().values(), strict=True):
            if average.is_floating_point():
                average.lerp_(value, 1 - decay)
            else:
                average.copy_(value)

    @torch.no_grad()
    def test_error(self, images: Tensor, on_batch: Callable[[], None] = lambda: None) -> float:
        """Return the mean squared error of `ema_model` on a split. Each image is evaluated once, by one process.

        Args:
            images: the whole split, `(N, H, W, 3)` uint8.
            on_batch: called after each batch.
        """
        self.ema_model.eval()
        total = torch.zeros((), dtype=self.precise, device=self.device)
        for rgb in sequential_batches(images[self.dist.rank :: self.dist.world_size], test_batch_size(images)):
            with self._autocast():
                predicted = self.ema_model(luma(rgb))
            total += F.mse_loss(predicted.float(), rgb).to(self.precise) * len(rgb)
            on_batch()
        return self.dist.sum(total) / len(images)

    def _autocast(self) -> AbstractContextManager[object]:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self._bf16)
