"""The aggregators that come with kpicore: parameters around the kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from kpicore.kernels import aggregate, outrank
from kpicore.model.check import finite, refuse, within
from kpicore.model.offer import Aggregator
from kpicore.textbook.envelopment import benefit_of_the_doubt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpicore.model.check import Problem

POWER = 20.0
"""The largest power of `generalised_mean`, and the lowest below 0: beyond it is the best, or the worst, of the metrics."""


@frozen
class Floored:
    """Parameters of `geometric` and `harmonic`."""

    floor: float = aggregate.FLOOR
    """The least value that a metric counts with, above 0 and below 1: a zero would erase all others."""

    def __attrs_post_init__(self) -> None:
        """Refuse a floor that is none."""
        refuse(self, _floor_problems(self.floor))


def _floor_problems(floor: float) -> Iterator[Problem]:
    if not 0 < floor < 1:
        yield "floor", f"floor must be above 0 and below 1 (got {floor!r})"


@frozen
class GeneralisedMean:
    """Parameters of `generalised_mean`."""

    power: float
    """1 is the arithmetic mean, 0 the geometric, -1 the harmonic: the lower, the less a strength buys off a weakness."""
    floor: float = aggregate.FLOOR
    """As for `geometric`, where the power is 0 or less."""

    def __attrs_post_init__(self) -> None:
        """Refuse a power or a floor that is none."""
        refuse(self, [*within("power", self.power, -POWER, POWER), *_floor_problems(self.floor)])


@frozen
class BenefitOfTheDoubt:
    """Parameters of `benefit_of_the_doubt`: how far the weights of one person may go from those of the scorecard."""

    low: float = 0.5
    """The least weight of a metric, as a multiple of the weight it has in the scorecard, 0 to 1."""
    high: float = 2.0
    """The greatest one, 1 or more."""

    def __attrs_post_init__(self) -> None:
        """Refuse bounds that leave out the scorecard's own weights."""
        refuse(self, _bound_problems(self))


def _bound_problems(given: BenefitOfTheDoubt) -> Iterator[Problem]:
    yield from within("low", given.low, 0.0, 1.0)
    yield from finite("high", given.high)
    if given.high < 1:
        yield "high", f"high must be 1 or more (got {given.high!r})"


def aggregators() -> list[Aggregator]:
    """Return the aggregators `arithmetic`, `benefit_of_the_doubt`, `copeland`, `generalised_mean`, `geometric` and `harmonic`."""
    return [
        Aggregator("arithmetic", {"en": "Arithmetic mean", "zh": "算术平均"}, lambda x, w, _: aggregate.arithmetic(x, w)),
        Aggregator(
            "benefit_of_the_doubt",
            {"en": "Benefit of the doubt", "zh": "疑点利益法"},
            lambda x, w, given: benefit_of_the_doubt(x, w, given.low, given.high),
            BenefitOfTheDoubt,
            compares=True,
            effort=6000.0,  # a linear programme per person
        ),
        Aggregator("copeland", {"en": "Copeland's score", "zh": "科普兰得分"}, lambda x, w, _: outrank.copeland(x, w), compares=True),
        Aggregator(
            "generalised_mean",
            {"en": "Generalised mean", "zh": "广义平均"},
            lambda x, w, given: aggregate.generalised_mean(x, w, given.power, given.floor),
            GeneralisedMean,
        ),
        Aggregator(
            "geometric", {"en": "Geometric mean", "zh": "几何平均"}, lambda x, w, given: aggregate.geometric(x, w, given.floor), Floored
        ),
        Aggregator(
            "harmonic", {"en": "Harmonic mean", "zh": "调和平均"}, lambda x, w, given: aggregate.harmonic(x, w, given.floor), Floored
        ),
    ]
