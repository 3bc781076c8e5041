"""Periods: half-open spans of local time that tile the year, and the calendar in which they are read."""

from __future__ import annotations

import calendar as months_of
import re
from datetime import UTC, date, datetime, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from attrs import field, frozen

from kpicore.errors import ConfigError, PeriodError

Unit: TypeAlias = Literal["day", "week", "month", "quarter", "half", "year", "range"]

MONTHS: dict[str, int] = {"month": 1, "quarter": 3, "half": 6, "year": 12}
"""Length of the units that are whole months."""


def _zone(_: object, __: object, name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(f"time_zone must be an IANA name such as 'Asia/Shanghai' (got {name!r})") from None


def _month(_: object, __: object, number: int) -> None:
    if not 1 <= number <= 12:
        raise ConfigError(f"fiscal_year_start must be a month from 1 to 12 (got {number!r})")


@frozen
class Calendar:
    """The time zone in which periods begin and end, and the month in which the fiscal year begins."""

    time_zone: str = field(default="UTC", validator=_zone)
    fiscal_year_start: int = field(default=1, validator=_month)

    def utc(self, local: datetime) -> datetime:
        """Return the naive UTC time of a naive local time; of two (clocks going back) the first."""
        return local.replace(tzinfo=ZoneInfo(self.time_zone)).astimezone(UTC).replace(tzinfo=None)


@frozen(order=True)
class Period:
    """The half-open span [start, end) of naive local time."""

    start: datetime
    end: datetime
    name: str
    unit: Unit = "range"

    def to_dict(self) -> dict[str, str]:
        """Return name, start and end as the result contract has them."""
        return {"name": self.name, "start": _text(self.start), "end": _text(self.end)}


def _text(moment: datetime) -> str:
    return moment.date().isoformat() if moment == datetime.combine(moment.date(), datetime.min.time()) else moment.isoformat()


_FORMS: tuple[tuple[Unit, re.Pattern[str]], ...] = (
    ("year", re.compile(r"(?P<year>\d{4})")),
    ("half", re.compile(r"(?P<year>\d{4})-H(?P<part>[12])")),
    ("quarter", re.compile(r"(?P<year>\d{4})-Q(?P<part>[1-4])")),
    ("week", re.compile(r"(?P<year>\d{4})-W(?P<part>\d{2})")),
    ("month", re.compile(r"(?P<year>\d{4})-(?P<part>\d{2})")),
    ("day", re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<part>\d{2})")),
    ("range", re.compile(r"(?P<start>\d{4}-\d{2}-\d{2})/(?P<end>\d{4}-\d{2}-\d{2})")),
)

EXAMPLES = "2017, 2017-H2, 2017-Q3, 2017-07, 2017-W31, 2017-07-14 or 2017-07-01/2017-10-01"


def parse(text: str, calendar: Calendar | None = None) -> Period:
    """Read a period.

    Years, halves and quarters are fiscal: with `fiscal_year_start = 4`, 2017-Q1 is April to June 2017. Months are calendar months,
    weeks are ISO weeks, and a range ends before its second day.

    Raises:
        PeriodError: the text is not a period, or names a day, week or month that does not exist.
    """
    calendar = calendar or Calendar()
    for unit, form in _FORMS:
        if match := form.fullmatch(text.strip()):
            try:
                return _read(unit, match.groupdict(), text.strip(), calendar)
            except (ValueError, OverflowError) as error:
                raise PeriodError(f"period {text!r} does not exist: {error}") from None
    raise PeriodError(f"a period must look like {EXAMPLES} (got {text!r})")


def _read(unit: Unit, parts: dict[str, str], name: str, calendar: Calendar) -> Period:
    if unit == "range":
        start, end = (datetime.fromisoformat(parts[key]) for key in ("start", "end"))
        if end <= start:
            raise ValueError("its end must come after its start")
        return Period(start, end, name, unit)
    year = int(parts["year"])
    if unit == "day":
        start = datetime(year, int(parts["month"]), int(parts["part"]))
        return Period(start, start + timedelta(days=1), name, unit)
    if unit == "week":
        monday = datetime.combine(date.fromisocalendar(year, int(parts["part"]), 1), datetime.min.time())
        return Period(monday, monday + timedelta(days=7), name, unit)
    first = int(parts["part"]) if unit == "month" else calendar.fiscal_year_start
    if unit in ("quarter", "half"):
        first += (int(parts["part"]) - 1) * MONTHS[unit]
    start = add_months(datetime(year, 1, 1), first - 1) if unit != "month" else datetime(year, first, 1)
    return Period(start, add_months(start, MONTHS[unit]), name, unit)


def add_months(moment: datetime, count: int) -> datetime:
    """Return the same day `count` months later; the last day of the month where that day does not exist."""
    index = moment.year * 12 + moment.month - 1 + count
    year, month = divmod(index, 12)
    last = months_of.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


def shift(period: Period, count: int, calendar: Calendar | None = None) -> Period:
    """Return the period `count` units later; a range moves by its own length."""
    if period.unit in MONTHS:
        start = add_months(period.start, count * MONTHS[period.unit])
        end = add_months(start, MONTHS[period.unit])
    else:
        length = period.end - period.start
        start, end = period.start + count * length, period.end + count * length
    return Period(start, end, name_of(start, end, period.unit, calendar or Calendar()), period.unit)


def year_ago(period: Period, calendar: Calendar | None = None) -> Period:
    """Return the same period one year earlier; ISO weeks go back 52 weeks, 29 February to the 28th."""
    if period.unit == "week":
        return shift(period, -52, calendar)
    start, end = add_months(period.start, -12), add_months(period.end, -12)
    if period.unit == "day" or end <= start:
        end = start + timedelta(days=1)
    return Period(start, end, name_of(start, end, period.unit, calendar or Calendar()), period.unit)


def name_of(start: datetime, end: datetime, unit: Unit, calendar: Calendar) -> str:
    """Return the name under which `parse` would read this period."""
    fiscal = add_months(start, 1 - calendar.fiscal_year_start)
    if unit == "week":
        year, week, _ = start.isocalendar()
        return f"{year}-W{week:02d}"
    names = {
        "year": f"{fiscal.year}",
        "half": f"{fiscal.year}-H{(fiscal.month + 5) // 6}",
        "quarter": f"{fiscal.year}-Q{(fiscal.month + 2) // 3}",
        "month": f"{start:%Y-%m}",
        "day": f"{start:%Y-%m-%d}",
    }
    return names.get(unit, f"{start:%Y-%m-%d}/{end:%Y-%m-%d}")


def split(period: Period, unit: Unit, calendar: Calendar | None = None) -> list[Period]:
    """Return the periods of a smaller unit that tile this one.

    Raises:
        PeriodError: the unit does not tile the period (weeks in a month, say).
    """
    calendar = calendar or Calendar()
    if unit == "range":
        raise PeriodError("a period cannot be split into ranges; use day, week, month, quarter, half or year")
    start, parts = period.start, []
    while start < period.end:
        end = add_months(start, MONTHS[unit]) if unit in MONTHS else start + timedelta(days=7 if unit == "week" else 1)
        parts.append(Period(start, end, name_of(start, end, unit, calendar), unit))
        start = end
    if start != period.end or parse(parts[0].name, calendar).start != period.start:
        raise PeriodError(f"{unit}s do not tile {period.name}; use a period that starts and ends with a {unit}")
    return parts
