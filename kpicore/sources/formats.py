"""Checks the date formats that a mapping declares: each one exists, and no text could be read by two of them as two different days."""

from __future__ import annotations

from datetime import datetime

import duckdb

from kpicore.errors import ConfigError

# Days up to 12 make day and month exchangeable; the years make two-digit years exchangeable with both.
_PROBES = tuple(datetime(year, month, day, 13, 4, 5) for year in (2001, 2010, 1999) for month, day in ((2, 3), (11, 12), (10, 1)))


def check_formats(place: str, formats: tuple[str, ...]) -> None:
    """Refuse formats that do not exist, and pairs that contradict each other.

    Raises:
        ConfigError: with the format, or the pair and a text that both can read.
    """
    if not formats:
        return
    with duckdb.connect() as connection:
        for form in formats:
            _check_one(connection, place, form)
        for number, form in enumerate(formats):
            for other in formats[number + 1 :]:
                _check_pair(connection, place, form, other)


def _check_one(connection: duckdb.DuckDBPyConnection, place: str, form: str) -> None:
    try:
        connection.execute("SELECT try_strptime('2001', ?)", [form]).fetchall()
    except duckdb.Error as error:
        raise ConfigError(f"{place}: {form!r} is not a date format ({error}); a valid one is '%Y-%m-%d'") from None
    if "%z" in form.replace("%%", "") or "%Z" in form.replace("%%", ""):
        raise ConfigError(f"{place}: {form!r} must not hold a time zone; ISO times with an offset are read without declaring a format")


def _check_pair(connection: duckdb.DuckDBPyConnection, place: str, form: str, other: str) -> None:
    query = "SELECT text FROM (SELECT strftime(t, $a) AS text FROM (SELECT unnest($probes::TIMESTAMP[]) AS t))"
    query += " WHERE try_strptime(text, $a) IS DISTINCT FROM try_strptime(text, $b) AND try_strptime(text, $b) IS NOT NULL LIMIT 1"
    for first, second in ((form, other), (other, form)):
        found = connection.execute(query, {"a": first, "b": second, "probes": list(_PROBES)}).fetchone()
        if found:
            both = f"{form!r} and {other!r}"
            raise ConfigError(f"{place}: the date formats {both} read {found[0]!r} as two different times; declare only one of them")
