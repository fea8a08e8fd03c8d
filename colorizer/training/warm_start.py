"""What a network knows before its training: nothing, ImageNet, or what a run has learned."""

from colorizer.datasets.dataset import Manifest
from colorizer.errors import InputError, UserError
from colorizer.models.base import ColorizationModel
from colorizer.models.efficientnet_lite import published_weights, start_from_imagenet
from colorizer.models.photo_pair import PhotoEnsemble
from colorizer.models.registry import architecture
from colorizer.models.weights import load_weights
from colorizer.runs.config import IMAGENET, NOTHING, TrainingConfig
from colorizer.runs.store import load_run


def validate_start(config: TrainingConfig) -> None:
    """Make sure that a training could start so.

    Raises:
        InputError: it could not.
    """
    try:
        if config.start == IMAGENET:
            if not architecture(config.architecture).pretrained:
                raise InputError(f"The {config.architecture} has no part that could start from ImageNet.")
            published_weights()
        elif config.start != NOTHING:
            other = load_run(config.start)
            if other.config.architecture != config.architecture:
                raise InputError(
                    f"The run {other.name!r} is a {other.config.architecture}, not a {config.architecture}: "
                    "start from another."
                )
            if other.config.keep_luma != config.keep_luma:
                raise InputError(f"The run {other.name!r} differs in whether luma is kept: start from another.")
    except UserError as error:
        raise InputError(str(error), setting="start") from None


def initialize(model: ColorizationModel, config: TrainingConfig, manifest: Manifest) -> None:
    """Give a new network what it starts from. From a run it also takes how gray values are standardized.

    Raises:
        InputError: it cannot start so.
    """
    validate_start(config)
    if config.start == IMAGENET and isinstance(model.network, PhotoEnsemble):
        for encoder in model.network.encoders:
            start_from_imagenet(encoder, manifest.gray_mean, manifest.gray_std)
    elif config.start != NOTHING:
        load_weights(model, load_run(config.start).best_weights)
