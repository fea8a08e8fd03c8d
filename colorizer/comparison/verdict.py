"""Rank runs by their metrics, in two or three sentences."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from colorizer.evaluation import Metrics

_MAX_NAMED = 3
_Z = 1.96
"""Quantile of the normal distribution for 95%, two-sided."""
_TIED = "with no significant difference between them"


def is_significant(one: Metrics, other: Metrics, errors: Mapping[str, np.ndarray]) -> bool:
    """Return whether the mean squared errors of two runs differ significantly, at the 95% level.

    Both are measured on the same images, so where the error of each image is known this is a paired z-test: the
    differences vary much less than the errors themselves. Else the confidence intervals must not overlap.
    """
    left, right = errors.get(one["run"]), errors.get(other["run"])
    if left is not None and right is not None and left.shape == right.shape and len(left) > 1:
        difference = left.astype(np.float64) - right
        return abs(float(difference.mean())) > _Z * float(difference.std(ddof=1)) / len(difference) ** 0.5
    (low, high), (other_low, other_high) = one["intervals"]["mse"], other["intervals"]["mse"]
    return bool(high < other_low or other_high < low)


def verdict(metrics: Sequence[Metrics], name: Callable[[str], str], errors: Mapping[str, np.ndarray]) -> str:
    """Return sentences that rank the runs by mean squared error, or an empty string if none was measured.

    Args:
        metrics: those of the grayscale baseline first.
        name: returns what to write for the name of a run.
        errors: of each image, see `picture_errors`.
    """
    baseline, *networks = metrics or [{}]
    if not networks:
        return ""
    ranked = sorted(networks, key=lambda entry: entry["mse"])
    gains = {entry["run"]: 1 - entry["mse"] / baseline["mse"] for entry in ranked}
    best, *others = ranked
    tied = [entry for entry in others if not is_significant(best, entry, errors)]
    others = [entry for entry in others if entry not in tied]
    like_baseline = [entry for entry in others if not is_significant(baseline, entry, errors)]
    others = [entry for entry in others if entry not in like_baseline]
    followers = [entry for entry in others if gains[entry["run"]] > 0]
    worse = [entry for entry in others if gains[entry["run"]] <= 0]
    beats_baseline = gains[best["run"]] > 0 and is_significant(baseline, best, errors)
    sentences = [_first([best, *tied], gains, name, beats_baseline, alone=len(ranked) == 1)]
    if followers:
        are_tied = len(followers) == 2 and not is_significant(followers[0], followers[1], errors)
        verb = "follows" if len(followers) == 1 else "follow"
        sentences.append(f"{_list(followers, gains, name)} {verb}{f', {_TIED}' if are_tied else ''}.")
    if like_baseline and beats_baseline:
        verb = "is" if len(like_baseline) == 1 else "are"
        sentences.append(f"{_list(like_baseline, gains, name)} {verb} not significantly different from the baseline.")
    if worse:
        verb = "is" if len(worse) == 1 else "are"
        sentences.append(f"{_list(worse, gains, name)} {verb} worse than the baseline.")
    return " ".join(sentences)


def _first(
    best: list[Metrics], gains: dict[str, float], name: Callable[[str], str], beats_baseline: bool, alone: bool
) -> str:
    gain = gains[best[0]["run"]]
    error = f"{_change(gain)} error"
    if not beats_baseline:
        who = f"{name(best[0]['run'])} does not beat" if alone else "No network beats"
        whose = "it has" if alone else f"the best, {name(best[0]['run'])}, has"
        return f"{who} the grayscale baseline: {whose} {error}{', which is not significant' if gain > 0 else ''}."
    if alone:
        return f"{name(best[0]['run'])} has {error} than the grayscale baseline."
    verb = "is" if len(best) == 1 else "are"
    also = "" if len(best) == 1 else f", {_TIED}"
    names = _join([name(entry["run"]) for entry in best])
    return f"{names} {verb} closest to the originals{also}: {error} than the grayscale baseline."


def _list(entries: list[Metrics], gains: dict[str, float], name: Callable[[str], str]) -> str:
    named = [f"{name(entry['run'])} ({_change(gains[entry['run']])})" for entry in entries[:_MAX_NAMED]]
    more = len(entries) - _MAX_NAMED
    return _join([*named, f"{more} more"] if more > 0 else named)


def _change(gain: float) -> str:
    return f"{abs(gain):.1%} {'less' if gain > 0 else 'more'}"


def _join(parts: list[str]) -> str:
    if len(parts) < 3:
        return " and ".join(parts)
    return f"{', '.join(parts[:-1])}, and {parts[-1]}"
