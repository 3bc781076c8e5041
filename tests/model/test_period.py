"""Periods tile time, read back from their names, and move by their own unit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import ConfigError, PeriodError
from kpicore.model.period import Calendar, Period, Unit, add_months, name_of, parse, shift, split, year_ago

if TYPE_CHECKING:
    from collections.abc import Sequence

MONTH_UNITS = ("month", "quarter", "half", "year")
units = st.sampled_from([unit for unit in get_args(Unit) if unit != "range"])
calendars = st.builds(Calendar, time_zone=st.just("UTC"), fiscal_year_start=st.integers(1, 12))
years = st.integers(1950, 2080)


def span(text: str, calendar: Calendar | None = None) -> tuple[str, str]:
    """Return start and end of a period as days."""
    period = parse(text, calendar)
    return period.start.date().isoformat(), period.end.date().isoformat()


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2017", "2017-01-01", "2018-01-01"),
        ("2017-H2", "2017-07-01", "2018-01-01"),
        ("2017-Q3", "2017-07-01", "2017-10-01"),
        ("2017-07", "2017-07-01", "2017-08-01"),
        ("2020-W53", "2020-12-28", "2021-01-04"),
        ("2017-W01", "2017-01-02", "2017-01-09"),
        ("2016-02-29", "2016-02-29", "2016-03-01"),
        ("2017-07-01/2017-10-01", "2017-07-01", "2017-10-01"),
        (" 2017-Q3 ", "2017-07-01", "2017-10-01"),
    ],
)
def test_parse_reads_every_form(text: str, start: str, end: str) -> None:
    """Each form of the contract, with its half-open bounds."""
    assert (start, end) == span(text)


def test_fiscal_periods_begin_in_the_fiscal_month() -> None:
    """With April first, the fourth quarter ends in the next calendar year; months stay calendar months."""
    april = Calendar("UTC", 4)

    assert ("2017-04-01", "2018-04-01") == span("2017", april)
    assert ("2018-01-01", "2018-04-01") == span("2017-Q4", april)
    assert ("2017-10-01", "2018-04-01") == span("2017-H2", april)
    assert ("2017-04-01", "2017-05-01") == span("2017-04", april)


@pytest.mark.parametrize("text", ["2017-13", "2017-02-29", "2017-W53", "2017-W00", "2017-10-01/2017-10-01", "9999-12-31", "0000", "9999"])
def test_a_period_that_does_not_exist_is_refused(text: str) -> None:
    """The message names it."""
    with pytest.raises(PeriodError, match=f"^period '{text}' does not exist: "):
        parse(text)


@pytest.mark.parametrize("text", ["", "17", "2017-Q5", "2017-7", "2017Q3", "last month", "2017-01-01/", "2017-01-01..2017-02-01"])
def test_what_is_not_a_period_is_refused_with_the_forms(text: str) -> None:
    """The message shows how periods look."""
    with pytest.raises(PeriodError) as caught:
        parse(text)

    expected = "a period must look like 2017, 2017-H2, 2017-Q3, 2017-07, 2017-W31, 2017-07-14 or 2017-07-01/2017-10-01"
    assert f"{expected} (got {text!r})" == str(caught.value)


@given(years, units, calendars)
def test_parts_tile_the_year(year: int, unit: Unit, calendar: Calendar) -> None:
    """Consecutive parts of a fiscal year leave no gap and do not overlap; weeks tile from Monday to Monday."""
    whole = parse(str(year), calendar)
    if unit == "week":
        first = whole.start - timedelta(days=whole.start.weekday())
        whole = Period(first, first + timedelta(weeks=52), "52 weeks")

    parts = split(whole, unit, calendar)

    assert (whole.start, whole.end) == (parts[0].start, parts[-1].end)
    assert [part.end for part in parts[:-1]] == [part.start for part in parts[1:]]


@given(years, units, calendars, st.integers(0, 40))
def test_names_read_back(year: int, unit: Unit, calendar: Calendar, at: int) -> None:
    """The name of a part is the text that parses to it."""
    whole = parse(str(year), calendar)
    first = whole.start - timedelta(days=whole.start.weekday())
    parts: Sequence[Period] = split(Period(first, first + timedelta(weeks=52), "x") if unit == "week" else whole, unit, calendar)
    part = parts[at % len(parts)]

    assert part == parse(part.name, calendar)
    assert part.name == name_of(part.start, part.end, unit, calendar)


@given(years, units, calendars, st.integers(-30, 30))
def test_shifting_there_and_back_changes_nothing(year: int, unit: Unit, calendar: Calendar, count: int) -> None:
    """A shift keeps the unit, is undone by its opposite, and a shift by one is the neighbour."""
    whole = parse(str(year), calendar)
    first = whole.start - timedelta(days=whole.start.weekday())
    part = split(Period(first, first + timedelta(weeks=52), "x") if unit == "week" else whole, unit, calendar)[0]

    there = shift(part, count, calendar)

    assert part == shift(there, -count, calendar)
    assert there == parse(there.name, calendar)
    assert there.end == shift(there, 1, calendar).start


@given(st.dates(datetime(1950, 1, 1).date(), datetime(2080, 1, 1).date()), st.integers(1, 400))
def test_a_range_moves_by_its_own_length(day: object, length: int) -> None:
    """The range before ends where this one begins."""
    start = datetime.fromisoformat(str(day))
    period = Period(start, start + timedelta(days=length), "x")

    before = shift(period, -1)

    assert (start - timedelta(days=length), start) == (before.start, before.end)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2017-Q3", "2016-07-01", "2016-10-01"),
        ("2017-02", "2016-02-01", "2016-03-01"),
        ("2017-02-28", "2016-02-28", "2016-02-29"),
        ("2016-02-29", "2015-02-28", "2015-03-01"),
        ("2017-W10", "2016-W10", ""),
        ("2020-W53", "2020-W01", ""),
        ("2024-02-28/2024-02-29", "2023-02-28", "2023-03-01"),
        ("2017-03-20/2017-11-07", "2016-03-20", "2016-11-07"),
    ],
)
def test_a_year_ago(text: str, start: str, end: str) -> None:
    """The same period of the year before; a day stays one day, a week a week with the same weekdays."""
    before = year_ago(parse(text))

    assert (start, end) == (before.start.date().isoformat(), before.end.date().isoformat()) if end else start == before.name


def test_add_months_keeps_to_the_last_day() -> None:
    """31 January and one month is the last of February, and never a day of March."""
    assert datetime(2017, 2, 28, 9) == add_months(datetime(2017, 1, 31, 9), 1)
    assert datetime(2015, 2, 28) == add_months(datetime(2016, 2, 29), -12)


def test_split_refuses_what_does_not_tile() -> None:
    """Weeks do not tile a month, quarters not a month, ranges nothing."""
    with pytest.raises(PeriodError, match=r"^weeks do not tile 2017-07; use a period that starts and ends with a week$"):
        split(parse("2017-07"), "week")
    with pytest.raises(PeriodError, match=r"^quarters do not tile 2017-02; "):
        split(parse("2017-02"), "quarter")
    with pytest.raises(PeriodError, match=r"^a period cannot be split into ranges"):
        split(parse("2017"), "range")


def test_calendar_refuses_what_is_no_zone_or_month() -> None:
    """An abbreviation is not a zone, 13 not a month."""
    with pytest.raises(ConfigError, match=r"^time_zone must be an IANA name such as 'Asia/Shanghai' \(got 'Berlin'\)$"):
        Calendar("Berlin")
    with pytest.raises(ConfigError, match=r"^fiscal_year_start must be a month from 1 to 12 \(got 13\)$"):
        Calendar("UTC", 13)


def test_to_dict_gives_days_where_they_say_all() -> None:
    """Start and end are days unless there is a time of day."""
    expected = {"name": "2017-Q3", "start": "2017-07-01", "end": "2017-10-01"}

    assert expected == parse("2017-Q3").to_dict()
