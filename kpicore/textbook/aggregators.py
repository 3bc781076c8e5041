"""The aggregators that come with kpicore: parameters around the kernels."""

from __future__ import annotations

from attrs import frozen

from kpicore.kernels import aggregate
from kpicore.model.check import refuse
from kpicore.model.offer import Aggregator


@frozen
class Geometric:
    """Parameters of `geometric`."""

    floor: float = aggregate.FLOOR
    """The least value that a metric counts with, above 0 and below 1: a zero would erase all others."""

    def __attrs_post_init__(self) -> None:
        """Refuse a floor that is none."""
        refuse(self, [] if 0 < self.floor < 1 else [("floor", f"floor must be above 0 and below 1 (got {self.floor!r})")])


def aggregators() -> list[Aggregator]:
    """Return the aggregators `arithmetic` and `geometric`."""
    return [
        Aggregator("arithmetic", {"en": "Arithmetic mean", "zh": "算术平均"}, lambda x, w, _: aggregate.arithmetic(x, w)),
        Aggregator(
            "geometric", {"en": "Geometric mean", "zh": "几何平均"}, lambda x, w, given: aggregate.geometric(x, w, given.floor), Geometric
        ),
    ]
