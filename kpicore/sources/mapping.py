"""The mapping as values: which file fills which canonical table, and how each column comes about. Declared data, never code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = "kpicore.mapping/1"

MISSING = ("#N/A", "?", "N/A", "NULL", "NaN", "Select", "n/a", "nan", "null", "无")
"""Texts that mean nothing unless the mapping says otherwise. 'NA', 'None' and '-' are left out: they are names, answers and signs, too."""


@frozen
class NumberForm:
    """How numbers are written."""

    thousands: str = ""
    decimal: str = "."
    symbols: tuple[str, ...] = ()
    times: str = "1"
    """Factor as decimal text, e.g. 0.01 for percent."""


LONGEST = {
    "seconds": 31_557_600_000,
    "minutes": 525_960_000,
    "hours": 8_766_000,
    "days": 365_250,
    "weeks": 52_179,
    "months": 12_000,
    "years": 1_000,
}
"""The units of spans, each with the most of it that is added to a time: a thousand years."""


@frozen
class Shift:
    """A span of time that is added to a time or taken off it: a constant amount, or what another column says."""

    amount: int | None
    column: str | None
    unit: str
    sign: int


@frozen
class Following:
    """The next later value of the column among the rows that agree in `by`; for the last one, `months` later."""

    by: tuple[str, ...]
    months: int | None


@frozen
class ColumnMap:
    """How one canonical column comes about. Steps run in the order of the fields."""

    place: str
    """File, table and column, for messages."""
    columns: tuple[str, ...] = ()
    join: str = " "
    constant: str | None = None
    row: str | None = None
    drop_prefix: str = ""
    drop_suffix: str = ""
    split: str | None = None
    prefix: str = ""
    map: Mapping[str, str] | None = None
    otherwise: str | None = None
    keeps_others: bool = False
    dates: tuple[str, ...] = ()
    number: NumberForm = field(factory=NumberForm)
    shift: Shift | None = None
    following: Following | None = None
    nulls_errors: bool = False

    def reads(self) -> tuple[str, ...]:
        """Return the source columns that are needed."""
        extra = (self.shift.column,) if self.shift and self.shift.column else ()
        return (*self.columns, *extra, *(self.following.by if self.following else ()))


@frozen
class Condition:
    """Which rows are taken: those whose column is (or is not) one of the values, or is (or is not) filled."""

    column: str
    values: tuple[str, ...]
    is_negated: bool
    is_presence: bool


@frozen
class TableMap:
    """How one file or table fills one canonical table."""

    place: str
    fact: str
    source: str
    columns: Mapping[str, ColumnMap]
    missing: tuple[str, ...]
    where: tuple[Condition, ...] = ()
    keep: str | None = None
    order_by: tuple[tuple[ColumnMap, str], ...] = ()
    """The columns that order rows of one key, each with the kind as which it is read."""

    def reads(self) -> list[str]:
        """Return the source columns that are needed, each once, in order of use."""
        maps = [*self.columns.values(), *(order for order, _ in self.order_by)]
        names = [name for column in maps for name in column.reads()] + [condition.column for condition in self.where]
        return list(dict.fromkeys(names))


@frozen
class MappingFile:
    """A whole mapping."""

    place: str
    time_zone: str | None
    kind: str
    options: Mapping[str, object]
    tables: tuple[TableMap, ...]
    document: Mapping[str, object]
    """The file as parsed, for the fingerprint."""
