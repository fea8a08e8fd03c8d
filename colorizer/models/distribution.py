"""A colorizer that says how likely each color is, and can be asked for safe or vivid ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from colorizer.color import chroma, fit_gamut, keep_luma
from colorizer.models.base import ColorizationModel
from colorizer.models.color_bins import STEP, ColorBins, cbcr_to_chroma, chroma_to_cbcr
from colorizer.models.photo import CELL
from colorizer.models.prediction import NATURAL, Color, Prediction

_PRIOR_STEP = 0.01
_MAX_TEMPERATURE, _MIN_TEMPERATURE = 0.65, 0.3
"""Temperatures of the annealed mean at no vividness and at full. Zhang et al. 2016 take 0.38; as colorful, that is
yellower. At 1, the mean itself, a thing that is either gray or of some color becomes half colored, which a picture
with little color pays for."""
_SHRINKAGE = 0.05
"""How far the safe colors of a picture give way where, in all of it, likely colors lie apart."""
_UNIFORM = 0.5
"""How far colors are taken for equally common, lest those hardly ever seen win by rarity alone (Zhang et al. 2016)."""
_LEAST = 1e-12
"""No color is thought less likely than this."""
_PRIOR_BLUR = 1.0
"""Colors are as rare as those around them: standard deviation of the smoothing in steps of the grid."""

_MIN_DISTANCE = 2.5 * STEP
"""Suggested colors are at least this far apart in the plane of Cb and Cr."""
_NEIGHBORHOOD = 2
"""Cells in each direction that are pooled to suggest colors."""


class DistributionModel(ColorizationModel):
    """Standardize the gray input, ask the network for distributions, take a color from each.

    Scores are those of the plain distribution of colors, most of which are nearly gray: its mean has the
    lowest squared error. Vividness (0 to 1) moves three things at once: it divides by how common a color is (as
    logit adjustment does: Menon et al. 2021, arXiv 2007.07314; Zhang et al. 2016 weigh their loss so), it takes the
    annealed mean, with temperatures below 1, towards the likeliest, and it gives up caution.
    """

    prior: Tensor
    """How common each color is, `(Q,)`, in a running mean over training."""

    def __init__(
        self, architecture_name: str, *, gray_mean: float = 0.5, gray_std: float = 0.25, keep_luma: bool = True
    ) -> None:
        super().__init__(architecture_name, gray_mean=gray_mean, gray_std=gray_std, keep_luma=keep_luma)
        self.grid = ColorBins()
        self.register_buffer("prior", torch.full((len(self.grid),), 1 / len(self.grid)))

    def forward(self, gray: Tensor, hints: Tensor | None = None) -> Tensor:
        """Colorize, or in training mode give the scores.

        Args:
            gray: luma `(N, 1, H, W)` in [0, 1].
            hints: `(N, 3, H, W)`: Cb, Cr and 1 where a hint is, elsewhere zeros; or none.

        Returns:
            In evaluation mode RGB `(N, 3, H, W)` in [0, 1] with that luma, the mean colors; in training
            mode scores `(N, Q, ceil(H / 4), ceil(W / 4))`.
        """
        scores = self.scores(gray, hints)
        return scores if self.training else keep_luma(gray, self.mean(scores, gray))

    def scores(self, gray: Tensor, hints: Tensor | None = None) -> Tensor:
        """Scores of each color, `(N, Q, ceil(H / 4), ceil(W / 4))`. Arguments as for a call."""
        scores: Tensor = self.network((gray - self.gray_mean) / self.gray_std, hints)
        return scores

    def mean(self, scores: Tensor, gray: Tensor) -> Tensor:
        """Mean colors on the picture `(N, 1, H, W)`; its luma is kept, but chroma may leave the gamut."""
        return gray + cbcr_to_chroma(_enlarged(self.grid.mean(scores.softmax(1)), gray))

    def rebalance(self, scores: Tensor, vividness: float) -> Tensor:
        """Scores `(N, Q, h, w)` in which rare colors have a chance: at 0 none, at 1 the same as common ones."""
        if not vividness:
            return scores
        common = self.grid.blurred(self.prior, _PRIOR_BLUR)
        mixed = (1 - _UNIFORM) * common / common.sum() + _UNIFORM / len(common)
        return scores - vividness * mixed.log()[:, None, None]

    def chroma(self, scores: Tensor, vividness: float = 0.0) -> Tensor:
        """Colors of the cells.

        Args:
            scores: `(N, Q, h, w)`.
            vividness: 0, safe, to 1, vivid.

        Returns:
            Zero-luma color differences `(N, 3, h, w)`.
        """
        temperature = _MAX_TEMPERATURE + (_MIN_TEMPERATURE - _MAX_TEMPERATURE) * vividness
        probabilities = (self.rebalance(scores, vividness) / temperature).softmax(1)
        plane = self.grid.mean(probabilities)
        sure = plane.square().sum((1, 2, 3), keepdim=True)
        apart = self.grid.variance(probabilities).sum((1, 2, 3), keepdim=True)
        strength = sure / (sure + (1 - vividness) * _SHRINKAGE * apart).clamp_min(_LEAST)
        return cbcr_to_chroma(strength * plane)

    def soft_encode(self, rgb: Tensor) -> tuple[Tensor, Tensor]:
        """True colors of the cells, as `ColorBins.soft_encode` gives them.

        Args:
            rgb: `(N, 3, H, W)` in [0, 1].
        """
        return self.grid.soft_encode(F.avg_pool2d(chroma_to_cbcr(chroma(rgb)), CELL, ceil_mode=True))

    def loss(self, scores: Tensor, numbers: Tensor, shares: Tensor) -> Tensor:
        """Cross-entropy of colors shared out, summed over the cells.

        Args:
            scores: as from a call in training mode.
            numbers, shares: as from `soft_encode`.
        """
        return -(scores.log_softmax(1).gather(1, numbers) * shares).sum()

    def distillation_loss(self, scores: Tensor, taught: Tensor) -> Tensor:
        """Cross-entropy of another network's distributions, summed over the cells.

        Args:
            scores: as from a call in training mode.
            taught: what the other says of the same pictures.
        """
        return -(scores.log_softmax(1) * taught.softmax(1)).sum()

    def count(self, numbers: Tensor, shares: Tensor) -> Tensor:
        """How often each color occurs, `(Q,)`."""
        return self.prior.new_zeros(len(self.prior)).index_add_(0, numbers.flatten(), shares.flatten())

    def see(self, counts: Tensor) -> None:
        """Take the colors of a batch, as counted, into the running prior."""
        self.prior.lerp_(counts / counts.sum(), _PRIOR_STEP)


def ensemble_logits(looks: Sequence[Tensor]) -> Tensor:
    """Scores of the mean of several distributions.

    Args:
        looks: scores `(N, Q, h, w)` of the same pictures, at any sizes.

    Returns:
        The same, at the size of the first.
    """
    first, *others = looks
    if not others:
        return first
    total = first.softmax(1)
    size = first.shape[-2:]
    for scores in others:
        said = scores.softmax(1)
        total += said if said.shape[-2:] == size else F.interpolate(said, size=size, mode="bilinear")
    return total.div_(len(looks)).clamp_min_(_LEAST).log_()


def _enlarged(cells: Tensor, gray: Tensor) -> Tensor:
    """From cells to the pixels of the picture; the last cells may reach beyond it."""
    size = [CELL * length for length in cells.shape[-2:]]
    return F.interpolate(cells, size=size, mode="bilinear")[..., : gray.shape[-2], : gray.shape[-1]]


@dataclass(frozen=True)
class ColorDistribution(Prediction):
    """A distribution over colors for every cell."""

    logits: Tensor
    """`(Q, h, w)`, in half precision because pages cache many of these."""
    model: DistributionModel

    @torch.inference_mode()
    def chroma(self, vividness: float) -> Tensor:
        """Return colors between the safe (0) and the vivid (1), `(3, h, w)`."""
        return self.model.chroma(self.logits.float()[None], vividness)[0].cpu()

    @torch.inference_mode()
    def suggest_colors(self, x: float, y: float, count: int) -> list[Color]:
        """Return clearly different plausible colors for a place, the most probable first.

        Args:
            x, y: the place, from left to right and from top to bottom, 0 to 1.
            count: maximum number of colors; there may be fewer.
        """
        height, width = self.gray.shape[1:]
        row, column = min(int(y * height), height - 1), min(int(x * width), width - 1)
        rows = slice(max(0, row - _NEIGHBORHOOD), row + _NEIGHBORHOOD + 1)
        columns = slice(max(0, column - _NEIGHBORHOOD), column + _NEIGHBORHOOD + 1)
        grid, logits = self.model.grid, self.model.rebalance(self.logits.float()[None], NATURAL)[0]
        weights = grid.blurred(logits[:, rows, columns].softmax(0).mean((1, 2)), 1.0)
        gray = self.gray[:, row : row + 1, column : column + 1]
        colors: list[Color] = []
        for _ in range(count):
            best = int(weights.argmax())
            if weights[best] <= 0:
                break
            rgb = fit_gamut(gray, cbcr_to_chroma(grid.points[best][:, None, None].cpu()))
            red, green, blue = (round(float(value) * 255) for value in rgb)
            colors.append((red, green, blue))
            weights = weights * ((grid.points - grid.points[best]).norm(dim=1) > _MIN_DISTANCE)
        return colors

    @torch.inference_mode()
    def uncertainty(self) -> Tensor:
        """Return the variance of each cell's colors, averaged over its surroundings, `(h, w)`."""
        probabilities = self.model.rebalance(self.logits.float()[None], NATURAL).softmax(1)
        variance = self.model.grid.variance(probabilities)[0, 0]
        side = 2 * max(1, min(variance.shape) // 12) + 1
        return F.avg_pool2d(variance[None], side, 1, side // 2, count_include_pad=False)[0].cpu()
