"""Every moment falls into exactly one window, and the key that the engine computes says which."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column as SqlColumn
from sqlalchemy import DateTime, MetaData, String, Table, cast, create_engine, insert, literal, select, text
from sqlalchemy.dialects import mysql

from kpicore.errors import PeriodError
from kpicore.model.period import Calendar, Period, parse, split
from kpicore.query.windows import Windows, utc_offsets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Shanghai",
    "Asia/Kathmandu",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Pacific/Apia",
)
UNITS: tuple[Any, ...] = ("day", "week", "month", "quarter", "half")
MOMENTS = sorted(
    {datetime(2011, 1, 1) + timedelta(hours=29 * n, seconds=n) for n in range(600)}
    | {datetime(2011, 12, 30, 9, 59, 59) + timedelta(seconds=n) for n in range(3)}
    | {datetime(2011, 10, 16, 2, 59, 59) + timedelta(microseconds=999_999 * n) for n in range(4)}
)


def windows_of(unit: Any, zone: str, fiscal: int = 1) -> Windows:
    """Return the windows of a unit over 2011, or over the 52 weeks from its first Monday."""
    calendar = Calendar(zone, fiscal)
    whole = parse("2011", calendar)
    if unit == "week":
        monday = whole.start + timedelta(days=-whole.start.weekday() % 7)
        whole = Period(monday, monday + timedelta(weeks=52), "52 weeks")
    return Windows.of(split(whole, unit, calendar), calendar)


@pytest.fixture(scope="module")
def moments(database: Engine) -> Iterator[tuple[Engine, Table]]:
    """Yield a database with a table of moments."""
    time = DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
    table = Table("moment", MetaData(), SqlColumn("at", time))
    table.create(database)
    with database.begin() as connection:
        connection.execute(insert(table), [{"at": moment} for moment in MOMENTS])
    yield database, table
    table.drop(database)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("unit", UNITS)
def test_the_engine_places_moments_as_a_clock_on_the_wall(moments: tuple[Engine, Table], unit: Any, zone: str) -> None:
    """Condition and key of every engine against the local time that Python's zone database gives."""
    database, table = moments
    windows = windows_of(unit, zone, 4)
    key = windows.key(table.c.at)
    assert key is not None
    with database.connect() as connection:
        rows = connection.execute(select(table.c.at, key).where(windows.condition(table.c.at))).all()

    found = {at: int(windows.decode(code)) for at, code in rows}

    locals_ = {at: at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) for at in MOMENTS}
    expected = {at: n for at, local in locals_.items() for n, span in enumerate(windows.periods) if span.start <= local < span.end}
    assert expected == found


@given(st.sampled_from(ZONES), st.sampled_from(UNITS), st.integers(1, 12), st.sampled_from(MOMENTS))
def test_a_moment_falls_into_exactly_one_window(zone: str, unit: Any, fiscal: int, moment: datetime) -> None:
    """Inside the whole span one window holds the moment, outside none does."""
    windows = windows_of(unit, zone, fiscal)
    ((start, end),) = windows.runs()

    holding = [1 for since, until in windows.bounds if since <= moment < until]

    assert ([1] if start <= moment < end else []) == holding


@pytest.mark.parametrize("fraction", ["", ".000000", ".000"])
@pytest.mark.parametrize("months", [("2017-02",), ("2017-02", "2017-03"), ("2017-02", "2017-04")])
def test_sqlite_texts_with_and_without_a_fraction(fraction: str, months: tuple[str, ...]) -> None:
    """A host may store whole seconds only: the first moment of a window is in it, the first after it is not."""
    windows = Windows.of([parse(month) for month in months], Calendar())
    with create_engine("sqlite://").connect() as connection:
        connection.execute(text("CREATE TABLE moment (at TEXT)"))
        texts = [f"2017-{month:02d}-01 00:00:00{fraction}" for month in range(1, 6)]
        connection.execute(text("INSERT INTO moment VALUES (:at)"), [{"at": each} for each in texts])
        at: Any = SqlColumn("at", DateTime())
        table = Table("moment", MetaData(), at)
        found = connection.execute(select(cast(table.c.at, String)).where(windows.condition(table.c.at))).scalars().all()

    assert [f"{month}-01 00:00:00{fraction}" for month in months] == found


def test_windows_with_gaps_have_a_key_of_their_own() -> None:
    """Adjacent windows are joined to one run, the key is the position, repeats are dropped."""
    calendar = Calendar("UTC")
    windows = Windows.of([parse("2017-05"), parse("2017-01"), parse("2017-04"), parse("2017-01-01/2017-02-01")], calendar)

    assert ["2017-01", "2017-04", "2017-05"] == [period.name for period in windows.periods]
    assert [(datetime(2017, 1, 1), datetime(2017, 2, 1)), (datetime(2017, 4, 1), datetime(2017, 6, 1))] == windows.runs()
    assert [0, 1, 2] == windows.codes


def test_one_window_needs_no_key() -> None:
    """The condition alone says it."""
    assert Windows.of([parse("2017")], Calendar()).key(literal(datetime(2017, 1, 1))) is None


def test_overlapping_periods_are_refused() -> None:
    """A fact could fall into both."""
    with pytest.raises(PeriodError) as caught:
        Windows.of([parse("2017-Q1"), parse("2017-03")], Calendar())

    assert "periods measured together must not overlap (got 2017-Q1 and 2017-03)" == str(caught.value)


def test_offsets_change_at_the_second() -> None:
    """Berlin's clocks in 2017, to the second."""
    found = utc_offsets("Europe/Berlin", datetime(2017, 1, 1), datetime(2018, 1, 1))

    expected = ((datetime(2017, 1, 1), 3600), (datetime(2017, 3, 26, 1), 7200), (datetime(2017, 10, 29, 1), 3600))
    assert expected == found
