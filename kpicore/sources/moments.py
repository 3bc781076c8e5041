"""Times and days in DuckDB SQL: ISO or the declared forms, local time to UTC, and spans that are added."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kpicore.sources.mapping import LONGEST
from kpicore.sources.numerals import PLAIN
from kpicore.sources.quoting import listed, literal

if TYPE_CHECKING:
    from kpicore.sources.mapping import ColumnMap, Shift

_ISO = r"\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?"
_WITH_OFFSET = _ISO + r" ?(Z|[+-]\d{2}(:?\d{2})?)"
_MICROSECONDS = {"seconds": 1_000_000, "minutes": 60_000_000, "hours": 3_600_000_000}
_DAYS = {"days": 1, "weeks": 7}
_MONTHS = {"months": 1, "years": 12}
_YEARS = (1800, 9999)


def utc_macro(zone: str) -> str:
    """Return the SQL of the macro kpi_utc(local time), which every time without an offset passes.

    An ambiguous time (clocks set back) is its first occurrence; one that does not exist (clocks set forward) is moved
    forward by the gap. Built from Python's time zones, so that it needs no database extension.
    """
    body = "t" if zone == "UTC" else _tree(_offsets(ZoneInfo(zone)))
    return f"CREATE OR REPLACE TEMP MACRO kpi_utc(t) AS {body}"


def _offsets(zone: ZoneInfo) -> list[tuple[datetime, timedelta]]:
    """Return from which local time on which offset holds, 1900 to 2100; the first holds since ever."""
    here = datetime(1900, 1, 1, tzinfo=UTC)
    found = [(here.replace(tzinfo=None), _offset(zone, here))]
    while here.year < 2100:
        there = here + timedelta(days=1)
        before, after = found[-1][1], _offset(zone, there)
        if before != after:
            found.append((_change(zone, here, there).replace(tzinfo=None) + max(before, after), after))
        here = there
    return found


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _change(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    before = _offset(zone, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=1) // 2)
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    return high


def _tree(offsets: list[tuple[datetime, timedelta]]) -> str:
    if len(offsets) == 1:
        seconds = offsets[0][1] // timedelta(seconds=1)
        return f"(t - to_seconds({seconds}))" if seconds else "t"
    middle = len(offsets) // 2
    since = offsets[middle][0].isoformat(" ")
    return f"CASE WHEN t < TIMESTAMP '{since}' THEN {_tree(offsets[:middle])} ELSE {_tree(offsets[middle:])} END"


def read_time(kind: str, mapped: ColumnMap, text: str) -> dict[str, str]:
    """Return SQL for what the text says: b, the local time or day, and o, the moment in UTC where the text has an offset.

    A declared form is the only one; without one, ISO 8601 is read, with or without an offset.
    """
    local = _between(_local(mapped, text))
    if kind == "day":
        day = f"CAST({local} AS DATE)"
        return {"b": day if mapped.dates else f"coalesce({day}, {_offset_day(text)})"}
    return {"b": local} if mapped.dates else {"b": local, "o": _between(_offset_moment(text))}


def typed_time(kind: str, mapped: ColumnMap, local: str, moment: str | None, shift: str) -> str:
    """Return SQL for the value: moved by the declared span, and in UTC if it is a time."""
    calendar, elapsed = _moves(mapped.shift, shift)
    if kind == "day":
        return f"CAST({local}{calendar}{elapsed} AS DATE)"
    value = f"kpi_utc({local}{calendar}){elapsed}"
    return value if moment is None else f"coalesce({moment}{calendar}{elapsed}, {value})"


def _local(mapped: ColumnMap, text: str) -> str:
    if mapped.dates:
        return f"try_strptime({text}, [{listed(mapped.dates)[1:-1]}])"
    return f"CASE WHEN regexp_full_match({text}, '{_ISO}') THEN TRY_CAST({text} AS TIMESTAMP) END"


def _between(moment: str) -> str:
    return f"CASE WHEN year({moment}) BETWEEN {_YEARS[0]} AND {_YEARS[1]} THEN {moment} END"


def _offset_moment(text: str) -> str:
    # DuckDB's TIMESTAMP ignores an offset; TIMESTAMPTZ heeds it, but wants a colon in it.
    tidy = rf"regexp_replace({text}, ' ?([+-]\d{{2}})(\d{{2}})$', '\1:\2')"
    return f"CASE WHEN regexp_full_match({text}, '{_WITH_OFFSET}') THEN make_timestamp(epoch_us(TRY_CAST({tidy} AS TIMESTAMPTZ))) END"


def _offset_day(text: str) -> str:
    return f"CASE WHEN regexp_full_match({text}, '{_WITH_OFFSET}') THEN TRY_CAST(regexp_extract({text}, '^[0-9-]+') AS DATE) END"


def _moves(shift: Shift | None, column: str) -> tuple[str, str]:
    """Return what is added to the local time (calendar units) and to UTC (elapsed time); part of a day is elapsed time."""
    if shift is None:
        return "", ""
    amount = str(shift.amount) if shift.column is None else column
    sign = "+" if shift.sign > 0 else "-"
    if shift.unit in _MICROSECONDS:
        return "", f" {sign} {_elapsed(amount, _MICROSECONDS[shift.unit])}"
    if shift.unit in _MONTHS:
        return f" {sign} to_months(CAST({amount} * {_MONTHS[shift.unit]} AS INTEGER))", ""
    days = f"({amount} * {_DAYS[shift.unit]})"
    whole = f" {sign} to_days(CAST(trunc({days}) AS INTEGER))"
    return whole, "" if shift.column is None else f" {sign} {_elapsed(f'({days} - trunc({days}))', 86_400_000_000)}"


def _elapsed(amount: str, microseconds: int) -> str:
    return f"to_microseconds(CAST(round({amount} * {microseconds}) AS BIGINT))"


def span_of(shift: Shift, text: str) -> str:
    """Return SQL for the number by which a column moves a time; null where it is not one, or not a whole one of months or years."""
    form = r"[+-]?\d+(\.0*)?" if shift.unit in _MONTHS else PLAIN
    number = f"TRY_CAST(CASE WHEN regexp_full_match({text}, '{form}') THEN {text} END AS DECIMAL(18,6))"
    return f"CASE WHEN abs({number}) <= {LONGEST[shift.unit]} THEN {number} END"


def is_far(value: str) -> str:
    """Return the SQL condition of a time that has been moved out of the years that can be stored everywhere."""
    return f"coalesce(year({value}) NOT BETWEEN {_YEARS[0]} AND {_YEARS[1]}, false)"


def time_reason(column: str, mapped: ColumnMap, text: str) -> str:
    """Return SQL for the text that says why the time was not understood."""
    early = literal(f"{column} is not between the years {_YEARS[0]} and {_YEARS[1]}; two-digit years need a form with %y")
    cases = f"WHEN {_local(mapped, text)} IS NOT NULL THEN {early}"
    if mapped.dates:
        otherwise = f"{column} is not a time in the form {' or '.join(mapped.dates)}"
    else:
        slashed = literal(f'{column} is not an ISO date (2017-03-31); declare date = "%d/%m/%Y" or date = "%m/%d/%Y"')
        cases += rf" WHEN regexp_matches({text}, '^\d{{1,2}}/\d{{1,2}}/\d{{4}}') THEN {slashed}"
        otherwise = f'{column} is not an ISO date or time (2017-03-31, 2017-03-31 14:05:00); declare date = "..."'
    return f"CASE {cases} ELSE {literal(otherwise)} END"
