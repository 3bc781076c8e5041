"""Local time to UTC, compared with Python's own time zones."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.sources.moments import utc_macro

ZONES = ("UTC", "Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu")


@pytest.fixture(scope="module")
def connections() -> dict[str, duckdb.DuckDBPyConnection]:
    """Return a connection with the macro for each zone."""
    found = {}
    for zone in ZONES:
        found[zone] = duckdb.connect()
        found[zone].execute(utc_macro(zone))
    return found


def to_utc(connection: duckdb.DuckDBPyConnection, local: datetime) -> datetime:
    """Return what the macro makes of a local time."""
    row = connection.execute("SELECT kpi_utc(?::TIMESTAMP)", [local]).fetchone()
    assert row is not None
    return datetime.fromisoformat(str(row[0]))


@given(st.sampled_from(ZONES), st.datetimes(datetime(1901, 1, 1), datetime(2099, 12, 31)))
def test_agrees_with_python(connections: dict[str, duckdb.DuckDBPyConnection], zone: str, local: datetime) -> None:
    """The first of two, and past the gap: what Python calls fold 0."""
    expected = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)

    assert expected == to_utc(connections[zone], local)


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        (datetime(2024, 3, 31, 1, 59), datetime(2024, 3, 31, 0, 59)),
        (datetime(2024, 3, 31, 2, 30), datetime(2024, 3, 31, 1, 30)),
        (datetime(2024, 3, 31, 3, 0), datetime(2024, 3, 31, 1, 0)),
        (datetime(2024, 10, 27, 2, 30), datetime(2024, 10, 27, 0, 30)),
        (datetime(2024, 10, 27, 3, 0), datetime(2024, 10, 27, 2, 0)),
    ],
)
def test_the_hours_of_change(connections: dict[str, duckdb.DuckDBPyConnection], local: datetime, expected: datetime) -> None:
    """Berlin 2024: 02:30 does not exist in March and exists twice in October."""
    assert expected == to_utc(connections["Europe/Berlin"], local)
