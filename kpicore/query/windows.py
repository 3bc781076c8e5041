"""The windows that are measured at once, as one integer key computed in the engine, in the project's time zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
from attrs import frozen
from sqlalchemy import ColumnElement, DateTime, Dialect, String, TypeDecorator, and_, case, literal, or_

from kpicore.errors import PeriodError
from kpicore.model.expression import EpochDay, FloorDiv, MonthIndex, PlusSeconds
from kpicore.model.period import MONTHS, Calendar, Period

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from sqlalchemy.types import TypeEngine

Expression = ColumnElement[Any]

_WEEK_SHIFT = 3 + 7 * 100_000
"""1970-01-01 was a Thursday; the second term keeps days before 1970 positive, where engines divide differently."""


OFFSETS_SINCE = datetime(1990, 1, 1)
"""From when on local times are exact to the zone's offset of that day."""

OFFSETS_AFTER = timedelta(days=3653)
"""Until how long after the windows they are."""


@frozen
class Windows:
    """Windows that do not overlap, in time order."""

    periods: tuple[Period, ...]
    calendar: Calendar

    @classmethod
    def of(cls, periods: Sequence[Period], calendar: Calendar) -> Windows:
        """Sort the periods and drop repeats.

        Raises:
            PeriodError: two of them overlap, so that a fact could fall into both.
        """
        unique = {(period.start, period.end): period for period in reversed(periods)}
        ordered = [unique[key] for key in sorted(unique)]
        for earlier, later in pairwise(ordered):
            if later.start < earlier.end:
                raise PeriodError(f"periods measured together must not overlap (got {earlier.name} and {later.name})")
        return cls(tuple(ordered), calendar)

    def index(self, period: Period) -> int:
        """Return the position of a period."""
        return next(at for at, mine in enumerate(self.periods) if (mine.start, mine.end) == (period.start, period.end))

    @property
    def bounds(self) -> list[tuple[datetime, datetime]]:
        """The windows as naive UTC times."""
        return [(self.calendar.utc(period.start), self.calendar.utc(period.end)) for period in self.periods]

    def runs(self) -> list[tuple[datetime, datetime]]:
        """Return the windows with adjacent ones joined."""
        joined: list[tuple[datetime, datetime]] = []
        for start, end in self.bounds:
            if joined and joined[-1][1] == start:
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((start, end))
        return joined

    def condition(self, moment: Expression, margin_days: float = 0.0) -> Expression:
        """Return whether a UTC time falls into a window, or within the margin around one."""
        margin = timedelta(days=margin_days)
        return or_(*(_within(moment, start - margin, end + margin) for start, end in self.runs()))

    def key(self, moment: Expression) -> Expression | None:
        """Return the integer key of the window of a UTC time; None where there is only one window."""
        if len(self.periods) == 1:
            return None
        if self._is_regular():
            return self._unit_key(self.local(moment, is_near=True))
        return case(*((_within(moment, start, end), literal(at)) for at, (start, end) in enumerate(self.bounds)))

    @property
    def codes(self) -> list[int]:
        """The key of each window, for rows that do not compute it."""
        if len(self.periods) > 1 and self._is_regular():
            return [self._start_key(period) for period in self.periods]
        return list(range(len(self.periods)))

    def decode(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the window's position for each key that `key` gave."""
        return np.searchsorted(np.array(self.codes), keys)

    def _is_regular(self) -> bool:
        units = {period.unit for period in self.periods}
        return len(self.runs()) == 1 and len(units) == 1 and "range" not in units

    def _unit_key(self, local: Expression) -> Expression:
        unit = self.periods[0].unit
        if unit == "day":
            return EpochDay(local)
        if unit == "week":
            return FloorDiv(EpochDay(local) + _WEEK_SHIFT, literal(7))
        if unit == "month":
            return MonthIndex(local)
        return FloorDiv(MonthIndex(local) - self.calendar.fiscal_year_start, literal(MONTHS[unit]))

    def _start_key(self, period: Period) -> int:
        day = (period.start - datetime(1970, 1, 1)).days
        month = period.start.year * 12 + period.start.month
        if period.unit in ("day", "week"):
            return day if period.unit == "day" else (day + _WEEK_SHIFT) // 7
        return month if period.unit == "month" else (month - self.calendar.fiscal_year_start) // MONTHS[period.unit]

    def local(self, moment: Expression, *, is_near: bool = False) -> Expression:
        """Return the local time of a UTC time; `is_near` says that it lies in a window.

        The zone's offsets come from the zone database of Python, as literals, so that every engine agrees on them.
        """
        runs = self.runs()
        start = runs[0][0] if is_near else min(runs[0][0], OFFSETS_SINCE)
        offsets = utc_offsets(self.calendar.time_zone, start, runs[-1][1] + (timedelta() if is_near else OFFSETS_AFTER))
        (_, first), *changes = offsets
        if not changes:
            return moment if first == 0 else PlusSeconds(moment, literal(first))
        # Most rows are recent, so the latest offset is tried first.
        steps = ((moment >= since, literal(seconds)) for since, seconds in reversed(changes))
        return PlusSeconds(moment, case(*steps, else_=literal(first)))

    def day(self, moment: Expression) -> Expression:
        """Return the calendar day of a UTC time in the project's time zone, as days from 1970-01-01."""
        return EpochDay(self.local(moment))


def _within(moment: Expression, start: datetime, end: datetime) -> Expression:
    return and_(moment >= literal(start, Bound()), moment < literal(end, Bound()))


class Bound(TypeDecorator[datetime]):
    """A bound of a window.

    SQLite compares times as texts; a bound without a fraction of zero is right beside texts with and without one.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type by which the engine's driver takes it."""
        return dialect.type_descriptor(String(32) if dialect.name == "sqlite" else DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Return what is sent."""
        return value.isoformat(" ") if value is not None and dialect.name == "sqlite" else value


@cache
def utc_offsets(zone: str, start: datetime, end: datetime) -> tuple[tuple[datetime, int], ...]:
    """Return the zone's offsets from UTC in seconds, each with the naive UTC time from which it holds, `start` being the first."""
    info = ZoneInfo(zone)

    def offset(moment: datetime) -> int:
        shift = moment.replace(tzinfo=UTC).astimezone(info).utcoffset()
        return int(shift.total_seconds()) if shift is not None else 0

    found, here = [(start, offset(start))], start
    while here < end:
        after = min(here + timedelta(days=1), end)
        if offset(after) != found[-1][1]:
            low, high = here, after
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                low, high = (middle, high) if offset(middle) == found[-1][1] else (low, middle)
            found.append((high.replace(microsecond=0), offset(high)))
        here = after
    return tuple(found)
