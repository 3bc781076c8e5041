"""Days and clocks: which days are worked, and that local time and UTC agree with the standard library at every hour of the year."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from kpicore.model.period import Calendar
from kpicore.worlds.timeline import Timeline

ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]
HOURS = [datetime(2024, 1, 1) + timedelta(minutes=30 * at) for at in range(2 * 24 * 366)]


@pytest.mark.parametrize("time_zone", ZONES)
def test_local_to_utc(time_zone: str) -> None:
    """Every half hour of the year becomes the UTC time that the project's calendar gives it, also where clocks change."""
    expected = [Calendar(time_zone).utc(moment) for moment in HOURS]

    actual = Timeline(date(2024, 1, 1), 1, time_zone).utc(np.arange(len(HOURS), dtype=np.float64) * 1800)

    assert expected == actual.to_pylist()


@pytest.mark.parametrize("time_zone", ZONES)
def test_utc_to_local(time_zone: str) -> None:
    """Every half hour of UTC becomes the local time that the standard library gives it."""
    expected = [moment.replace(tzinfo=UTC).astimezone(ZoneInfo(time_zone)).replace(tzinfo=None) for moment in HOURS]

    actual = Timeline(date(2024, 1, 1), 1, time_zone).local(pa.chunked_array([pa.array(HOURS, pa.timestamp("us"))]))

    assert expected == actual.to_pylist()


def test_none_stays_none() -> None:
    """A moment that is missing is null in UTC, and null in local time."""
    timeline = Timeline(date(2024, 1, 1), 1, "Asia/Shanghai")

    utc = timeline.utc(np.array([np.nan, 0.0]))

    assert [None, datetime(2023, 12, 31, 16)] == utc.to_pylist()
    assert [None, datetime(2024, 1, 1)] == timeline.local(pa.chunked_array([utc])).to_pylist()


def test_days_of_two_years() -> None:
    """2024 and 2025 have 731 days and eight quarters; the world begins on a Monday that is a holiday."""
    timeline = Timeline(date(2024, 1, 1), 2, "Asia/Shanghai")

    assert 731 == timeline.days
    assert [0, 91, 182, 274, 366, 456, 547, 639, 731] == timeline.quarters
    assert (0, True, False) == (timeline.weekday[0], timeline.is_holiday[0], timeline.is_worked[0])


def test_month_ends_are_five_days_a_month() -> None:
    """The last five days of each of twelve months are busier."""
    timeline = Timeline(date(2025, 1, 1), 1, "UTC")

    assert 5 * 12 == timeline.is_month_end.sum()
    assert timeline.dates[timeline.is_month_end][:5].astype(str).tolist() == [f"2025-01-{day}" for day in range(27, 32)]
