"""A measure: one aggregate over one fact table, grouped by subject and period. The engine sees expressions, never a function per row."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar
from weakref import ref

from attrs import evolve, frozen
from sqlalchemy import Column, ColumnElement, String, Table, cast, literal, null
from sqlalchemy.sql import visitors

from kpicore.errors import MetricError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")
Function: TypeAlias = Literal["count", "sum", "squares", "min", "max", "distinct", "quantile", "each"]
Attribution: TypeAlias = Literal["then", "start", "now"]
Expression: TypeAlias = ColumnElement[Any]

NOBODY: Expression = cast(null(), String(255))
"""The subject of rows that are found by their group and belong to nobody themselves."""


class Memory(Generic[T]):
    """Remembers something about expressions, by identity, for as long as they live.

    Expressions never change once made, and are asked about again and again while a plan is made. They cannot be keys of a
    dictionary: comparing two of them makes a third.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[ref[Expression], T]] = {}

    def recall(self, expression: Expression, make: Callable[[Expression], T]) -> T:
        """Return what is remembered, or make and remember it."""
        key = id(expression)
        entry = self._known.get(key)
        if entry is not None and entry[0]() is expression:
            return entry[1]
        made = make(expression)
        self._known[key] = (ref(expression, lambda _: self._known.pop(key, None)), made)
        return made


_COLUMNS: Memory[tuple[Column[Any], ...]] = Memory()
_TEXTS: Memory[str] = Memory()


def columns_of(*expressions: Expression | None) -> list[Column[Any]]:
    """Return the table columns that occur in the expressions, in order of appearance, each once."""
    found: dict[int, Column[Any]] = {}
    for expression in expressions:
        for column in _COLUMNS.recall(expression, _columns) if expression is not None else ():
            found.setdefault(id(column), column)
    return list(found.values())


def _columns(expression: Expression) -> tuple[Column[Any], ...]:
    parts = visitors.iterate(expression)
    return tuple(part for part in parts if isinstance(part, Column) and isinstance(part.table, Table))


def sql_text(expression: Expression | None) -> str:
    """Return a text that is equal for two expressions exactly when they mean the same."""
    return "" if expression is None else _TEXTS.recall(expression, _text)


def _text(expression: Expression) -> str:
    return str(expression.compile(compile_kwargs={"literal_binds": True}))


@frozen(eq=False, kw_only=True)
class Measure:
    """One aggregate. Fields that are None are taken from the metric to which the measure belongs."""

    function: Function
    """count: rows where `value` is not null; squares: the sum of squares; distinct: different values; quantile: the `q`-quantile;
    each: of each group that `per` makes its own value, not aggregated further."""
    value: Expression
    """What is aggregated."""
    where: Expression | None = None
    """Which rows count."""
    subject: Expression | None = None
    """To whom a row belongs; null rows count for the whole only."""
    at: Expression | None = None
    """When the event happened. None in a bound measure: a state, which `where` ties to `period.start` and `period.end`."""
    is_state: bool = False
    """Whether the measure is of a state: every row is looked at for every period, and `at` stays None."""
    owned_at: Literal["start", "end"] = "start"
    """Of a state: by which end of the period its owner, group and rate are looked up; just before the end, as the end is outside."""
    per: tuple[Expression, ...] = ()
    """If given, rows are first grouped by these columns, and `value` and `where` are aggregates over such a group."""
    q: float | None = None
    """Which quantile, 0.5 is the median."""
    attribution: Attribution = "then"
    """then: to the owner at the event's time; start: to whoever owned it, or what it refers to, when the period began; now: to today's."""
    optional: tuple[Column[Any], ...] = ()
    """Columns that a source may lack: they are read as null, and the measure can still be made."""
    on: Table | None = None
    """Whose rows are aggregated, where it is not the table of the time, the subject or the value."""
    lookahead_days: float = 0.0
    """How far after (and before) the period rows are needed, for window expressions that compare a row with its neighbours."""

    def bound(self, subject: Expression | None, at: Expression | None, attribution: Attribution) -> Measure:
        """Return the measure with the metric's subject and time where it has none of its own."""
        return evolve(
            self,
            subject=self.subject if self.subject is not None else subject,
            at=None if self.is_state else (self.at if self.at is not None else at),
            attribution=self.attribution if self.attribution != "then" else attribution,
        )

    @cached_property
    def fact(self) -> Table:
        """The fact table: the one that is given, or that of the time, or of the subject, or of the value.

        Raises:
            MetricError: none of them names a table.
        """
        if self.on is not None:
            return self.on
        for expression in (self.at, self.subject, *self.per, self.value):
            for column in columns_of(expression):
                table: Table = column.table
                return table
        raise MetricError(f"a measure must name a fact by its time, subject or value (got {self.function} of {sql_text(self.value)!r})")

    @cached_property
    def key(self) -> str:
        """A text that is equal for two measures exactly when they mean the same."""
        parts = [self.function, sql_text(self.value), sql_text(self.where), sql_text(self.subject), sql_text(self.at)]
        groups = ",".join(sql_text(part) for part in self.per)
        return "|".join(
            [*parts, groups, repr(self.q), f"{self.is_state} {self.owned_at}", self.attribution, repr(self.lookahead_days), self.fact.name]
        )

    @property
    def is_additive(self) -> bool:
        """Whether its values over parts of the rows add up to that over all rows."""
        return self.function in ("count", "sum", "squares") and not self.per

    def columns(self) -> list[Column[Any]]:
        """Return every column that the measure reads."""
        return columns_of(self.value, self.where, self.subject, self.at, *self.per)

    def expressions(self) -> Iterator[Expression]:
        """Yield every expression of the measure."""
        yield from (part for part in (self.value, self.where, self.subject, self.at, *self.per) if part is not None)


def _measure(function: Function, value: Expression, where: Expression | None, options: dict[str, Any]) -> Measure:
    return Measure(function=function, value=value, where=where, **options)


def count(value: Expression, where: Expression | None = None, **options: Any) -> Measure:
    """Count the rows in which `value` is not null; `options` are further fields of `Measure`."""
    return _measure("count", value, where, options)


def total(value: Expression, where: Expression | None = None, **options: Any) -> Measure:
    """Sum `value`; the sum of nothing is 0."""
    return _measure("sum", value, where, options)


def distinct(value: Expression, where: Expression | None = None, **options: Any) -> Measure:
    """Count the different values that are not null."""
    return _measure("distinct", value, where, options)


def minimum(value: Expression, where: Expression | None = None, **options: Any) -> Measure:
    """Take the smallest value; of nothing there is none."""
    return _measure("min", value, where, options)


def maximum(value: Expression, where: Expression | None = None, **options: Any) -> Measure:
    """Take the largest value; of nothing there is none."""
    return _measure("max", value, where, options)


def quantile(value: Expression, q: float = 0.5, where: Expression | None = None, **options: Any) -> Measure:
    """Take the `q`-quantile with linear interpolation (type 7 of Hyndman and Fan); of nothing there is none."""
    return _measure("quantile", value, where, {"q": q, **options})


def groups(*per: Expression, having: Expression | None = None, **options: Any) -> Measure:
    """Count groups, such as customers, of which the aggregate condition `having` is true.

    Example:
        groups(sale.customer_id, having=distinct_days(sale.signed_at) >= 2)
    """
    return Measure(function="count", value=literal(1), where=having, per=per, **options)


def each(value: Expression, per: Column[Any], where: Expression | None = None, **options: Any) -> Measure:
    """Take the aggregate `value` of each group, such as a customer, of which the aggregate condition `where` is true; for `Grouped`.

    The rows are those of the table of `per`, all of them for every period: tie them to it with `period.start` and `period.end`.

    Example:
        each(func.max(sale.signed_at), per=sale.customer_id, where=func.count() >= 2)
    """
    return _measure("each", value, where, {"per": (per,), "on": per.table, "is_state": True, **options})
