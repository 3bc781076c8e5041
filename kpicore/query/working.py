"""Working time in SQL: a small table of days with the working seconds before each, joined by the day of a moment.

Days and spans are of UTC, so that a statement knows nothing of zones: clocks that change are in the table, to the second.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from attrs import frozen
from sqlalchemy import BigInteger, ColumnElement, DateTime, Double, case, cast, func, literal_column, select, text
from sqlalchemy.sql.elements import Grouping

from kpicore.errors import ConfigError, nearest
from kpicore.model.expression import EpochDay, SecondsBetween
from kpicore.model.measure import columns_of
from kpicore.model.workdays import DAY_S, Span, merged
from kpicore.query.windows import OFFSETS_SINCE, utc_offsets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import CTE

    from kpicore.model.workdays import WorkingCalendar
    from kpicore.model.worktime import WorkedSeconds
    from kpicore.query.reading import Scope

Expression = ColumnElement[Any]

EPOCH = datetime(1970, 1, 1)
MARGIN = timedelta(days=2)


@frozen
class DayTable:
    """Days of UTC in order, each with the working seconds since the first day and its own working spans."""

    first: int
    """Days from 1970-01-01 to the first."""
    rows: tuple[tuple[int, ...], ...]
    """Per day: its number since 1970-01-01, working seconds before it, and per span its first second and the first after."""

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return ["day", "earlier", *(f"{side}{at}" for at in range((len(self.rows[0]) - 2) // 2) for side in ("since", "until"))]


def calendar_of(scope: Scope, name: str) -> WorkingCalendar:
    """Return a calendar of the project.

    Raises:
        ConfigError: the project has none of that name.
    """
    if name not in scope.calendars:
        hint = nearest(name, list(scope.calendars))
        raise ConfigError(f"the calendar {name!r} must be in the project file, as [calendar.{name}] with its shifts (it is not){hint}")
    return scope.calendars[name]


def day_table(calendar: WorkingCalendar, zone: str, first: date, last: date) -> DayTable:
    """Return the table of the days from `first` to `last`; `zone` is the calendar's where it names none."""
    start, end = datetime.combine(first, datetime.min.time()), datetime.combine(last, datetime.min.time()) + timedelta(days=1)
    origin = first - MARGIN
    local = calendar.spans(origin, last + MARGIN)
    spans = _in_utc(local, datetime.combine(origin, datetime.min.time()), utc_offsets(calendar.time_zone or zone, start, end), start, end)
    return DayTable((start - EPOCH).days, _by_day(spans, (start - EPOCH).days, (end - start).days))


def _in_utc(local: Sequence[Span], origin: datetime, offsets: Sequence[tuple[datetime, int]], start: datetime, end: datetime) -> list[Span]:
    """Return the spans of UTC, in seconds since `start`, whose local time lies in spans of local time since `origin`."""
    found: list[Span] = []
    ends = [until for _, until in local]
    shift = int((origin - start).total_seconds())
    for at, (since, offset) in enumerate(offsets):
        low = int((since - start).total_seconds())
        high = int(((offsets[at + 1][0] if at + 1 < len(offsets) else end) - start).total_seconds())
        for begin, until in local[bisect_right(ends, low + offset - shift) :]:
            if begin + shift - offset >= high:
                break
            found.append((max(begin + shift - offset, low), min(until + shift - offset, high)))
    return merged(found)


def _by_day(spans: Sequence[Span], first: int, days: int) -> tuple[tuple[int, ...], ...]:
    of_day: list[list[int]] = [[] for _ in range(days)]
    for begin, until in spans:
        for day in range(begin // DAY_S, (until - 1) // DAY_S + 1):
            of_day[day] += [max(begin - day * DAY_S, 0), min(until - day * DAY_S, DAY_S)]
    width = max(2, *(len(each) for each in of_day))
    rows, before = [], 0
    for day, each in enumerate(of_day):
        rows.append((first + day, before, *each, *[0] * (width - len(each))))
        before += sum(each[1::2]) - sum(each[::2])
    return tuple(rows)


@cache
def _table(calendar: WorkingCalendar, zone: str, first: date, last: date) -> DayTable:
    return day_table(calendar, zone, first, last)


def cte_of(table: DayTable, name: str, dialect: str) -> CTE:
    """Return the table as a common table expression, written as each engine takes many rows."""
    values = ", ".join(f"({', '.join(map(str, row))})" for row in table.rows)
    names = table.names
    if dialect == "sqlite":
        listed = ", ".join(f"column{at + 1} AS {name}" for at, name in enumerate(names))
        written = f"SELECT {listed} FROM (VALUES {values})"  # noqa: S608  # names and whole numbers of this module
    elif dialect in ("mysql", "mariadb"):
        written = f"WITH v ({', '.join(names)}) AS (VALUES {values}) SELECT * FROM v"  # noqa: S608  # as above
    else:
        written = f"SELECT * FROM (VALUES {values}) AS v ({', '.join(names)})"  # noqa: S608  # as above
    return text(written).columns(*(literal_column(column, BigInteger).label(column) for column in names)).cte(name)


def worked(days: Any, table: DayTable, moment: Expression, epoch: Expression) -> tuple[Expression, Expression]:
    """Return on what a moment is joined to its day, and the working seconds up to it; `epoch` is 1970-01-01.

    What lies before the first day counts from there, and what lies after the last day counts up to there.
    """
    last = table.rows[-1][0]
    day = EpochDay(moment)
    on = days.c.day == case((day < table.first, table.first), (day > last, last), else_=day)
    second = SecondsBetween(epoch, moment) - days.c.day * DAY_S
    seconds: Expression = cast(days.c.earlier, Double)
    for since, until in zip(table.names[2::2], table.names[3::2], strict=True):
        begin, end = days.c[since], days.c[until]
        seconds = seconds + case((second <= begin, 0.0), (second >= end, cast(end - begin, Double)), else_=cast(second - begin, Double))
    return on, Grouping(seconds)


def span_of(scope: Scope, elements: Sequence[WorkedSeconds]) -> tuple[date, date]:
    """Return the first and last day of the moments, as far back as local times are exact."""
    moments = [bound for window in scope.windows.bounds for bound in window]
    for column in columns_of(*(element.moment for element in elements)):
        if scope.facts.profile.has(column) and isinstance(column.type, DateTime):
            moments += _extremes(scope, column)
    low, high = max(min(moments), OFFSETS_SINCE), min(max(moments), datetime(2100, 1, 1))
    high = max(high, scope.as_of) if scope.as_of < datetime(2100, 1, 1) else high
    return (low - MARGIN).date(), (high + MARGIN).date()


def _extremes(scope: Scope, column: Any) -> list[datetime]:
    found = [
        scope.facts.once(f"{which} {column}", select(getattr(func, which)(column, type_=DateTime())).select_from(column.table))
        for which in ("min", "max")
    ]
    return [moment for moment in found if moment is not None]


def table_for(scope: Scope, name: str, span: tuple[date, date]) -> DayTable:
    """Return the table of a calendar of the project."""
    return _table(calendar_of(scope, name), scope.windows.calendar.time_zone, *span)
