"""Working calendars: the shifts of each weekday in a time zone, without the holidays of a country and listed days."""

from __future__ import annotations

import re
from collections.abc import Mapping  # noqa: TC003 - cattrs reads the annotations
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from attrs import field, frozen

from kpicore.errors import ConfigError
from kpicore.model.check import refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpicore.model.check import Problem

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_S = 86_400

Span = tuple[int, int]
"""First second, and first second after: of a shift since the midnight of its day."""

_DAYS = re.compile(r"([a-z]{3})(?:-([a-z]{3}))?")
_SHIFT = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")


@frozen
class WorkingCalendar:
    """When people are at work, by local time."""

    shifts: Mapping[str, tuple[str, ...]] = field(hash=False)
    """Weekday, or span of them such as 'mon-fri' -> shifts such as '09:00-12:30'; one may last into the next day."""
    time_zone: str | None = None
    """IANA name; the project's unless given."""
    country: str | None = None
    """ISO 3166 code of the country whose public holidays are free, e.g. 'CN'; its make-up days at weekends are worked."""
    subdivision: str | None = None
    """State or province of the country, where its holidays differ."""
    holidays: tuple[str, ...] = ()
    """Further free days, e.g. '2024-12-24'."""
    workdays: tuple[str, ...] = ()
    """Further worked days, with the shifts of the first weekday that has some."""
    _of_weekday: tuple[tuple[Span, ...], ...] = field(init=False, eq=False, repr=False, metadata={"key": ""})

    @_of_weekday.default
    def _read_shifts(self) -> tuple[tuple[Span, ...], ...]:
        refuse(self, _problems(self))
        found: dict[str, tuple[Span, ...]] = {}
        for days, texts in self.shifts.items():
            spans = tuple(sorted(_span(text) for text in texts))
            found.update({day: (*found.get(day, ()), *spans) for day in _weekdays(days)})
        return tuple(found.get(day, ()) for day in WEEKDAYS)

    def spans(self, first: date, last: date) -> list[Span]:
        """Return the worked spans of local time on the days from `first` to `last`, in seconds since the midnight of `first`.

        Raises:
            ConfigError: the country is not known, or its holidays need a library that is not installed.
        """
        free, worked = self._exceptions(first, last)
        usual = next((spans for spans in self._of_weekday if spans), ())
        found: list[Span] = []
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            spans = usual if day in worked else () if day in free else self._of_weekday[day.weekday()]
            found += [(number * DAY_S + start, number * DAY_S + end) for start, end in spans]
        return merged(found)

    def _exceptions(self, first: date, last: date) -> tuple[frozenset[date], frozenset[date]]:
        public, made_up = public_holidays(self.country, self.subdivision, first.year, last.year)
        free, worked = ({date.fromisoformat(text) for text in given} for given in (self.holidays, self.workdays))
        return (public | free) - worked, (made_up | worked) - (free - worked)


def merged(spans: list[Span]) -> list[Span]:
    """Join spans that overlap or touch, in order."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


@cache
def public_holidays(country: str | None, subdivision: str | None, first: int, last: int) -> tuple[frozenset[date], frozenset[date]]:
    """Return the public holidays of a country in some years, and the days at weekends that are worked in their place.

    Raises:
        ConfigError: the country is not known, or the library `holidays` is not installed.
    """
    if country is None:
        return frozenset(), frozenset()
    try:
        import holidays  # an extra, loaded where it is used
    except ImportError:
        raise ConfigError(f"holidays of {country!r} need the library holidays; pip install 'kpicore[calendars]'") from None
    try:
        found: Any = holidays.country_holidays(country, subdiv=subdivision, years=range(first, last + 1))
    except NotImplementedError as error:
        raise ConfigError(
            f"country must be an ISO 3166 code whose holidays are known: {error} (got {country!r}, {subdivision!r})"
        ) from None
    return frozenset(found), frozenset(getattr(found, "weekend_workdays", ()))


def _weekdays(text: str) -> tuple[str, ...]:
    match = _DAYS.fullmatch(text)
    names = [name for name in match.groups() if name is not None] if match else []
    if not names or any(name not in WEEKDAYS for name in names):
        return ()
    start, end = WEEKDAYS.index(names[0]), WEEKDAYS.index(names[-1])
    return tuple(WEEKDAYS[at % 7] for at in range(start, (end if end >= start else end + 7) + 1))


def _span(text: str) -> Span:
    match = _SHIFT.fullmatch(text)
    if match is None:
        return (0, 0)
    hour, minute, until_hour, until_minute = map(int, match.groups())
    start, end = hour * 3600 + minute * 60, until_hour * 3600 + until_minute * 60
    if minute > 59 or until_minute > 59 or start >= DAY_S or end > DAY_S or start == end:
        return (0, 0)
    return (start, end if end > start else end + DAY_S)


def _problems(given: WorkingCalendar) -> Iterator[Problem]:
    if not any(given.shifts.values()):
        yield "shifts", 'shifts must name at least one, such as "mon-fri" = ["09:00-18:00"]'
    for days, texts in given.shifts.items():
        if not _weekdays(days):
            yield "shifts", f"shifts must be of weekdays such as 'sat' or 'mon-fri' (got {days!r})"
        for text in (text for text in texts if _span(text) == (0, 0)):
            yield "shifts", f"a shift must look like '09:00-12:30' (got {text!r} for {days})"
    for name in ("holidays", "workdays"):
        for text in (text for text in getattr(given, name) if not _is_day(text)):
            yield name, f"{name} must be days such as '2024-12-24' (got {text!r})"
    if given.time_zone is not None:
        try:
            ZoneInfo(given.time_zone)
        except (ValueError, OSError, KeyError):
            yield "time_zone", f"time_zone must be an IANA name such as 'Asia/Shanghai' (got {given.time_zone!r})"


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
