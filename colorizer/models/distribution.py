"""Models that predict a distribution over colors for every block of 4x4 pixels, so that colors can be safe or vivid."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self, cast

import torch
import torch.distributed
from torch import Tensor
from torch.nn import functional as F

from colorizer.color import chroma, fit_gamut, keep_luma, luma
from colorizer.models.base import ColorizationModel, TrainingLoss, TrainingStep, mix_targets
from colorizer.models.color_bins import STEP, ColorBins, cbcr_to_chroma, chroma_to_cbcr
from colorizer.models.degradation import degrade_share
from colorizer.models.hint_sampling import plan_hints, sample_hints
from colorizer.models.hints import Hint, hint_influence
from colorizer.models.prediction import NATURAL, Color, Prediction

CELL = 4
"""Side in pixels of the block that gets one distribution."""
_MAX_TEMPERATURE, _MIN_TEMPERATURE = 0.8, 0.3
"""Temperatures of the annealed mean at vividness 0 and 1. Zhang et al. 2016 use 0.38 throughout, which is as colorful
but yellower. At 1, the plain mean, an object that is either gray or colored comes out half colored, which costs
pictures with little color most."""
_UNIFORM = 0.5
"""Weight of the uniform distribution in the prior, so that rare colors do not win by rarity alone (Zhang et al.
2016)."""
_PRIOR_SIGMA = 1.0
"""Smoothing of the prior over neighboring colors: standard deviation in steps of the grid."""
_PRIOR_MOMENTUM = 0.01
"""Weight of a batch in the running mean of the prior."""
_MIN_PROBABILITY = 1e-12
_PIXEL_LOSS_WEIGHT = 50.0
"""Weight of the pixel loss of the mean colors relative to the cross-entropy, which is about a hundred times larger."""
_SETTLED = 0.35
"""A hint ends where hues are less open than this share of those at its place."""
_MIN_VARIANCE = 0.001
"""Added to that of a cell's colors before the color of a hint is judged implausible."""
_HINT_SHARE = 0.7
"""Probability that the color of a hint gets on its object. The network alone follows hints halfway."""
_HINT_CERTAINTY = 2
"""Power of how far a hint reaches. Lower ones color more, also around the object."""
_IGNORED = 0.1
"""The network ignores a hint whose place moves less than this share of the way to its color."""
_CHANGE = 0.05
"""A hint spreads over its object fully if its color is at least this far, in Cb and Cr, from that of its place without
it. One that pins the color that is there already says little about other places."""
_MIN_WAY = 0.02
"""Cells whose color in Cb and Cr is this close to that of a hint, or closer, hardly move."""
_HINT_SPACING = 0.05
"""Of hints on one object, those closer than this, as a share of the photograph's sides, count alike."""
_MIN_DISTANCE = 2.5 * STEP
"""Suggested colors are at least this far apart in the plane of Cb and Cr."""
_SUGGESTION_VIVIDNESS = 0.9
"""Vividness at which colors are suggested and open hues are found: rare colors count too."""
_NEIGHBORHOOD = 2
"""Cells in each direction that are pooled to suggest colors."""
_SMOOTHING = 0.5
"""Weight of the distributions that are smoothed along edges, beside the network's own."""
_SMOOTHING_RADIUS = 3
"""Radius in blocks of 2x2 cells of the guided filter."""
_EDGE_CONTRAST = 0.03
"""Luma differences well above this are edges to the guided filter, well below it texture."""


class DistributionModel(ColorizationModel):
    """Standardize the gray input, predict distributions over colors, take a color from each.

    A subclass provides a network that maps standardized gray `(N, 1, H, W)` and hints `(N, 3, H, W)` or None to logits
    `(N, Q, ceil(H / 4), ceil(W / 4))`.

    The logits are those of the plain distribution of colors, most of which are nearly gray; its mean has the lowest
    squared error. Vividness (0 to 1) does two things at once: it rebalances, dividing the distribution by how common
    each color is, and it lowers the temperature of the annealed mean, towards the most probable color.
    """

    predicts_distribution = True
    requires_keep_luma = True
    limits: ClassVar[str] = (
        "During training it was given some true colors as hints, which lowers the training error, and some inputs "
        "degraded like old prints, which raises it; the test error is that of its mean colors for undamaged inputs "
        "without hints, which are duller than those at its default vividness."
    )

    prior: Tensor
    """How common each color is, `(Q,)`: a running mean over training."""

    def __init__(self, *, gray_mean: float = 0.5, gray_std: float = 0.25, keep_luma: bool = True) -> None:
        super().__init__(gray_mean=gray_mean, gray_std=gray_std, keep_luma=keep_luma)
        self.bins = ColorBins()
        self.register_buffer("prior", torch.full((len(self.bins),), 1 / len(self.bins)))

    def forward(self, gray: Tensor, hints: Tensor | None = None) -> Tensor:
        """Colorize; in training mode, return logits.

        Args:
            gray: luma `(N, 1, H, W)` in [0, 1].
            hints: `(N, 3, H, W)`: Cb, Cr and a mask, zero where there is no hint.

        Returns:
            In evaluation mode RGB `(N, 3, H, W)` in [0, 1] with that luma: the mean colors. In training mode logits
            `(N, Q, ceil(H / 4), ceil(W / 4))`.
        """
        logits = self.logits(gray, hints)
        return logits if self.training else keep_luma(gray, self.mean_rgb(logits, gray))

    def logits(self, gray: Tensor, hints: Tensor | None = None) -> Tensor:
        """Return the logits of each color, `(N, Q, ceil(H / 4), ceil(W / 4))`. For the arguments see `forward`."""
        return cast(Tensor, self.network((gray - self.gray_mean) / self.gray_std, hints))

    def mean_rgb(self, logits: Tensor, gray: Tensor) -> Tensor:
        """Join the mean colors with luma `(N, 1, H, W)`; the result `(N, 3, H, W)` may leave the gamut."""
        return gray + cbcr_to_chroma(_upsample(self.bins.mean(logits.softmax(1)), gray))

    # --- Training

    @classmethod
    def can_learn_from(cls, teacher: type[ColorizationModel]) -> bool:
        """Return whether `teacher` predicts distributions too."""
        return issubclass(teacher, DistributionModel)

    def training_loss(self, step: TrainingStep) -> TrainingLoss:
        """Compute the loss of one batch: cross-entropy of the true colors, plus the pixel loss of the mean colors.

        Some of the true colors are given as hints, some objects are recolored and hinted at, and some inputs are
        degraded like old prints. With a teacher, both targets are mixed with its distributions.
        """
        plans = plan_hints(step.batch_size, step.seed, step.number)[step.rank :: step.world_size]
        rgb, hints = sample_hints(step.rgb, plans)
        step, gray = replace(step, rgb=rgb), luma(rgb)
        degraded = degrade_share(gray, step.batch_size, step.seed, step.number, step.rank, step.world_size)
        with step.autocast():
            logits = step.forward(degraded, hints)
            taught = self._teacher_logits(step, gray, hints)
        logits = logits.float()
        index, weight = self.soft_encode(rgb)
        self.update_prior(self.histogram(index, weight))
        entropy, target = self.cross_entropy(logits, index, weight), rgb
        if taught is not None:
            entropy = mix_targets(entropy, self.distillation_loss(logits, taught))
            target = mix_targets(rgb, self.mean_rgb(taught, gray))
        pixel = self.pixel_loss(step, self.mean_rgb(logits, gray), target)
        # The entropy is a sum over cells, the pixel loss one over values: bring both to the same number of terms.
        values_per_cell = rgb.shape[1:].numel() / logits.shape[-2:].numel()
        return TrainingLoss(entropy * values_per_cell + _PIXEL_LOSS_WEIGHT * pixel.loss, pixel.squared_error)

    @torch.no_grad()
    def _teacher_logits(self, step: TrainingStep, gray: Tensor, hints: Tensor) -> Tensor | None:
        if not isinstance(step.teacher, DistributionModel) or not len(gray):
            return None
        return step.teacher.logits(gray, hints).float()

    def soft_encode(self, rgb: Tensor) -> tuple[Tensor, Tensor]:
        """Encode the true colors of the cells of `(N, 3, H, W)` in [0, 1], as `ColorBins.soft_encode` does."""
        return self.bins.soft_encode(F.avg_pool2d(chroma_to_cbcr(chroma(rgb)), CELL, ceil_mode=True))

    def cross_entropy(self, logits: Tensor, index: Tensor, weight: Tensor) -> Tensor:
        """Return the cross-entropy of soft-encoded colors, `-sum_q w_q log p_q`, summed over all cells.

        Args:
            logits: `(N, Q, h, w)`.
            index, weight: `(N, 4, h, w)` as from `soft_encode`.
        """
        return -(logits.log_softmax(1).gather(1, index) * weight).sum()

    def distillation_loss(self, logits: Tensor, taught: Tensor) -> Tensor:
        """Return the cross-entropy of a teacher's distributions, summed over all cells. Both are `(N, Q, h, w)`."""
        return -(logits.log_softmax(1) * taught.softmax(1)).sum()

    def histogram(self, index: Tensor, weight: Tensor) -> Tensor:
        """Count soft-encoded colors, `(Q,)`."""
        return self.prior.new_zeros(len(self.prior)).index_add_(0, index.flatten(), weight.flatten())

    def update_prior(self, counts: Tensor) -> None:
        """Update the running prior with the histogram of a batch; processes that train together add theirs up."""
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            counts = counts.clone()
            torch.distributed.all_reduce(counts)
        self.prior.lerp_(counts / counts.sum(), _PRIOR_MOMENTUM)

    # --- Inference

    @torch.inference_mode()
    def predict(self, grays: Sequence[Tensor], hints: Sequence[Tensor] | None = None) -> list[Prediction]:
        """Predict distributions: the average of those at all scales, smoothed along edges.

        For the arguments see the base class.
        """
        device = self.gray_mean.device
        scales = [
            self.logits(gray.to(device), None if hint is None else hint.to(device))
            for gray, hint in zip(grays, [None] * len(grays) if hints is None else hints, strict=True)
        ]
        cells = F.avg_pool2d(grays[0], CELL, ceil_mode=True)
        logits = smooth_along_edges(ensemble_logits(scales), cells.to(device))
        return [ColorDistribution(*pair, self) for pair in zip(cells, logits.half(), strict=True)]

    def rebalance(self, logits: Tensor, vividness: float) -> Tensor:
        """Adjust logits `(N, Q, h, w)` for how common colors are: at vividness 0 not at all, at 1 fully.

        Logit adjustment, `z_q - v log pi_q`, after Menon et al. 2021, arXiv 2007.07314, with the smoothed prior mixed
        with a uniform distribution as by Zhang et al. 2016, arXiv 1603.08511, who weight the training loss with it.
        """
        if not vividness:
            return logits
        common = self.bins.smooth(self.prior, _PRIOR_SIGMA)
        mixed = (1 - _UNIFORM) * common / common.sum() + _UNIFORM / len(common)
        return logits - vividness * mixed.log()[:, None, None]

    def chroma(self, logits: Tensor, vividness: float = 0.0) -> Tensor:
        """Decide the colors of the cells.

        Args:
            logits: `(N, Q, h, w)`.
            vividness: 0 (safe) to 1 (vivid).

        Returns:
            Zero-luma color differences `(N, 3, h, w)`.
        """
        # Annealed mean (Zhang et al. 2016, equation 5): the mean of softmax(z / T). T -> 0 gives the mode, T = 1 the
        # mean of the distribution.
        temperature = _MAX_TEMPERATURE + (_MIN_TEMPERATURE - _MAX_TEMPERATURE) * vividness
        probabilities = _softmax(self.rebalance(logits, vividness) / temperature)
        return cbcr_to_chroma(self.bins.mean(probabilities))


@dataclass(frozen=True)
class ColorDistribution(Prediction):
    """A distribution over colors for every cell."""

    logits: Tensor
    """`(Q, h, w)`, in half precision because pages cache many of these."""
    model: DistributionModel

    @torch.inference_mode()
    def chroma(self, vividness: float) -> Tensor:
        """Return colors between the safe (0) and the vivid (1), `(3, h, w)`; they are kept for the next call."""
        if vividness not in self._known_chroma:
            self._known_chroma[vividness] = self.model.chroma(self.logits.float()[None], vividness)[0].cpu()
        return self._known_chroma[vividness]

    @torch.inference_mode()
    def restrict_hints(self, plain: Self, hints: Sequence[Hint]) -> Self:
        """Mix with the distributions of `plain`, cell by cell, and with the colors of the hints where they lie.

        A hint with a color that `plain` finds likely says something about the light of the whole scene and counts
        everywhere; one that contradicts it stays on its object.
        """
        assert isinstance(plain, ColorDistribution)
        extents = torch.stack([plain.extent(hint) for hint in hints])
        far = sum(plain._plausibility(hint) for hint in hints) / len(hints)
        near = extents.amax(0)
        mixed = torch.lerp(plain._probabilities, self._probabilities, (near + (1 - near) * far).to(self.logits.device))
        restricted = replace(self, logits=mixed.clamp_min(_MIN_PROBABILITY).log().half())
        wanted, weight = plain._wanted(hints, extents, restricted)
        mixed = torch.lerp(mixed, wanted.to(mixed), weight.to(mixed))
        return replace(self, logits=mixed.clamp_min_(_MIN_PROBABILITY).log_().half())

    def _wanted(self, hints: Sequence[Hint], extents: Tensor, hinted: Self) -> tuple[Tensor, Tensor]:
        """Spread the colors of K hints over their objects, as far as the network does.

        Where several lie on one object, nearer ones count more, by the inverse square of the distance (Shepard 1968).

        Args:
            hints: the hints.
            extents: how far they reach, `(K, h, w)`.
            hinted: the prediction with these hints.

        Returns:
            The distribution of colors that they ask for, `(Q, h, w)`, and its weight, `(h, w)`.
        """
        # A hint for the whole photo has its own color only on its object.
        objects = [replace(hint, reach=min(hint.reach, Hint.reach)) for hint in hints]
        reached = torch.stack([
            extent if small == hint else self.extent(small)
            for hint, small, extent in zip(hints, objects, extents, strict=True)
        ])  # fmt: skip
        rgb = torch.tensor([hint.color for hint in hints], dtype=torch.float32) / 255
        cbcr = chroma_to_cbcr(chroma(rgb[..., None, None]))
        sure = (reached * self._followed(hints, reached, cbcr, hinted)) ** _HINT_CERTAINTY
        sure = sure * torch.tensor([hint.strength for hint in hints])[:, None, None]
        height, width = self.gray.shape[1:]
        places = torch.cartesian_prod(torch.arange(height) / height, torch.arange(width) / width)
        distances = torch.cdist(torch.tensor([(hint.y, hint.x) for hint in hints]), places)
        share = sure / (distances.unflatten(1, (height, width)).square() + _HINT_SPACING**2)
        share = share / share.sum(0).clamp_min(_MIN_PROBABILITY)
        bins = self.model.bins
        index, weight = (values[..., 0, 0].cpu() for values in bins.soft_encode(cbcr.to(bins.centers.device)))
        colors = torch.zeros(len(hints), len(bins)).scatter_add_(1, index, weight)
        return torch.einsum("khw,kq->qhw", share, colors), _HINT_SHARE * sure.amax(0)

    def _followed(self, hints: Sequence[Hint], extents: Tensor, cbcr: Tensor, hinted: Self) -> Tensor:
        """Return how far `hinted` follows each hint, relative to the hint's place, `(K, h, w)` in [0, 1].

        With the color a of a cell without hints, b with them, and c that of the hint, the cell has moved
        `(b - a) (c - a) / |c - a|^2` of the way. A hint that the network ignores even at its place counts only where it
        surely reaches. A hint that changes little counts less.

        Args:
            hints: the hints.
            extents: how far they reach, `(K, h, w)`.
            cbcr: their colors, `(K, 2, 1, 1)`.
            hinted: the prediction with these hints.
        """
        before, after = (chroma_to_cbcr(each.chroma(NATURAL)) for each in (self, hinted))
        way = cbcr - before
        moved = ((after - before) * way).sum(1) / (way.square().sum(1) + _MIN_WAY**2)
        near = F.avg_pool2d(moved[None], 3, 1, 1, count_include_pad=False)[0]
        own = torch.stack([cells[hint.cell(*cells.shape)] for hint, cells in zip(hints, near, strict=True)])
        own = own[:, None, None]
        ways = way.norm(dim=1)
        change = torch.stack([cells[hint.cell(*cells.shape)] for hint, cells in zip(hints, ways, strict=True)])
        needed = (change / _CHANGE).clamp(0, 1)[:, None, None]
        return needed * torch.where(own < _IGNORED, extents**3, (moved / own.clamp_min(_IGNORED)).clamp(0, 1))

    @property
    def _probabilities(self) -> Tensor:
        return _softmax(self.logits.float()[None])[0]

    @torch.inference_mode()
    def extent(self, hint: Hint) -> Tensor:
        """Return how far a hint reaches each cell, `(h, w)` in [0, 1]: by default those of the object it lies on.

        Besides luma (see `hint_influence`), hues decide: where they are far less open than at the hint, as on skin
        beside clothes, another object is seen.
        """
        if hint.reach == 1:
            return torch.ones_like(self.gray[0])
        freedom = self.hue_freedom
        relative = freedom / freedom[hint.cell(*freedom.shape)].clamp_min(_MIN_PROBABILITY)
        return hint_influence(self.gray, [hint])[0] * ((relative - _SETTLED) / (1 - 2 * _SETTLED)).clamp(0, 1)

    def _plausibility(self, hint: Hint) -> float:
        """Return how well the color of a hint agrees with the distribution at its place, 0 to 1."""
        row, column = hint.cell(*self.gray.shape[1:])
        logits = self.logits[:, max(0, row - 1) : row + 2, max(0, column - 1) : column + 2].float()
        probabilities = logits.softmax(0).mean((1, 2))[None, :, None, None]
        color = torch.tensor(hint.color, dtype=torch.float32)[:, None, None] / 255
        error = chroma_to_cbcr(chroma(color)).to(probabilities) - self.model.bins.mean(probabilities)[0]
        variance = self.model.bins.variance(probabilities) + _MIN_VARIANCE
        return float(torch.exp(-2 * error.square().sum() / variance))

    @torch.inference_mode()
    def suggest_colors(self, x: float, y: float, count: int) -> list[Color]:
        """Return clearly different plausible colors for a place, the most probable first: `rank_colors`."""
        return [color for color, _ in self.rank_colors(x, y, count)]

    @torch.inference_mode()
    def rank_colors(self, x: float, y: float, count: int) -> list[tuple[Color, float]]:
        """Return clearly different plausible colors for a place with their probabilities, the most probable first.

        Args:
            x, y: the place, from left to right and from top to bottom, 0 to 1.
            count: maximum number of colors; there may be fewer.

        Returns:
            Each color with its probability relative to that of the first, after rebalancing.
        """
        height, width = self.gray.shape[1:]
        row, column = min(int(y * height), height - 1), min(int(x * width), width - 1)
        rows = slice(max(0, row - _NEIGHBORHOOD), row + _NEIGHBORHOOD + 1)
        columns = slice(max(0, column - _NEIGHBORHOOD), column + _NEIGHBORHOOD + 1)
        bins, logits = self.model.bins, self.model.rebalance(self.logits.float()[None], _SUGGESTION_VIVIDNESS)[0]
        weights = bins.smooth(logits[:, rows, columns].softmax(0).mean((1, 2)), 1.0)
        gray = self.gray[:, row : row + 1, column : column + 1]
        highest, colors = float(weights.max()), dict[Color, float]()
        while len(colors) < count and weights.max() > 0:
            best = int(weights.argmax())
            rgb = fit_gamut(gray, cbcr_to_chroma(bins.centers[best][:, None, None].cpu()))
            red, green, blue = (round(float(value) * 255) for value in rgb)
            # Where the gray is very light or dark, the gamut makes several bins one color.
            colors.setdefault((red, green, blue), float(weights[best]) / highest)
            weights = weights * ((bins.centers - bins.centers[best]).norm(dim=1) > _MIN_DISTANCE)
        return list(colors.items())

    @torch.inference_mode()
    def object_colors(self, share: Tensor) -> Tensor:
        """Return how likely each color is on an object, `(Q,)`, rebalanced as for Natural.

        Args:
            share: the weight of each cell, `(h, w)` with a sum of 1.
        """
        probabilities = _softmax(self.model.rebalance(self.logits.float()[None], NATURAL))[0]
        mean = (probabilities * share.to(probabilities)).sum((1, 2))
        return self.model.bins.smooth(mean, 1.0).clamp_min(_MIN_PROBABILITY)

    @functools.cached_property
    def _known_chroma(self) -> dict[float, Tensor]:
        """Chroma by vividness: pages render one prediction many times."""
        return {}

    @functools.cached_property
    def hue_freedom(self) -> Tensor:
        """How far the hue of each cell is open, averaged over its surroundings, `(h, w)`.

        The mean distance of the colors from gray, less the distance of the mean color from gray: zero where all likely
        colors have one hue, however strong, as in skin, sky and grass.
        """
        bins = self.model.bins
        with torch.inference_mode():
            probabilities = _softmax(self.model.rebalance(self.logits.float()[None], _SUGGESTION_VIVIDNESS))
            strength = F.conv2d(probabilities, bins.centers.norm(dim=1)[None, :, None, None])
            return _pool((strength - bins.mean(probabilities).norm(dim=1, keepdim=True))[0, 0]).cpu()


def _pool(values: Tensor) -> Tensor:
    """Average `(h, w)` over surroundings of about a sixth of the shorter side."""
    side = 2 * max(1, min(values.shape) // 12) + 1
    return F.avg_pool2d(values[None], side, 1, side // 2, count_include_pad=False)[0]


def _softmax(logits: Tensor) -> Tensor:
    """Return the probabilities of logits `(N, Q, h, w)`, in channels-last memory format.

    There a distribution is contiguous, which makes this, pooling, and interpolation several times as fast.
    """
    return logits.permute(0, 2, 3, 1).softmax(3).permute(0, 3, 1, 2)


def ensemble_logits(scales: Sequence[Tensor]) -> Tensor:
    """Average the distributions of the same pictures at several scales or from several networks.

    Args:
        scales: logits `(N, Q, h, w)`, of any heights and widths.

    Returns:
        Logits of the mean distribution, with the height and width of the first.
    """
    first, *others = scales
    if not others:
        return first
    total = _softmax(first)
    size = first.shape[-2:]
    for logits in others:
        probabilities = _softmax(logits)
        if probabilities.shape[-2:] != size:
            probabilities = F.interpolate(probabilities, size=size, mode="bilinear")
        total += probabilities
    return total.div_(len(scales)).clamp_min_(_MIN_PROBABILITY).log_()


def smooth_along_edges(logits: Tensor, gray: Tensor) -> Tensor:
    """Make the colors of one object agree: average distributions where luma has no edges.

    The fast guided filter (He and Sun 2015, arXiv 1505.00996) of the probabilities, guided by luma, mixed with the
    probabilities themselves.

    Args:
        logits: `(N, Q, h, w)`.
        gray: luma of the cells, `(N, 1, h, w)` in [0, 1].

    Returns:
        Logits of the mixed distributions.
    """
    own = _softmax(logits)
    small, guide = (F.avg_pool2d(values, 2, ceil_mode=True) for values in (own, gray))
    mean, guide_mean = _box_mean(small), _box_mean(guide)
    # In each window, probability = slope * luma + offset (least squares, with a penalty on the slope).
    variance = _box_mean(guide * guide) - guide_mean * guide_mean
    slope = (_box_mean(guide * small) - guide_mean * mean) / (variance + _EDGE_CONTRAST**2)
    offset = mean - slope * guide_mean
    size = logits.shape[-2:]
    slope, offset = (F.interpolate(_box_mean(values), size=size, mode="bilinear") for values in (slope, offset))
    smooth = torch.addcmul(offset, slope, gray).clamp_min_(_MIN_PROBABILITY)
    return torch.lerp(own, smooth / smooth.sum(1, keepdim=True), _SMOOTHING).clamp_min_(_MIN_PROBABILITY).log_()


def _box_mean(values: Tensor) -> Tensor:
    """Return the mean over a square around each value, cut off at the borders."""
    side = 2 * _SMOOTHING_RADIUS + 1
    return F.avg_pool2d(values, side, 1, _SMOOTHING_RADIUS, count_include_pad=False)


def _upsample(cells: Tensor, gray: Tensor) -> Tensor:
    """Upsample cells to the pixels of the picture; the last cells may extend beyond it."""
    size = [CELL * length for length in cells.shape[-2:]]
    return F.interpolate(cells, size=size, mode="bilinear")[..., : gray.shape[-2], : gray.shape[-1]]
