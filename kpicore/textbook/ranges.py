"""Normalisers on a straight line from the worst peer: to the best one, to a target, or to a reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from attrs import frozen

from kpicore.kernels import distance, normalise
from kpicore.model.check import finite, one_of, refuse
from kpicore.textbook.posts import flagged, number, sign_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kpicore.model.cells import FloatArray
    from kpicore.model.check import Problem
    from kpicore.model.offer import Direction, Goalposts, NoParameters


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


def fit_min_max(values: FloatArray, direction: Direction, given: MinMax) -> Goalposts:
    """Return the bounds, or the range of the peers, the worst first."""
    if given.low is not None and given.high is not None:
        low, high = given.low, given.high
    else:
        low, high = normalise.peers_range(values)
    worst, best = (high, low) if direction == "lower" else (low, high)
    return flagged({"worst": worst, "best": best}, is_constant=low == high)


def fit_maximum(values: FloatArray, direction: Direction, _: NoParameters) -> Goalposts:
    """Return the worst and the best of the peers."""
    return fit_min_max(values, direction, MinMax())


def apply_min_max(values: FloatArray, posts: Goalposts) -> FloatArray:
    """Place values between the worst and the best."""
    return normalise.min_max(values, number(posts, "worst"), number(posts, "best"))


@frozen
class DistanceToTarget:
    """Parameters of `distance_to_target`."""

    target: float
    """The value worth 1, in the metric's unit; the worst peer is worth 0."""

    def __attrs_post_init__(self) -> None:
        """Refuse a target that is no number."""
        refuse(self, finite("target", self.target))


def fit_distance_to_target(values: FloatArray, direction: Direction, given: DistanceToTarget) -> Goalposts:
    """Return the worst of the peers and the target."""
    return _way(normalise.known_peers(values), direction, "target", given.target)


@frozen
class DistanceToReference:
    """Parameters of `distance_to_reference`: a value, or a figure of the peers."""

    value: float | None = None
    """The value worth 1, in the metric's unit, such as that of a person or team to compare with; the worst peer is worth 0."""
    of: Literal["mean", "median", "upper_quartile"] | None = None
    """Instead of `value`: which figure of the peers is worth 1; the median where neither is given."""

    def __attrs_post_init__(self) -> None:
        """Refuse two references, and an unknown one."""
        refuse(self, _reference_problems(self))


_FIGURES: dict[str, Callable[[FloatArray], float]] = {
    "mean": lambda peers: float(peers.mean()),
    "median": lambda peers: float(np.median(peers)),
    "upper_quartile": lambda peers: float(np.quantile(peers, 0.75)),
}


def _reference_problems(given: DistanceToReference) -> Iterator[Problem]:
    yield from finite("value", given.value)
    if given.of is not None:
        yield from one_of("of", given.of, _FIGURES)
    if given.value is not None and given.of is not None:
        yield "value", f"value and of both say what is worth 1 (got value = {given.value!r}, of = {given.of!r}); keep one of them"


def fit_distance_to_reference(values: FloatArray, direction: Direction, given: DistanceToReference) -> Goalposts:
    """Return the worst of the peers and the reference; the upper quartile is that of the better peers."""
    known, sign = normalise.known_peers(values), sign_of(direction)
    figure = sign * _FIGURES[given.of or "median"](sign * known)
    if given.value is None and known[0] == known[-1]:
        return flagged({"worst": figure, "reference": figure}, is_constant=True)
    return _way(known, direction, "reference", figure if given.value is None else given.value)


def _way(known: FloatArray, direction: Direction, name: str, goal: float) -> Goalposts:
    sign = sign_of(direction)
    worst = float(known[0] if direction == "higher" else known[-1])
    if sign * worst >= sign * goal:
        # Everybody is there: there is no way left to be shared out, only those beyond the goal and, one day, those short of it.
        return {name: goal, "reached": 1.0, "sign": sign}
    return flagged({"worst": worst, name: goal}, is_constant=bool(known[0] == known[-1]))


def apply_distance(values: FloatArray, posts: Goalposts) -> FloatArray:
    """Return the share of the way that was made."""
    goal = number(posts, "target" if "target" in posts else "reference")
    if posts.get("constant"):
        return normalise.neutral(values)
    if posts.get("reached"):
        return distance.reached(values, goal, number(posts, "sign"))
    return distance.distance(values, goal, number(posts, "worst"))
