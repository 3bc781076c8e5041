"""Normalisers whose goalposts the scorecard declares: a target, goalposts, bands. Nobody's colleagues move them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from attrs import field, frozen

from kpicore.errors import ConfigError
from kpicore.kernels import normalise, ordinal
from kpicore.model.check import finite, one_of, refuse
from kpicore.textbook.posts import number, numbers, sign_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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


def fit_target(_: FloatArray, direction: Direction, given: Target) -> Goalposts:
    """Return the places of the curve; the peers do not move them."""
    places = given.places(direction)
    if given.stretch is not None:
        places["at_target"] = AT_TARGET if given.at_target is None else given.at_target
    return places


def apply_target(values: FloatArray, posts: Goalposts) -> FloatArray:
    """Read values off the line from floor or baseline over the target to the stretch."""
    zero = number(posts, "baseline" if "baseline" in posts else "floor")
    if "stretch" not in posts:
        return normalise.curve(values, [zero, number(posts, "target")], [0.0, 1.0])
    return normalise.curve(values, [zero, number(posts, "target"), number(posts, "stretch")], [0.0, number(posts, "at_target"), 1.0])


@frozen
class Bounds:
    """Parameters of `goalposts`: between which values a metric goes from 0 to 1, and whether by its logarithm."""

    low: float
    """The lower bound, in the metric's unit: worth 0, or 1 where lower is better."""
    high: float
    """The upper bound, in the metric's unit."""
    scale: Literal["linear", "log"] = "linear"
    """Whether a difference counts the same everywhere ('linear'), or a doubling does ('log')."""

    def __attrs_post_init__(self) -> None:
        """Refuse bounds that bound nothing."""
        refuse(self, _bounds_problems(self))


def _bounds_problems(given: Bounds) -> Iterator[Problem]:
    yield from finite("low", given.low)
    yield from finite("high", given.high)
    yield from one_of("scale", given.scale, ("linear", "log"))
    if not given.low < given.high:
        yield "low", f"low must be below high (got low = {given.low!r}, high = {given.high!r})"
    if given.scale == "log" and not given.low > 0:
        yield "low", f"a logarithm needs a low above 0 (got {given.low!r}); raise it, or leave out scale"


def fit_bounds(_: FloatArray, direction: Direction, given: Bounds) -> Goalposts:
    """Return the bounds, the worst first; the peers do not move them."""
    worst, best = (given.high, given.low) if direction == "lower" else (given.low, given.high)
    return {"worst": worst, "best": best, **({"log": 1.0} if given.scale == "log" else {})}


def apply_bounds(values: FloatArray, posts: Goalposts) -> FloatArray:
    """Place values between the worst and the best."""
    line = normalise.log_min_max if posts.get("log") else normalise.min_max
    return line(values, number(posts, "worst"), number(posts, "best"))


def _floats(given: Iterable[float]) -> tuple[float, ...]:
    return tuple(float(each) for each in given)


@frozen
class Bands:
    """Parameters of `bands`: cut points, and what the values between them are worth."""

    cuts: tuple[float, ...] = field(converter=_floats)
    """Where one band ends and the next begins, ascending, in the metric's unit; who is at a cut has the better band."""
    worth: tuple[float, ...] = field(converter=_floats)
    """What each band is worth, 0 to 1, that of the lowest values first; one more than there are cuts."""

    def __attrs_post_init__(self) -> None:
        """Refuse what makes no bands."""
        refuse(self, _bands_problems(self))


def _bands_problems(given: Bands) -> Iterator[Problem]:
    cuts, worth = list(given.cuts), list(given.worth)
    if not cuts or cuts != sorted(set(cuts)) or not all(map(math.isfinite, cuts)):
        yield "cuts", f"cuts must be one or more ascending finite numbers (got {cuts!r})"
    elif len(worth) != len(cuts) + 1:
        yield "worth", f"{len(cuts)} cuts make {len(cuts) + 1} bands, and worth must give each of them a number (got {worth!r})"
    if not all(0.0 <= each <= 1.0 for each in worth):
        yield "worth", f"worth must be from 0 to 1 in each band (got {worth!r})"


def fit_bands(_: FloatArray, direction: Direction, given: Bands) -> Goalposts:
    """Return cuts and worths; the peers do not move them.

    Raises:
        ConfigError: a better band is worth less.
    """
    worst_first = given.worth[:: int(sign_of(direction))]
    if list(worst_first) != sorted(worst_first):
        way = "rise from band to band" if direction == "higher" else "fall from band to band"
        raise ConfigError(f"{direction} is better here, so worth must {way}, or stay (got {list(given.worth)!r})")
    return {"cuts": given.cuts, "worth": given.worth, "sign": sign_of(direction)}


def apply_bands(values: FloatArray, posts: Goalposts) -> FloatArray:
    """Give each value what its band is worth."""
    sign = number(posts, "sign")
    cuts = [sign * cut for cut in numbers(posts, "cuts")[:: int(sign)]]
    return ordinal.steps(sign * values, cuts, numbers(posts, "worth")[:: int(sign)])
