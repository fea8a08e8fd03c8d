"""Which network is closest to the truth, in two or three sentences made from figures."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from colorizer.evaluation import Figures

_MOST_NAMED = 3
_Z = 1.96
"""Standard errors on each side of a mean that hold 95 % of a normal distribution."""


def is_significant(one: Figures, other: Figures, errors: Mapping[str, np.ndarray]) -> bool:
    """Whether the difference of two runs' mean squared errors is more than chance, at 95 %.

    Both saw the same pictures, so where the errors of each picture are known, it is their differences that count;
    these vary much less than the errors. Else the two intervals must not overlap.
    """
    left, right = errors.get(one["run"]), errors.get(other["run"])
    if left is not None and right is not None and left.shape == right.shape and len(left) > 1:
        difference = left.astype(np.float64) - right
        return abs(float(difference.mean())) > _Z * float(difference.std(ddof=1)) / len(difference) ** 0.5
    (low, high), (other_low, other_high) = one["intervals"]["mse"], other["intervals"]["mse"]
    return bool(high < other_low or other_high < low)


def verdict(figures: Sequence[Figures], name: Callable[[str], str], errors: Mapping[str, np.ndarray]) -> str:
    """Sentences that rank the runs by mean squared error, or nothing if none was measured.

    Args:
        figures: the gray copy's first.
        name: how to write the name of a run.
        errors: of each picture, see `picture_errors`.
    """
    gray, *networks = figures or [{}]
    if not networks:
        return ""
    ranked = sorted(networks, key=lambda entry: entry["mse"])
    shares = {entry["run"]: 1 - entry["mse"] / gray["mse"] for entry in ranked}
    best, *others = ranked
    equal = [entry for entry in others if not is_significant(best, entry, errors)]
    others = [entry for entry in others if entry not in equal]
    like_gray = [entry for entry in others if not is_significant(gray, entry, errors)]
    apart = [entry for entry in others if entry not in like_gray]
    followers = [entry for entry in apart if shares[entry["run"]] > 0]
    worse = [entry for entry in apart if shares[entry["run"]] <= 0]
    best_beats_gray = shares[best["run"]] > 0 and is_significant(gray, best, errors)
    sentences = [_first([best, *equal], shares, name, best_beats_gray, alone=len(ranked) == 1)]
    if followers:
        close = len(followers) == 2 and not is_significant(followers[0], followers[1], errors)
        verb = "follows" if len(followers) == 1 else "follow"
        sentences.append(f"{_list(followers, shares, name)} {verb}{'; they cannot be told apart' if close else ''}.")
    if like_gray and best_beats_gray:
        sentences.append(f"{_list(like_gray, shares, name)} cannot be told apart from gray.")
    if worse:
        verb = "is" if len(worse) == 1 else "are"
        sentences.append(f"{_list(worse, shares, name)} {verb} worse than gray.")
    return " ".join(sentences)


def _first(
    tied: list[Figures], shares: dict[str, float], name: Callable[[str], str], beats_gray: bool, alone: bool
) -> str:
    names = _join([name(entry["run"]) for entry in tied])
    share = _against_gray(shares[tied[0]["run"]])
    against = f"{share} error than leaving the pictures gray"
    if not beats_gray:
        who, whose = (f"{names} does not beat", "its error") if alone else ("No network beats", _of_closest(tied, name))
        chance = ", which may be chance" if share.endswith("less") else ""
        return f"{who} leaving the pictures gray: {whose} is {share}{chance}."
    if alone:
        return f"{names} has {against}."
    if len(tied) == 1:
        return f"{names} is closest to the truth: {against}."
    return f"{names} are closest to the truth and cannot be told apart: {against}."


def _of_closest(tied: list[Figures], name: Callable[[str], str]) -> str:
    return f"the error of the closest, {name(tied[0]['run'])},"


def _list(entries: list[Figures], shares: dict[str, float], name: Callable[[str], str]) -> str:
    named = [f"{name(entry['run'])} ({_against_gray(shares[entry['run']])})" for entry in entries[:_MOST_NAMED]]
    more = len(entries) - _MOST_NAMED
    return _join([*named, f"{more} more"] if more > 0 else named)


def _against_gray(share: float) -> str:
    return f"{abs(share):.1%} {'less' if share > 0 else 'more'}"


def _join(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
