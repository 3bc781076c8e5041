"""A metric: a value built from measures, with everything that a definition handbook must say about it. `kinds` has the kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from attrs import evolve, field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    from sqlalchemy import Column, ColumnElement

    from kpicore.model.casemix import MixKind
    from kpicore.model.cells import Cells, FloatArray
    from kpicore.model.groups import Groups
    from kpicore.model.measure import Attribution, Measure
    from kpicore.model.text import Text

Shift: TypeAlias = Literal["", "previous", "year_ago"]
"""Which window a metric looks at: the period itself, the one before it, or the same one a year earlier."""


class Lookup(Protocol):
    """What a metric may ask for when its cells are computed. Arrays have the shape (subjects, periods)."""

    def measure(self, measure: Measure, shift: Shift = "") -> FloatArray:
        """Return a measure; NaN where an aggregate of nothing has no value. Counts and sums of nothing are 0."""

    def groups(self, measures: Mapping[str, Measure], shift: Shift = "") -> Groups:
        """Return one row per group of the first measure, with the values of all; each must be an `each`."""

    def metric(self, name: str, shift: Shift = "") -> Cells:
        """Return the cells of another metric."""

    @property
    def active(self) -> np.ndarray:
        """Whether the subject has any fact in the period."""

    def days(self, shift: Shift = "") -> FloatArray:
        """Return the length of each period in days; shape (periods,)."""


@frozen(eq=False, kw_only=True)
class Parts:
    """The sums that a metric is made of: measures whose values over the classes of cases add up to those over all cases."""

    kind: MixKind
    """What the metric makes of them: the amount alone (volume), or the amount over the exposure."""
    amount: Measure
    exposure: Measure
    squares: Measure | None = None
    scale: float = 1.0
    """What the amount is multiplied by."""
    per_days: float | None = None
    """If given, the amount is also brought from the period's length to that many days."""

    def measures(self) -> tuple[Measure, ...]:
        """Return the measures, each once."""
        found = {part.key: part for part in (self.amount, self.exposure, self.squares) if part is not None}
        return tuple(found.values())


def _tuple(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(given)


def _columns(given: Iterable[Column[Any]]) -> tuple[Column[Any], ...]:
    return tuple(given)


def _groups(given: Iterable[Iterable[Column[Any]]]) -> tuple[tuple[Column[Any], ...], ...]:
    return tuple(tuple(group) for group in given)


@frozen(eq=False, kw_only=True)
class Metric:
    """What all kinds of metric carry."""

    name: str
    """Public id, e.g. 'sales.win_rate'."""
    title: Mapping[str, str]
    """Title in `en` and `zh`."""
    definition: Text
    """The definition in one sentence."""
    subject: ColumnElement[Any] | None = None
    """To whom a row belongs, e.g. `facts.opportunity.c.owner_id`."""
    at: ColumnElement[Any] | None = None
    """When a row counts, e.g. `facts.opportunity.c.closed_at`."""
    direction: Literal["higher", "lower", "none"] = "none"
    """Which way is better."""
    unit: str = "count"
    """share, count, money, days, hours, minutes, points or ratio."""
    frequency: Literal["day", "week", "month", "quarter"] = "month"
    """The shortest period for which the metric makes sense."""
    dimension: str = ""
    """acquisition, sales process, customer service, customer value, data quality or adoption."""
    formula: Text = ""
    """The formula in words."""
    caliber: Text = ""
    """Which of several honest readings this is."""
    drives: tuple[str, ...] = field(default=(), converter=_tuple)
    """Metrics that this one moves (the relationship graph)."""
    guards: tuple[str, ...] = field(default=(), converter=_tuple)
    """Metrics that keep this one honest."""
    gaming: Text = ""
    """Known ways to game it."""
    source: str = ""
    """Where the definition comes from."""
    kinds: tuple[str, ...] = field(default=("person", "team"), converter=_tuple)
    """Kinds of subject for which the metric makes sense: person, team, customer."""
    attribution: Attribution = "then"
    """then: to the owner at the event's time; start: to the owner when the period began; now: to today's owner."""
    optional: tuple[Column[Any], ...] = field(default=(), converter=_columns)
    """Columns that a source may lack: they are read as null, and the metric stays testable."""
    either: tuple[tuple[Column[Any], ...], ...] = field(default=(), converter=_groups)
    """Groups of columns of which a source must fill at least one each; the others are read as null."""
    lookahead_days: float = 0.0
    """How far around the period rows are needed, where any of its measures compares a row with its neighbours."""
    parameters: Mapping[str, object] = field(factory=dict)
    """The parameters that the metric was built with."""
    is_census: bool = False
    """Whether it looks at all there is, such as every record of a portfolio, so that chance has no part in it: it has no interval, and few
    observations are no small sample."""

    def measures(self) -> tuple[Measure, ...]:
        """Return the measures, bound to the metric's subject and time."""
        return ()

    def spared(self) -> tuple[Column[Any], ...]:
        """Return the columns of which a source may lack some."""
        return (*self.optional, *(column for group in self.either for column in group))

    def shifts(self) -> tuple[Shift, ...]:
        """Return the windows that the metric needs besides the period itself."""
        return ()

    def inputs(self) -> tuple[str, ...]:
        """Return the names of other metrics that this one is computed from."""
        return ()

    def parts(self) -> Parts | None:
        """Return the sums that the metric is made of, by which it can be adjusted for the mix of cases; None: it cannot."""
        return None

    def cells(self, get: Lookup) -> Cells:
        """Compute the cells."""
        raise NotImplementedError

    def _bound(self, measure: Measure) -> Measure:
        found = measure.bound(self.subject, self.at, self.attribution)
        return evolve(found, lookahead_days=max(found.lookahead_days, self.lookahead_days))
