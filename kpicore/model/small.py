"""Small samples: what a scorecard asks of figures that rest on few observations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from attrs import frozen

from kpicore.model.check import finite, one_of, refuse, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpicore.model.check import Problem

Shrink: TypeAlias = Literal["none", "peers", "case_mix"]
SHRINK: tuple[Shrink, ...] = ("none", "peers", "case_mix")


@frozen
class DeclaredPrior:
    """What is taken as known of people where there are too few to learn it from."""

    mean: float
    """What is expected of anybody, in the metric's unit."""
    deviation: float
    """Standard deviation of people's true figures, in the metric's unit."""

    def __attrs_post_init__(self) -> None:
        """Refuse what is no distribution."""
        refuse(self, _prior_problems(self))


def _prior_problems(given: DeclaredPrior) -> Iterator[Problem]:
    yield from finite("mean", given.mean)
    yield from finite("deviation", given.deviation)
    if given.deviation <= 0:
        yield "deviation", f"deviation must be above 0, or all people would be one (got {given.deviation!r})"


@frozen
class SmallSamples:
    """What becomes of figures that rest on few observations, unless a metric says otherwise."""

    shrink: Shrink = "none"
    """Draw them towards the peers' mean, or that of the own case mix, as far as chance makes them uncertain."""
    minimum_n: float = 0.0
    """Fewer observations are not enough data; does not apply to volumes, whose number is the performance itself."""
    minimum_reliability: float = 0.0
    """A smaller share of what is seen that is the person and not chance is not enough data, 0 to 1."""

    def __attrs_post_init__(self) -> None:
        """Refuse limits that are none."""
        refuse(self, _small_problems(self))


def _small_problems(given: SmallSamples) -> Iterator[Problem]:
    yield from one_of("shrink", given.shrink, SHRINK)
    yield from minimum_problems(given.minimum_n)
    yield from within("minimum_reliability", given.minimum_reliability, 0.0, 1.0)


def minimum_problems(minimum: float | None) -> Iterator[Problem]:
    """Yield what is wrong with a least number of observations."""
    if minimum is not None:
        yield from finite("minimum_n", minimum)
        if minimum < 0:
            yield "minimum_n", f"minimum_n must be 0 or more (got {minimum!r})"
