"""The learning rate as a plain function of the step, so that it needs no state of its own."""

import math

from colorizer.runs.config import TrainingConfig

WARM_UP = 0.2
"""Share of a one-cycle run in which the learning rate rises."""
_START = 0.04


def learning_rate(config: TrainingConfig, step: int, steps: int) -> float:
    """Learning rate of one step.

    Args:
        config: gives the schedule and the highest rate.
        step: number of the step in its cycle, from 0. A run is one cycle, and each continuation another.
        steps: steps in the whole cycle.

    Source:
        one_cycle: Smith and Topin 2017, arXiv 1708.07120, with cosine instead of straight lines.
    """
    if config.schedule == "constant":
        return config.learning_rate
    turn = WARM_UP * steps
    if step < turn:
        share = _START + (1 - _START) * (1 - math.cos(math.pi * step / turn)) / 2
    else:
        share = (1 + math.cos(math.pi * (step - turn) / (steps - turn))) / 2
    return config.learning_rate * share
