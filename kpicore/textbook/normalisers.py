"""The normalisers that come with kpicore: parameters and goalposts around the kernels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from kpicore.errors import ConfigError
from kpicore.kernels import normalise
from kpicore.model.check import finite, refuse
from kpicore.model.offer import Normaliser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpicore.model.cells import FloatArray
    from kpicore.model.check import Problem
    from kpicore.model.offer import Direction, Goalposts


@frozen
class Target:
    """Parameters of `target`: where 0 is, where the target is, and where the best is."""

    target: float
    """The value asked for, in the metric's unit."""
    floor: float | None = None
    """The value that is worth nothing; 0 where neither floor nor baseline is given and higher is better."""
    baseline: float | None = None
    """Instead of `floor`: the value at the start, so that the way made since then counts."""
    stretch: float | None = None
    """The value that is worth everything; the target itself where it is not given."""
    at_target: float | None = None
    """What the target is worth where there is a stretch; 0.8 unless given."""

    def __attrs_post_init__(self) -> None:
        """Refuse parameters that contradict each other."""
        refuse(self, _target_problems(self))

    def places(self, direction: Direction) -> dict[str, float]:
        """Return the places of the curve: worth 0, the target, and worth 1 if there is a stretch.

        Raises:
            ConfigError: they are not in the order in which the metric gets better.
        """
        zero = self.baseline if self.floor is None else self.floor
        if zero is None and direction == "lower":
            raise ConfigError("lower is better here, so the target needs a floor or a baseline: the value that is worth nothing")
        named = {"baseline" if self.baseline is not None else "floor": zero or 0.0, "target": self.target}
        if self.stretch is not None:
            named["stretch"] = self.stretch
        self._refuse_disorder(named, direction)
        return named

    @staticmethod
    def _refuse_disorder(named: dict[str, float], direction: Direction) -> None:
        values = list(named.values())
        ordered = sorted(set(values), reverse=direction == "lower")
        if values != ordered:
            sign = ">" if direction == "lower" else "<"
            came = ", ".join(f"{name} = {value!r}" for name, value in named.items())
            raise ConfigError(f"{direction} is better here, so {f' {sign} '.join(named)} must hold (got {came})")


def _target_problems(given: Target) -> Iterator[Problem]:
    for key in ("target", "floor", "baseline", "stretch"):
        yield from finite(key, getattr(given, key))
    if given.floor is not None and given.baseline is not None:
        yield "baseline", "floor and baseline both say what is worth nothing; keep one of them"
    if given.at_target is not None and given.stretch is None:
        yield "at_target", "at_target has no effect without a stretch: the target itself is worth 1; add stretch or remove at_target"
    if given.at_target is not None and not 0.0 < given.at_target < 1.0:
        yield "at_target", f"at_target must be above 0 and below 1 (got {given.at_target!r})"


AT_TARGET = 0.8
"""What reaching the target is worth where a stretch is declared: most of it, and yet the way to the stretch still pays."""


def _fit_target(_: FloatArray, direction: Direction, given: Target) -> Goalposts:
    places = given.places(direction)
    if given.stretch is not None:
        places["at_target"] = AT_TARGET if given.at_target is None else given.at_target
    return places


def _apply_target(values: FloatArray, posts: Goalposts) -> FloatArray:
    zero = posts["baseline"] if "baseline" in posts else posts["floor"]
    if "stretch" not in posts:
        return normalise.curve(values, [_number(zero), _number(posts["target"])], [0.0, 1.0])
    at = [_number(zero), _number(posts["target"]), _number(posts["stretch"])]
    return normalise.curve(values, at, [0.0, _number(posts["at_target"]), 1.0])


@frozen
class MinMax:
    """Parameters of `min_max`: bounds, or nothing for the peers' own range."""

    low: float | None = None
    """The lower bound, in the metric's unit; needs `high`."""
    high: float | None = None
    """The upper bound, in the metric's unit; needs `low`."""

    def __attrs_post_init__(self) -> None:
        """Refuse bounds that bound nothing."""
        refuse(self, _min_max_problems(self))


def _min_max_problems(given: MinMax) -> Iterator[Problem]:
    yield from finite("low", given.low)
    yield from finite("high", given.high)
    if (given.low is None) != (given.high is None):
        yield "high" if given.high is None else "low", "low and high go together; give both, or neither for the range of the peers"
    elif given.low is not None and given.high is not None and not given.low < given.high:
        yield "low", f"low must be below high (got low = {given.low!r}, high = {given.high!r})"


def _fit_min_max(values: FloatArray, direction: Direction, given: MinMax) -> Goalposts:
    if given.low is not None and given.high is not None:
        low, high = given.low, given.high
    else:
        known = normalise.known_peers(values)
        low, high = float(known[0]), float(known[-1])
    worst, best = (high, low) if direction == "lower" else (low, high)
    return _flagged({"worst": worst, "best": best}, is_constant=low == high)


def _apply_min_max(values: FloatArray, posts: Goalposts) -> FloatArray:
    return normalise.min_max(values, _number(posts["worst"]), _number(posts["best"]))


@frozen
class Percentile:
    """Parameters of `percentile`."""

    ties: normalise.Ties = "min"
    """Which rank tied peers share: the smallest ('min') or the middle one ('mid')."""

    def __attrs_post_init__(self) -> None:
        """Refuse an unknown way to treat ties."""
        refuse(self, [("ties", f"ties must be 'min' or 'mid' (got {self.ties!r})")] if self.ties not in ("min", "mid") else [])


def _fit_percentile(values: FloatArray, direction: Direction, given: Percentile) -> Goalposts:
    sign = -1.0 if direction == "lower" else 1.0
    places, share = normalise.percentile_places(sign * normalise.known_peers(values), given.ties)
    step = int(sign)
    posts: dict[str, float | tuple[float, ...]] = {"at": tuple((sign * places)[::step].tolist()), "share": tuple(share[::step].tolist())}
    return _flagged(posts, is_constant=places.size == 1)


def _apply_percentile(values: FloatArray, posts: Goalposts) -> FloatArray:
    return normalise.percentile(values, *(np.asarray(posts[key], dtype=float) for key in ("at", "share")))


@frozen
class ZScore:
    """Parameters of `z_score`."""

    spread: float = 3.0
    """How many standard deviations lie between the mean (worth 0.5) and either end; 5 makes it a T score over 100."""

    def __attrs_post_init__(self) -> None:
        """Refuse a spread that is no distance."""
        is_wrong = not (math.isfinite(self.spread) and self.spread > 0)
        refuse(self, [("spread", f"spread must be a number above 0 (got {self.spread!r})")] if is_wrong else [])


def _fit_z_score(values: FloatArray, direction: Direction, given: ZScore) -> Goalposts:
    known = normalise.known_peers(values)
    is_constant = bool(known[0] == known[-1])
    deviation = 0.0 if is_constant else float(known.std(ddof=1))
    sign = -1.0 if direction == "lower" else 1.0
    mean = float(known[0] if is_constant else known.mean())
    return _flagged({"mean": mean, "deviation": deviation, "spread": sign * given.spread}, is_constant=is_constant)


def _apply_z_score(values: FloatArray, posts: Goalposts) -> FloatArray:
    z = normalise.z_score(values, _number(posts["mean"]), _number(posts["deviation"]))
    return normalise.NEUTRAL + z / (2.0 * _number(posts["spread"]))


def _flagged(posts: dict[str, float | tuple[float, ...]] | dict[str, float], *, is_constant: bool) -> Goalposts:
    return {**posts, "constant": 1.0} if is_constant else {**posts}


def _number(post: float | tuple[float, ...]) -> float:
    if isinstance(post, tuple):
        raise ConfigError(f"a goalpost must be one number here (got {post!r})")
    return post


def normalisers() -> list[Normaliser]:
    """Return the normalisers `min_max`, `percentile`, `target` and `z_score`."""
    return [
        Normaliser("min_max", {"en": "Range", "zh": "极差标准化"}, MinMax, _fit_min_max, _apply_min_max),
        Normaliser("percentile", {"en": "Percentile among peers", "zh": "同侪百分位"}, Percentile, _fit_percentile, _apply_percentile),
        Normaliser("target", {"en": "Target", "zh": "目标达成"}, Target, _fit_target, _apply_target),
        Normaliser("z_score", {"en": "Distance from the peers' mean", "zh": "标准分"}, ZScore, _fit_z_score, _apply_z_score),
    ]
