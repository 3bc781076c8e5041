"""Dimensions of a scorecard: metrics that make one score together, before the dimensions make the score of the whole."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping  # noqa: TC003 - cattrs reads the annotations
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from kpicore.errors import nearest
from kpicore.model.check import filled, refuse, titled
from kpicore.model.choice import Choice, choice_of
from kpicore.model.result import significant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kpicore.model.check import Problem


@frozen
class Dimension:
    """One dimension of a scorecard."""

    name: str
    """As metrics name it."""
    aggregate: Choice = field(default=Choice("arithmetic"), converter=choice_of)
    """The aggregator of its metrics."""
    weight: float | None = None
    """On any scale, and the weights of metrics then count within their dimension; where no dimension has one, it is the sum of theirs."""
    title: Mapping[str, str] | None = None
    """The name in `en` and `zh`, for reports."""

    def __attrs_post_init__(self) -> None:
        """Refuse what cannot be weighed."""
        refuse(self, _problems(self))

    def title_in(self, locale: str) -> str:
        """Return the title in a language, else in the other one, else the name."""
        titles = self.title or {}
        return titles.get(locale) or next(iter(titles.values()), self.name)


def _problems(given: Dimension) -> Iterator[Problem]:
    yield from filled("name", given.name)
    if given.weight is not None and not (math.isfinite(given.weight) and given.weight >= 0):
        yield "weight", f"weight must be a finite number, 0 or more (got {given.weight!r})"
    if given.title is not None:
        yield from titled("title", given.title)


def dimension_problems(dimensions: Sequence[Dimension], metrics: Sequence[tuple[str, str | None, float | None]]) -> Iterator[Problem]:
    """Yield what contradicts itself between dimensions and metrics.

    Args:
        dimensions: of the scorecard.
        metrics: of the scorecard: name, dimension and weight.
    """
    names = [dimension.name for dimension in dimensions]
    for name, count in sorted(Counter(names).items()):
        if count > 1:
            yield "dimension", f"dimension {name!r} is listed {count} times; give each dimension its own name"
    for use, of, _ in metrics:
        if of is None and names:
            yield "metric", f"every [[metric]] must name its dimension, as there are dimensions (none for {use}){nearest('', names)}"
        elif of is not None and of not in names:
            hint = nearest(of, names) or f'; add a [[dimension]] with name = "{of}"'
            yield "dimension", f"dimension {of!r} of metric {use!r} is unknown{hint}"
    for name in names:
        if name not in {of for _, of, _ in metrics}:
            yield "dimension", f'dimension {name!r} has no metric; give a [[metric]] dimension = "{name}", or remove it'
    yield from _weight_problems(dimensions, metrics)


def _weight_problems(dimensions: Sequence[Dimension], metrics: Sequence[tuple[str, str | None, float | None]]) -> Iterator[Problem]:
    weighed = [dimension for dimension in dimensions if dimension.weight is not None]
    if bare := [dimension.name for dimension in dimensions if dimension.weight is None] if weighed else []:
        yield "dimension", f"either every [[dimension]] has a weight or none has (none for {', '.join(bare)})"
    elif weighed and not sum(dimension.weight or 0.0 for dimension in weighed) > 0:
        yield "dimension", "weights of dimensions must not all be 0; give at least one [[dimension]] a weight above 0"
    for dimension in weighed:
        inside = [1.0 if weight is None else weight for _, of, weight in metrics if of == dimension.name]
        if dimension.weight and inside and not sum(inside) > 0:
            yield "dimension", f"dimension {dimension.name!r} has a weight, so at least one of its metrics needs one above 0"


@frozen
class DimensionScore:
    """What one dimension came to for one person. The points of its metrics sum to its points."""

    name: str
    score: float | None
    """Of 100, of its metrics alone; None where it is empty."""
    weight: float | None
    """The nominal weight reshared over the dimensions that are not empty, which it sums to 1 over."""
    points: float | None
    """Of the 100 of the whole."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"name": self.name, **{key: significant(getattr(self, key)) for key in ("score", "weight", "points")}}
