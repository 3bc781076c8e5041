"""Working time in SQL equals a slow count of worked seconds, on every engine, across clocks that change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpicore import ConfigError, Mean, WorkingCalendar, facts, working_hours_between
from kpicore.model.workdays import public_holidays
from kpicore.query.working import EPOCH, day_table
from kpicore.testing import facts_from, measure

if TYPE_CHECKING:
    from sqlalchemy import Engine

ticket = facts.ticket.c

OFFICE = WorkingCalendar({"mon-fri": ("09:00-12:00", "13:00-18:00"), "sat": ("10:00-14:00",)}, "Europe/Berlin", holidays=("2024-10-03",))
NIGHT = WorkingCalendar({"mon-sun": ("22:00-06:30",)}, "America/New_York", workdays=("2024-03-10",))
ALWAYS = WorkingCalendar({"mon-sun": ("00:00-24:00",)}, "Asia/Shanghai")
CALENDARS = {"office": OFFICE, "night": NIGHT, "always": ALWAYS}


def is_worked(calendar: WorkingCalendar, moment: datetime) -> bool:
    """Tell, the slow way, whether a second of UTC is worked: by its local time and day, and the day before for shifts over midnight."""
    local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(calendar.time_zone or "UTC")).replace(tzinfo=None)
    for back in (0, 1):
        day = local.date() - timedelta(days=back)
        second = int((local - datetime.combine(day, datetime.min.time())).total_seconds())
        for names, shifts in calendar.shifts.items():
            first, _, last = names.partition("-")
            weekdays = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
            if not weekdays.index(first) <= day.weekday() <= weekdays.index(last or first) or day.isoformat() in calendar.holidays:
                continue
            for shift in shifts:
                start, end = ((int(time[:2]) * 60 + int(time[3:])) * 60 for time in shift.split("-"))
                if start <= second < (end if end > start else end + 86400):
                    return True
    return False


def slow_hours(calendar: WorkingCalendar, start: datetime, end: datetime) -> float:
    """Count worked hours by minutes, of which every one is worked as a whole or not at all, and the seconds at both ends."""
    cuts = [start, *(EPOCH + timedelta(minutes=at) for at in _minutes(start, end)), end]
    return sum((until - since).total_seconds() for since, until in pairwise(cuts) if is_worked(calendar, since)) / 3600


def _minutes(start: datetime, end: datetime) -> range:
    first, last = ((moment - EPOCH) // timedelta(minutes=1) for moment in (start, end))
    return range(first + 1, last + 1)


def hours(name: str) -> Mean:
    """Return the mean working hours from opening to resolution; one ticket per person makes it a duration."""
    value = working_hours_between(ticket.opened_at, ticket.resolved_at, name)
    return Mean(name="test.hours", title={"en": "", "zh": ""}, definition="", value=value, subject=ticket.owner_id, at=ticket.opened_at)


# Clocks change on 10 March and 3 November in New York, on 31 March and 27 October in Berlin.
SPANS = [
    ("2024-03-29T16:00:00", "2024-04-01T09:30:30"),
    ("2024-03-09T21:15:00", "2024-03-11T12:00:00"),
    ("2024-03-10T06:59:59", "2024-03-10T07:00:01"),
    ("2024-11-02T20:00:00", "2024-11-03T18:00:00"),
    ("2024-10-02T15:59:01", "2024-10-04T08:00:00"),
    ("2024-10-26T07:00:00", "2024-10-28T08:00:10"),
    ("2024-06-01T11:59:59", "2024-06-01T12:00:01"),
    ("2024-06-03T10:30:00", "2024-06-03T10:30:00"),
]


@pytest.mark.parametrize("name", CALENDARS)
def test_every_engine_counts_the_seconds(empty_database: Engine, name: str) -> None:
    """Weekends, a holiday, shifts over midnight and both changes of the clocks, to the second."""
    rows = [{"owner_id": f"p{at}", "opened_at": start, "resolved_at": end, "ticket_id": f"t{at}"} for at, (start, end) in enumerate(SPANS)]
    facts_from({"ticket": rows}, empty_database.url.render_as_string(hide_password=False)).dispose()

    found = measure(hours(name), empty_database, "2024", working=CALENDARS)

    expected = {f"p{at}": slow_hours(CALENDARS[name], *map(datetime.fromisoformat, span)) for at, span in enumerate(SPANS)}
    assert expected == pytest.approx(found, abs=1e-6)


@given(
    name=st.sampled_from(sorted(CALENDARS)),
    start=st.datetimes(datetime(2024, 1, 5), datetime(2024, 12, 20)).map(lambda each: each.replace(microsecond=0)),
    length=st.integers(0, 4 * 86400),
)
@settings(max_examples=60)
def test_day_table_is_the_slow_count(name: str, start: datetime, length: int) -> None:
    """Seconds before a day and spans within it add up to what counting minute by minute gives."""
    end = start + timedelta(seconds=length)
    table = day_table(CALENDARS[name], "UTC", date(2024, 1, 1), date(2024, 12, 31))

    assert (_up_to(table, end) - _up_to(table, start)) / 3600 == pytest.approx(slow_hours(CALENDARS[name], start, end), abs=1e-9)


def _up_to(table: Any, moment: datetime) -> float:
    row = table.rows[(moment - EPOCH).days - table.first]
    second = (moment - EPOCH).total_seconds() - row[0] * 86400
    return float(row[1] + sum(min(max(second - since, 0), until - since) for since, until in zip(row[2::2], row[3::2], strict=True)))


def test_moments_beyond_the_table() -> None:
    """A wrong date long ago counts from the first day that is known, and an end before the start is negative."""
    opened = {"owner_id": "ann", "ticket_id": "t1", "opened_at": "2024-06-03T10:00", "resolved_at": "1900-01-01"}
    back = {"owner_id": "ben", "ticket_id": "t2", "opened_at": "2024-06-03T10:00", "resolved_at": "2024-06-03T08:00"}

    found = measure(hours("always"), facts_from({"ticket": [opened, back]}), "2024-06", working=CALENDARS)

    assert found["ben"] == -2.0
    assert -24 * 366 * 35 < float(found["ann"]) < -24 * 365 * 34


def test_unknown_calendar() -> None:
    """A metric that asks for a calendar that the project does not have says how to add it."""
    database = facts_from({"ticket": [{"owner_id": "ann", "opened_at": "2024-06-03", "resolved_at": "2024-06-04"}]})

    with pytest.raises(ConfigError, match=r"the calendar 'offices' must be in the project file, as \[calendar.offices\]"):
        measure(hours("offices"), database, "2024-06", working=CALENDARS)


def test_holidays_of_a_country() -> None:
    """Spring Festival is free, and the Sunday before it is worked in its place."""
    pytest.importorskip("holidays")
    calendar = WorkingCalendar({"mon-fri": ("09:00-17:00",)}, country="CN")
    day = {number: calendar.spans(date(2024, 2, number), date(2024, 2, number)) for number in (4, 12, 19, 18)}

    assert {4: [(32400, 61200)], 12: [], 19: [(32400, 61200)], 18: [(32400, 61200)]} == day
    with pytest.raises(ConfigError, match="country must be an ISO 3166 code"):
        public_holidays("XX", None, 2024, 2024)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"shifts": {}}, "shifts must name at least one"),
        ({"shifts": {"monday": ("09:00-17:00",)}}, "shifts must be of weekdays"),
        ({"shifts": {"mon": ("9-17",)}}, "a shift must look like"),
        ({"shifts": {"mon": ("09:00-17:00",)}, "holidays": ("24.12.2024",)}, "holidays must be days"),
        ({"shifts": {"mon": ("09:00-17:00",)}, "time_zone": "Berlin"}, "time_zone must be an IANA name"),
    ],
)
def test_what_a_calendar_must_be(given: dict[str, Any], says: str) -> None:
    """Each mistake is told in words."""
    with pytest.raises(ConfigError, match=says):
        WorkingCalendar(**given)
