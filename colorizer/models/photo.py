"""The network for photographs: what is in the picture, where it is, and how probable each color is there.

An ImageNet-pretrained encoder recognizes what is in the picture; a decoder with skip connections, as in a U-Net,
locates it. The mean over the whole picture is added at the bottleneck, for the light of the scene. The output is a
distribution over colors for each block of 4x4 pixels; fine edges are left to the upsampling of chroma, which follows
the edges of luma. Color hints enter with the picture and at each level of the decoder, and by attention each cell
takes the color of hints at similar places.

The model is an ensemble of two such networks. What a network has learned from too few photographs is partly chance,
which differs between networks and averages out (deep ensembles: Lakshminarayanan et al. 2017, arXiv 1612.01474). The
two start from different random weights, learn from different halves of each batch, and the second sees everything
mirrored.
"""

from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colorizer.models.color_bins import ColorBins
from colorizer.models.distribution import CELL, DistributionModel, ensemble_logits
from colorizer.models.efficientnet_lite import WIDTHS, EfficientNetLite, load_imagenet_weights, published_weights
from colorizer.models.registry import IMAGENET

_STRIDE = 32
"""The network takes heights and widths that are multiples of this."""
_HINT_CHANNELS = 3
"""Cb and Cr of a hint, and the mask."""
_DECODER = (144, 112, 96)
"""Channels at 1/16, 1/8 and 1/4 of the resolution."""
_SCENE = 96
"""Units of the layer that summarizes the whole picture."""
_HINT_SCALE = 4.0
"""Scales Cb and Cr, mostly within 0.25 of zero, to the range of the other inputs."""
_PRETRAINED_LR_SCALE = 0.2
"""Learning rate of a pretrained encoder relative to the rest: it is to be fine-tuned, not retrained."""


def _conv(inputs: int, outputs: int, kernel: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class HintAttention(nn.Module):
    """Give each cell the color of hints at similar and near places.

    Cross-attention (Vaswani et al. 2017, arXiv 1706.03762) from cells to hints. With query q_i of cell i, key k_j and
    color c_j of hint j, and d_ij the distance between their places:

        s_ij = q_i k_j / sqrt(width) - nearness d_ij,    a_i = softmax(s_i1, ..., s_iJ, none),

    and the cell follows the hints by `sum_j a_ij`, taking the color `sum_j a_ij c_j / sum_j a_ij`. The learned logit
    `none` lets a cell follow no hint; `nearness` is learned too.
    """

    def __init__(self, channels: int, width: int = 32) -> None:
        """
        Args:
            channels: of the features.
            width: of queries and keys.
        """
        super().__init__()
        self.query, self.key = nn.Conv2d(channels, width, 1), nn.Conv2d(channels, width, 1)
        self.none = nn.Parameter(torch.zeros(()))
        self.nearness = nn.Parameter(torch.tensor(2.0))

    def forward(self, features: Tensor, hints: Tensor) -> Tensor:
        """
        Args:
            features: `(N, C, h, w)`.
            hints: `(N, 3, h, w)`: color and a mask, zero where there is no hint.

        Returns:
            `(N, 3, h, w)`: the color each cell takes from hints, and how much it follows them, 0 to 1.
        """
        hints, places = hints.flatten(2).transpose(1, 2), _places(features)
        mask = hints[..., 2]
        # Attend only to cells with a hint: the J of the picture with the most. Pictures with fewer get cells without a
        # hint as well, which the mask excludes below.
        most = int(mask.sum(1).max()) if len(mask) else 0
        cells = mask.topk(most, dim=1).indices
        given = hints.gather(1, cells[..., None].expand(-1, -1, hints.shape[2]))
        key = self.key(features).flatten(2).gather(2, cells[:, None].expand(-1, self.key.out_channels, -1))
        similarity = self.query(features).flatten(2).transpose(1, 2) @ key / key.shape[1] ** 0.5
        distance = torch.cdist(places[None], places[cells]) * self.nearness
        logits = (similarity - distance).masked_fill(given[:, None, :, 2] == 0, -torch.inf)
        attention = torch.cat([logits, self.none.expand(*logits.shape[:2], 1)], 2).softmax(2)[..., :-1]
        # The mask of a given hint is 1, so the third channel of the product is the sum of the attention weights.
        attended = attention @ given
        color = attended[..., :2] / attended[..., 2:].clamp_min(1e-6)
        return torch.cat([color, attended[..., 2:]], 2).transpose(1, 2).unflatten(2, features.shape[-2:])


def pool_hints(hints: Tensor, side: int) -> Tensor:
    """Pool hints over squares: their mean color, and a mask of squares with a hint, `(N, 3, H / side, W / side)`."""
    mean = F.avg_pool2d(hints, side)
    share = mean[:, 2:]
    return torch.cat([mean[:, :2] / share.clamp_min(1 / side**2), (share > 0).to(mean.dtype)], 1)


def _places(features: Tensor) -> Tensor:
    """Return the place of each cell, `(h w, 2)`; along the longer side of the picture from 0 to 1."""
    height, width = features.shape[-2:]
    rows, columns = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    return (torch.stack([rows, columns], -1).flatten(0, 1) / max(height, width)).to(features)


class PhotoNet(nn.Module):
    """One network of the ensemble: standardized gray and hints to logits."""

    def __init__(self, bins: ColorBins) -> None:
        """
        Args:
            bins: the colors to choose from.
        """
        super().__init__()
        self.bins = bins
        self.encoder = EfficientNetLite(1 + _HINT_CHANNELS)
        deep = WIDTHS[-1]
        self.scene = nn.Sequential(
            nn.Linear(deep + _HINT_CHANNELS, _SCENE), nn.ReLU(inplace=True), nn.Linear(_SCENE, deep)
        )
        self.narrow, self.merge = nn.ModuleList(), nn.ModuleList()
        for width, skip in zip(_DECODER, reversed(WIDTHS[1:-1]), strict=True):
            self.narrow.append(_conv(deep, width, 1))
            self.merge.append(_conv(width + skip + _HINT_CHANNELS, width))
            deep = width
        self.attention = HintAttention(deep)
        self.head = nn.Sequential(_conv(deep + _HINT_CHANNELS, deep), nn.Conv2d(deep, len(bins), 1))
        self.trust = nn.Parameter(torch.tensor(5.0))
        """How much a hint that is fully followed raises the logit of its color."""

    def forward(self, gray: Tensor, hints: Tensor | None = None) -> Tensor:
        """
        Args:
            gray: standardized, `(N, 1, H, W)`; H and W are multiples of 32.
            hints: `(N, 3, H, W)`: Cb, Cr and a mask, zero where there is no hint.

        Returns:
            Logits `(N, Q, H / 4, W / 4)`.
        """
        scale = gray.new_tensor((_HINT_SCALE, _HINT_SCALE, 1.0))[:, None, None]
        scaled = scale * (gray.new_zeros(len(gray), _HINT_CHANNELS, *gray.shape[-2:]) if hints is None else hints)
        *skips, deep = self.encoder(torch.cat([gray, scaled], 1))
        scene = torch.cat([deep.mean((2, 3)), scaled.mean((2, 3))], 1)
        features = deep + self.scene(scene)[:, :, None, None]
        for narrow, merge, skip in zip(self.narrow, self.merge, reversed(skips[1:]), strict=True):
            pooled = pool_hints(scaled, scaled.shape[-1] // skip.shape[-1])
            upsampled = F.interpolate(narrow(features), scale_factor=2.0, mode="nearest")
            features = merge(torch.cat([upsampled, skip, pooled], 1))
        attended = torch.zeros_like(pooled) if hints is None else self.attention(features, pooled)
        logits = cast(Tensor, self.head(torch.cat([features, attended], 1)))
        return logits if hints is None else self._add_hints(logits, attended)

    def _add_hints(self, logits: Tensor, attended: Tensor) -> Tensor:
        """Raise the logits `(N, Q, h, w)` of the colors that the attended hints have."""
        color, share = attended.to(logits.dtype).split((2, 1), 1)
        index, weight = self.bins.soft_encode(color / _HINT_SCALE)
        return logits.scatter_add(1, index, self.trust * share * weight)


class PhotoEnsemble(nn.Module):
    """Two networks: standardized gray and hints, of any height and width, to logits."""

    def __init__(self, bins: ColorBins) -> None:
        """
        Args:
            bins: the colors to choose from.
        """
        super().__init__()
        self.plain, self.mirrored = PhotoNet(bins), PhotoNet(bins)

    @property
    def encoders(self) -> list[EfficientNetLite]:
        """The parts that may be pretrained."""
        return [self.plain.encoder, self.mirrored.encoder]

    def forward(self, gray: Tensor, hints: Tensor | None = None) -> Tensor:
        """
        Args:
            gray: standardized, `(N, 1, H, W)`.
            hints: `(N, 3, H, W)`: Cb, Cr and a mask, zero where there is no hint.

        Returns:
            Logits `(N, Q, ceil(H / 4), ceil(W / 4))`. In evaluation mode those of the mean of both networks'
            distributions; in training mode the first half of the batch goes through one network, the rest through the
            other.
        """
        height, width = gray.shape[-2:]
        padding = (0, -width % _STRIDE, 0, -height % _STRIDE)
        if any(padding):
            gray = F.pad(gray, padding, mode="replicate")
            hints = None if hints is None else F.pad(hints, padding)
        if self.training:
            half = (len(gray) + 1) // 2
            first, rest = (None, None) if hints is None else (hints[:half], hints[half:])
            logits = torch.cat([self._plain(gray[:half], first), self._mirrored(gray[half:], rest)])
        else:
            logits = ensemble_logits([self._plain(gray, hints), self._mirrored(gray, hints)])
        # Not -(-height // CELL): ONNX rounds the division of negative numbers towards zero.
        return logits[..., : (height + CELL - 1) // CELL, : (width + CELL - 1) // CELL]

    def _plain(self, gray: Tensor, hints: Tensor | None) -> Tensor:
        return cast(Tensor, self.plain(gray, hints))

    def _mirrored(self, gray: Tensor, hints: Tensor | None) -> Tensor:
        logits = self.mirrored(gray.flip(3), None if hints is None else hints.flip(3))
        return cast(Tensor, logits).flip(3)


class PhotoModel(DistributionModel):
    """The ensemble as a colorizer."""

    inference_sizes = (224, 160)
    inference_multiple = _STRIDE  # The padding of other sizes costs 0.16 dB on photographs it has never seen.
    batch_norm_stride = _STRIDE
    ensemble_size = 2
    has_pretrained_weights = True
    network: PhotoEnsemble

    def build_network(self) -> PhotoEnsemble:
        return PhotoEnsemble(ColorBins())

    @classmethod
    def pretrained_weights(cls) -> Path:
        """Return the file with the encoder's ImageNet weights.

        Raises:
            InputError: the package with them is not installed.
        """
        return published_weights()

    def initialize(self, init_from: str | Path, *, gray_mean: float, gray_std: float) -> None:
        """Set the initial weights; `imagenet` loads them into both encoders."""
        if init_from == IMAGENET:
            for encoder in self.network.encoders:
                load_imagenet_weights(encoder, gray_mean, gray_std)
        else:
            super().initialize(init_from, gray_mean=gray_mean, gray_std=gray_std)

    def parameter_groups(self, *, pretrained: bool) -> list[dict[str, Any]]:
        """Return all parameters in groups; a pretrained encoder has a lower learning rate."""
        if not pretrained:
            return super().parameter_groups(pretrained=False)
        encoders = [parameter for encoder in self.network.encoders for parameter in encoder.parameters()]
        known = {id(parameter) for parameter in encoders}
        others = [parameter for parameter in self.parameters() if id(parameter) not in known]
        return [{"params": others, "lr_scale": 1.0}, {"params": encoders, "lr_scale": _PRETRAINED_LR_SCALE}]
