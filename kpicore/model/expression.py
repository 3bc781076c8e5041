"""What metric authors write besides columns: durations, days, filled cells, and the bounds of the period being measured.

Each construct compiles to the SQL of DuckDB, PostgreSQL, SQLite and MariaDB with the same meaning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, DateTime, Double, Integer, String, and_, cast, func, literal, literal_column, not_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from sqlalchemy import Column
    from sqlalchemy.sql.compiler import SQLCompiler

PLACEHOLDERS = (
    "-",
    ".",
    "/",
    "?",
    "aaa",
    "n/a",
    "na",
    "nil",
    "none",
    "null",
    "select",
    "test",
    "unknown",
    "xxx",
    "无",
    "暂无",
    "未知",
    "测试",
)
"""Texts that people type to get past a mandatory field; `filled` takes them for empty (after trimming, in lower case)."""


class PeriodBound(FunctionElement[Any]):
    """A bound of the period being measured; the planner puts the moment, or the column that holds it, in its place."""

    type = DateTime()
    inherit_cache = True
    name = "period_bound"

    @property
    def which(self) -> str:
        """start, end or as_of."""
        bound: Any = next(iter(self.clauses))
        return str(bound.value)


class _Period:
    """The bounds of the period being measured, for measures of a state rather than of events."""

    start: ColumnElement[Any] = PeriodBound(literal("start"))
    """The first moment of the period."""
    end: ColumnElement[Any] = PeriodBound(literal("end"))
    """The first moment after the period."""
    as_of: ColumnElement[Any] = PeriodBound(literal("as_of"))
    """The moment up to which the facts are known."""


period = _Period()


class SecondsBetween(FunctionElement[Any]):
    """Seconds from the first time to the second, with fractions."""

    type = Double()
    inherit_cache = True
    name = "seconds_between"


class PlusSeconds(FunctionElement[Any]):
    """A time that many seconds later."""

    type = DateTime()
    inherit_cache = True
    name = "plus_seconds"


class EpochDay(FunctionElement[Any]):
    """Whole days from 1970-01-01 to a time."""

    type = Integer()
    inherit_cache = True
    name = "epoch_day"


class MonthIndex(FunctionElement[Any]):
    """The integer year * 12 + month of a time: a key that DuckDB aggregates by perfect hash."""

    type = Integer()
    inherit_cache = True
    name = "month_index"


class FloorDiv(FunctionElement[Any]):
    """Integer division of two integers of which neither is negative."""

    type = Integer()
    inherit_cache = True
    name = "floor_div"


class LocalDay(FunctionElement[Any]):
    """The calendar day of a time in the project's time zone, as whole days from 1970-01-01; the planner knows the zone."""

    type = Integer()
    inherit_cache = True
    name = "local_day"


class AsRecorded(FunctionElement[Any]):
    """An amount in the currency in which it was recorded, for comparing it with another of that currency."""

    type = Double()
    inherit_cache = True
    name = "as_recorded"


class Exact(FunctionElement[Any]):
    """A text that is equal to another only if case, accents and blanks are; an id is never less."""

    type = String(255)
    inherit_cache = True
    name = "exact"


def seconds_between(start: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the seconds from `start` to `end`; negative where end comes first, null where either is null."""
    return SecondsBetween(start, end)


def minutes_between(start: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the minutes from `start` to `end`."""
    return _over(start, end, "60.0")


def hours_between(start: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the hours from `start` to `end`."""
    return _over(start, end, "3600.0")


def days_between(start: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the days of 24 hours from `start` to `end`."""
    return _over(start, end, "86400.0")


def _over(start: ColumnElement[Any], end: ColumnElement[Any], seconds: str) -> ColumnElement[Any]:
    # A written-out constant: the operator `/` would wrap it in a cast that differs between engines.
    return SecondsBetween(start, end).op("/", return_type=Double())(literal_column(seconds))


def later(moment: ColumnElement[Any], *, days: float = 0, hours: float = 0) -> ColumnElement[Any]:
    """Return the time that many days and hours after `moment`."""
    return PlusSeconds(moment, days * 86400.0 + hours * 3600.0)


def local_day(moment: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the calendar day of `moment` in the project's time zone, as an integer that counts days."""
    return LocalDay(moment)


def as_recorded(amount: Column[Any]) -> ColumnElement[Any]:
    """Return an amount that is not converted into the project's currency; it must not be added to amounts of another currency."""
    return AsRecorded(amount)


def filled(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return whether a cell holds more than nothing, blanks or a placeholder such as '?', 'n/a' or '无'."""
    if not isinstance(column.type, String):
        return column.is_not(None)
    trimmed = Exact(func.lower(func.trim(cast(column, String(255)))))
    return and_(column.is_not(None), trimmed != "", not_(trimmed.in_(PLACEHOLDERS)))


def _arguments(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> list[str]:
    return [compiler.process(part, **kw) for part in element.clauses]


@compiles(Exact)
def _exact_default(element: Exact, compiler: SQLCompiler, **kw: Any) -> str:
    return _arguments(element, compiler, **kw)[0]


@compiles(Exact, "mysql", "mariadb")
def _exact_mysql(element: Exact, compiler: SQLCompiler, **kw: Any) -> str:
    # Their usual collations ignore case, accents and blanks at the end.
    collation = "utf8mb4_nopad_bin" if getattr(compiler.dialect, "is_mariadb", False) else "utf8mb4_0900_bin"
    return f"(CONVERT({_arguments(element, compiler, **kw)[0]} USING utf8mb4) COLLATE {collation})"


@compiles(AsRecorded)
def _recorded_default(element: AsRecorded, compiler: SQLCompiler, **kw: Any) -> str:
    return f"as_recorded({_arguments(element, compiler, **kw)[0]})"


@compiles(PeriodBound)
def _bound_default(element: PeriodBound, compiler: SQLCompiler, **kw: Any) -> str:
    del compiler, kw
    return f"period_{element.which}"


@compiles(LocalDay)
def _local_day_default(element: LocalDay, compiler: SQLCompiler, **kw: Any) -> str:
    return f"local_day({_arguments(element, compiler, **kw)[0]})"


@compiles(SecondsBetween)
def _seconds_default(element: SecondsBetween, compiler: SQLCompiler, **kw: Any) -> str:
    start, end = _arguments(element, compiler, **kw)
    return f"seconds_between({start}, {end})"


@compiles(SecondsBetween, "duckdb")
def _seconds_duckdb(element: SecondsBetween, compiler: SQLCompiler, **kw: Any) -> str:
    start, end = _arguments(element, compiler, **kw)
    return f"(date_diff('microsecond', {start}, {end}) / 1e6)"


@compiles(SecondsBetween, "postgresql")
def _seconds_postgresql(element: SecondsBetween, compiler: SQLCompiler, **kw: Any) -> str:
    start, end = _arguments(element, compiler, **kw)
    # date_part computes in doubles; extract would compute in decimals, which takes several times longer.
    return f"date_part('epoch', {end} - {start})"


@compiles(SecondsBetween, "sqlite")
def _seconds_sqlite(element: SecondsBetween, compiler: SQLCompiler, **kw: Any) -> str:
    # julianday() is good to about 0.05 ms; the milliseconds are what SQLite itself keeps.
    start, end = _arguments(element, compiler, **kw)
    return f"(round((julianday({end}) - julianday({start})) * 86400000.0) / 1000.0)"


@compiles(SecondsBetween, "mysql", "mariadb")
def _seconds_mysql(element: SecondsBetween, compiler: SQLCompiler, **kw: Any) -> str:
    start, end = _arguments(element, compiler, **kw)
    return f"(timestampdiff(microsecond, {start}, {end}) / 1e6)"


@compiles(PlusSeconds)
def _plus_default(element: PlusSeconds, compiler: SQLCompiler, **kw: Any) -> str:
    moment, seconds = _arguments(element, compiler, **kw)
    return f"plus_seconds({moment}, {seconds})"


@compiles(PlusSeconds, "duckdb")
def _plus_duckdb(element: PlusSeconds, compiler: SQLCompiler, **kw: Any) -> str:
    moment, seconds = _arguments(element, compiler, **kw)
    return f"({moment} + to_microseconds(CAST(CAST({seconds} AS DOUBLE) * 1e6 AS BIGINT)))"


@compiles(PlusSeconds, "postgresql")
def _plus_postgresql(element: PlusSeconds, compiler: SQLCompiler, **kw: Any) -> str:
    moment, seconds = _arguments(element, compiler, **kw)
    return f"({moment} + make_interval(secs => CAST({seconds} AS double precision)))"


@compiles(PlusSeconds, "sqlite")
def _plus_sqlite(element: PlusSeconds, compiler: SQLCompiler, **kw: Any) -> str:
    # The form that SQLAlchemy stores. SQLite rounds to milliseconds, so it is given whole seconds and the fraction is kept aside.
    moment, seconds = _arguments(element, compiler, **kw)
    return f"(strftime('%Y-%m-%d %H:%M:%S', substr({moment}, 1, 19), ({seconds}) || ' seconds') || substr({moment} || '.000000', 20, 7))"


@compiles(PlusSeconds, "mysql", "mariadb")
def _plus_mysql(element: PlusSeconds, compiler: SQLCompiler, **kw: Any) -> str:
    moment, seconds = _arguments(element, compiler, **kw)
    return f"date_add({moment}, interval cast(({seconds}) * 1000000 as signed) microsecond)"


@compiles(EpochDay)
def _day_default(element: EpochDay, compiler: SQLCompiler, **kw: Any) -> str:
    return f"epoch_day({_arguments(element, compiler, **kw)[0]})"


@compiles(EpochDay, "duckdb")
def _day_duckdb(element: EpochDay, compiler: SQLCompiler, **kw: Any) -> str:
    return f"date_diff('day', DATE '1970-01-01', {_arguments(element, compiler, **kw)[0]})"


@compiles(EpochDay, "postgresql")
def _day_postgresql(element: EpochDay, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(CAST({_arguments(element, compiler, **kw)[0]} AS date) - DATE '1970-01-01')"


@compiles(EpochDay, "sqlite")
def _day_sqlite(element: EpochDay, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST(julianday(substr({_arguments(element, compiler, **kw)[0]}, 1, 10)) - 2440587.5 AS INTEGER)"


@compiles(EpochDay, "mysql", "mariadb")
def _day_mysql(element: EpochDay, compiler: SQLCompiler, **kw: Any) -> str:
    return f"datediff({_arguments(element, compiler, **kw)[0]}, '1970-01-01')"


@compiles(MonthIndex)
def _month_default(element: MonthIndex, compiler: SQLCompiler, **kw: Any) -> str:
    moment = _arguments(element, compiler, **kw)[0]
    return f"(year({moment}) * 12 + month({moment}))"


@compiles(MonthIndex, "postgresql")
def _month_postgresql(element: MonthIndex, compiler: SQLCompiler, **kw: Any) -> str:
    moment = _arguments(element, compiler, **kw)[0]
    return f"CAST(date_part('year', {moment}) * 12 + date_part('month', {moment}) AS integer)"


@compiles(MonthIndex, "sqlite")
def _month_sqlite(element: MonthIndex, compiler: SQLCompiler, **kw: Any) -> str:
    moment = _arguments(element, compiler, **kw)[0]
    return f"(CAST(substr({moment}, 1, 4) AS INTEGER) * 12 + CAST(substr({moment}, 6, 2) AS INTEGER))"


@compiles(FloorDiv)
def _div_default(element: FloorDiv, compiler: SQLCompiler, **kw: Any) -> str:
    over, under = _arguments(element, compiler, **kw)
    return f"(({over}) / ({under}))"


@compiles(FloorDiv, "duckdb")
def _div_duckdb(element: FloorDiv, compiler: SQLCompiler, **kw: Any) -> str:
    over, under = _arguments(element, compiler, **kw)
    return f"(({over}) // ({under}))"


@compiles(FloorDiv, "mysql", "mariadb")
def _div_mysql(element: FloorDiv, compiler: SQLCompiler, **kw: Any) -> str:
    over, under = _arguments(element, compiler, **kw)
    return f"(({over}) DIV ({under}))"
