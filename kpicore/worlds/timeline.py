"""The days of the world: which are worked, which are holidays, and how local time becomes UTC and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from attrs import define

if TYPE_CHECKING:
    from kpicore.worlds.draws import Flags, Floats, Ints

SPRING_FESTIVAL = {2024: (2, 9), 2025: (1, 28), 2026: (2, 16), 2027: (2, 5), 2028: (1, 25), 2029: (2, 12)}
"""Eve of the lunar new year; the eve and the seven days after it are free."""
FIXED = (((1, 1), 1), ((4, 4), 3), ((5, 1), 5), ((10, 1), 7))
"""First day and length of the other public holidays."""
_EPOCH = date(1970, 1, 1)
_EARLIEST_YEARS = 8


@define(eq=False, slots=False, frozen=True)
class Timeline:
    """Consecutive days from `start`; moments are seconds of local wall time since its midnight."""

    start: date
    years: int
    time_zone: str

    @cached_property
    def days(self) -> int:
        """How many days the world lasts."""
        return (date(self.start.year + self.years, self.start.month, self.start.day) - self.start).days

    @cached_property
    def dates(self) -> np.ndarray:
        """All days, as datetime64[D]."""
        return np.datetime64(self.start, "D") + np.arange(self.days)

    def day(self, year: int, month: int, number: int) -> int:
        """Return the number of a calendar day."""
        return (date(year, month, number) - self.start).days

    @cached_property
    def weekday(self) -> Ints:
        """Monday 0 to Sunday 6."""
        return (np.arange(self.days) + self.start.weekday()) % 7

    @cached_property
    def is_holiday(self) -> Flags:
        """Public holidays."""
        free = np.zeros(self.days, dtype=bool)
        for year in range(self.start.year, self.start.year + self.years):
            for (month, first), length in (*FIXED, (SPRING_FESTIVAL[year], 8)):
                begin = self.day(year, month, first)
                free[begin : begin + length] = True
        return free

    @cached_property
    def is_worked(self) -> Flags:
        """Days on which the offices are open."""
        return (self.weekday < 5) & ~self.is_holiday

    @cached_property
    def is_month_end(self) -> Flags:
        """The last five days of each month."""
        return np.asarray((self.dates + 5).astype("datetime64[M]") != self.dates.astype("datetime64[M]"))

    @cached_property
    def quarters(self) -> list[int]:
        """First day of each quarter, and the first day after the last."""
        years = range(self.start.year, self.start.year + self.years)
        return [*(self.day(year, month, 1) for year in years for month in (1, 4, 7, 10)), self.days]

    def office(self, month_end_bump: float) -> Floats:
        """Return how much office work is done on each day, a plain working day being 1."""
        week = np.array([1.0, 1.05, 1.05, 1.0, 0.92, 0.06, 0.03])[self.weekday]
        free = np.where(self.is_holiday, 0.02, week)
        return np.asarray(free * np.where(self.is_month_end, month_end_bump, 1.0))

    def service(self) -> Floats:
        """Return how much service is asked for and staffed on each day."""
        week = np.array([1.15, 1.05, 1.0, 1.0, 0.95, 0.5, 0.4])[self.weekday]
        return np.asarray(np.where(self.is_holiday, 0.35, week))

    @cached_property
    def _shifts(self) -> tuple[np.ndarray, np.ndarray]:
        """UTC seconds at which the zone's offset changes, and the offsets before, between and after."""
        zone = ZoneInfo(self.time_zone)
        first = date(self.start.year - _EARLIEST_YEARS, 1, 1)
        length = (date(self.start.year + self.years + 1, 1, 1) - first).days
        hours = [int(datetime(first.year, 1, 1, tzinfo=UTC).timestamp()) + 86400 * day for day in range(length)]
        offsets = [_offset(zone, second) for second in hours]
        moves = [day for day in range(1, length) if offsets[day] != offsets[day - 1]]
        return (
            np.array([_moment_of_move(zone, hours[day - 1], hours[day]) for day in moves], dtype=np.int64),
            np.array([offsets[0], *(offsets[day] for day in moves)], dtype=np.int64),
        )

    def _offset_at(self, utc: np.ndarray) -> np.ndarray:
        moves, offsets = self._shifts
        return offsets[np.searchsorted(moves, utc, side="right")]

    def utc(self, moments: Floats) -> pa.Array:
        """Return moments as naive UTC timestamps; NaN becomes null. Of two (clocks going back) the first is meant."""
        known = np.isfinite(moments)
        local = np.where(known, np.floor(moments), 0.0).astype(np.int64) + (self.start - _EPOCH).days * 86400
        before, after = (self._offset_at(local + sign * 86400) for sign in (-1, 1))
        is_after = (self._offset_at(local - before) != before) & (self._offset_at(local - after) == after)
        utc = local - np.where(is_after, after, before)
        return pa.array((utc * 1_000_000).astype("datetime64[us]"), mask=~known)

    def local(self, utc: pa.ChunkedArray) -> pa.Array:
        """Return naive UTC timestamps as naive local timestamps, in whole seconds."""
        column: Any = utc.combine_chunks()
        missing = column.is_null().to_numpy(zero_copy_only=False)
        seconds = column.cast(pa.timestamp("s")).cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
        return pa.array((seconds + self._offset_at(seconds)).astype("datetime64[s]"), mask=missing)

    def moment(self, day: int) -> datetime:
        """Return the local midnight at which a day begins."""
        return datetime.combine(self.start, datetime.min.time()) + timedelta(days=day)


def _offset(zone: ZoneInfo, second: int) -> int:
    shift = datetime.fromtimestamp(second, tz=zone).utcoffset()
    return int(shift.total_seconds()) if shift else 0


def _moment_of_move(zone: ZoneInfo, before: int, after: int) -> int:
    """Find, by halving, the first second with the later offset."""
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if _offset(zone, middle) == _offset(zone, before) else (before, middle)
    return after
