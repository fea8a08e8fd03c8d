"""The model card: what a trained network is, for the people who will use it."""

import torch

from colorizer.models.registry import architecture
from colorizer.runs.store import Run

_DULL = ", and where several colors are plausible it tends towards a dull middle."
_LIKELY = """. While learning it was given some true colors as hints, which makes the training error the lower one; the
test error is that of its mean colors without hints, duller than those at its natural vividness."""


def model_card(run: Run) -> str:
    """Markdown with the run's settings, its figures and its limits."""
    config, metrics = run.config, run.metrics()
    about = architecture(config.architecture)
    parameters = sum(parameter.numel() for parameter in about.build().parameters())
    best = metrics.iloc[int(metrics.test_loss.argmin())]
    settings = "\n".join(f"| {name} | {value} |" for name, value in vars(config).items())
    return f"""# {run.name}

{about.title}, {parameters:,} parameters. {about.summary}

Trained on the dataset `{config.dataset}` for {len(metrics)} epochs in {metrics.seconds.iloc[-1] / 60:.0f} minutes
with PyTorch {torch.__version__.partition("+")[0]}. The weights in `best.safetensors` (half precision) are those
of epoch {best.epoch:.0f}.

| | mean squared error | study's sum over batches of 100 |
|---|---|---|
| training images (as they were varied, while learning) | {best.train_loss:.6f} | {best.train_sum:.4f} |
| test images | {best.test_loss:.6f} | {best.test_sum:.4f} |

The curve of all epochs is in `metrics.jsonl`.

| setting | value |
|---|---|
{settings}

**Limits.** Its colors are guesses from brightness and shape, not facts about what was photographed. It knows
only what its training images showed{_DULL if not about.likelihoods else _LIKELY}
"""
