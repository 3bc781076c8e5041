"""Normalisers that count in standard deviations of the peers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from attrs import frozen

from kpicore.kernels import normalise
from kpicore.model.check import finite, refuse
from kpicore.textbook.posts import flagged, number, sign_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpicore.model.cells import FloatArray
    from kpicore.model.check import Problem
    from kpicore.model.offer import Direction, Goalposts, NoParameters


@frozen
class ZScore:
    """Parameters of `z_score`."""

    spread: float = 3.0
    """How many standard deviations lie between the mean (worth 0.5) and either end; 5 makes it `t_score`."""

    def __attrs_post_init__(self) -> None:
        """Refuse a spread that is no distance."""
        is_wrong = not (math.isfinite(self.spread) and self.spread > 0)
        refuse(self, [("spread", f"spread must be a number above 0 (got {self.spread!r})")] if is_wrong else [])


def fit_z_score(values: FloatArray, direction: Direction, given: ZScore) -> Goalposts:
    """Return mean and standard deviation of the peers."""
    mean, deviation = _mean_and_deviation(values)
    return flagged({"mean": mean, "deviation": deviation, "spread": sign_of(direction) * given.spread}, is_constant=deviation == 0)


def apply_z_score(values: FloatArray, posts: Goalposts) -> FloatArray:
    """Place values around the mean, which is worth 0.5."""
    z = normalise.z_score(values, number(posts, "mean"), number(posts, "deviation"))
    return normalise.NEUTRAL + z / (2.0 * number(posts, "spread"))


def fit_t_score(values: FloatArray, direction: Direction, _: NoParameters) -> Goalposts:
    """Return mean and standard deviation of the peers."""
    mean, deviation = _mean_and_deviation(values)
    return flagged({"mean": mean, "deviation": deviation, "sign": sign_of(direction)}, is_constant=deviation == 0)


def apply_t_score(values: FloatArray, posts: Goalposts) -> FloatArray:
    """Return T scores over 100."""
    return normalise.t_score(values, number(posts, "mean"), number(posts, "sign") * number(posts, "deviation")) / 100.0


@frozen
class Logistic:
    """Parameters of `logistic`."""

    midpoint: float | None = None
    """The value worth 0.5, in the metric's unit; the mean of the peers where it is not given."""
    scale: float | None = None
    """How far above the midpoint a value is worth 0.73, in the metric's unit; the peers' standard deviation where it is not given."""

    def __attrs_post_init__(self) -> None:
        """Refuse a scale that is no distance."""
        refuse(self, _logistic_problems(self))


def _logistic_problems(given: Logistic) -> Iterator[Problem]:
    yield from finite("midpoint", given.midpoint)
    if given.scale is not None and not (math.isfinite(given.scale) and given.scale > 0):
        yield "scale", f"scale must be a number above 0 (got {given.scale!r}); which way is better is known from the metric"


def fit_logistic(values: FloatArray, direction: Direction, given: Logistic) -> Goalposts:
    """Return midpoint and scale, as declared or from the peers."""
    midpoint, scale = given.midpoint, given.scale
    if midpoint is None or scale is None:
        mean, deviation = _mean_and_deviation(values)
        midpoint, scale = mean if midpoint is None else midpoint, deviation if scale is None else scale
    return flagged({"midpoint": midpoint, "scale": sign_of(direction) * scale}, is_constant=scale == 0)


def apply_logistic(values: FloatArray, posts: Goalposts) -> FloatArray:
    """Bend values into an S around the midpoint."""
    return normalise.logistic(values, number(posts, "midpoint"), number(posts, "scale"))


def _mean_and_deviation(values: FloatArray) -> tuple[float, float]:
    """Return the peers' mean and standard deviation (n - 1), which is exactly 0 where they do not differ."""
    known = normalise.known_peers(values)
    if known[0] == known[-1]:
        return float(known[0]), 0.0
    return float(known.mean()), float(known.std(ddof=1))
