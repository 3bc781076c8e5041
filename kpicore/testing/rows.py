"""Canonical facts from rows written by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Boolean, Column, Integer, MetaData, String, Table, create_engine
from sqlalchemy.pool import StaticPool

from kpicore import facts
from kpicore.errors import ConfigError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from sqlalchemy import Engine

_COLUMNS = Table(
    "kpicore_column",
    MetaData(),
    Column("table_name", String(255)),
    Column("column_name", String(255)),
    Column("is_mapped", Boolean(create_constraint=False)),
    Column("filled", Integer),
)
"""Which columns a source fills, as `kpicore load` writes it down."""


def facts_from(rows: Mapping[str, Sequence[Mapping[str, object]]], url: str = "duckdb:///:memory:") -> Engine:
    """Make a database of canonical facts from rows written by hand.

    A column that no row of a table mentions is one that the source does not have, so a metric that needs it answers `not_testable`;
    write None for a value that is merely missing. Keys may be left out and are then numbered: 'sale-1', 'sale-2', ...

    Args:
        rows: canonical table -> its rows, each column -> value. Times are datetimes or ISO text; those with a time zone become UTC.
        url: an empty database: DuckDB in memory unless given, or e.g. 'sqlite://'.
    Raises:
        ConfigError: there is no such table or column, a key repeats, or a time cannot be read.
    """
    given = {_table(name): list(written) for name, written in rows.items()}
    complete = {table: _complete(table, written) for table, written in given.items()}
    mapped = [note for table, written in given.items() for note in _mapped(table, written)]
    engine = create_engine(url, poolclass=StaticPool)
    _COLUMNS.create(engine)
    facts.metadata.create_all(engine)
    with engine.begin() as connection:
        for table, values in [*complete.items(), (_COLUMNS, mapped)]:
            if values:
                connection.execute(table.insert(), values)
    return engine


def _table(name: str) -> Table:
    if name not in facts.metadata.tables:
        raise ConfigError(f"rows must be of a canonical table (got {name!r}){nearest(name, facts.metadata.tables)}")
    return facts.metadata.tables[name]


def _complete(table: Table, written: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    (key,) = table.primary_key.columns
    filled = [_row(table, row, number) for number, row in enumerate(written, 1)]
    seen: set[object] = set()
    for row in filled:
        if row[key.name] in seen:
            raise ConfigError(f"the keys of {table.name} must differ (got {row[key.name]!r} twice)")
        seen.add(row[key.name])
    return filled


def _row(table: Table, written: Mapping[str, object], number: int) -> dict[str, object]:
    for name in written:
        if name not in table.c:
            raise ConfigError(f"{table.name} has no column {name!r} (in its row {number}){nearest(name, table.c.keys())}")
    row = {column.name: _value(column, written.get(column.name)) for column in table.c}
    (key,) = table.primary_key.columns
    return {**row, key.name: f"{table.name}-{number}" if row[key.name] is None else row[key.name]}


def _value(column: Column[Any], value: object) -> object:
    kind = column.info["kind"]
    if kind not in ("time", "day") or value is None:
        return value
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise ConfigError(f"{column.table.name}.{column.name} must be a time like '2024-05-01T09:30' (got {value!r})") from None
    if isinstance(moment, datetime):
        moment = moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
        return moment.date() if kind == "day" else moment
    if isinstance(moment, date):
        return moment if kind == "day" else datetime(moment.year, moment.month, moment.day)
    raise ConfigError(f"{column.table.name}.{column.name} must be a datetime or ISO text (got {value!r})")


def _mapped(table: Table, written: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    mentioned = {name for row in written for name in row} | set(table.primary_key.columns.keys())
    counts = {column.name: sum(row.get(column.name) is not None for row in written) for column in table.c}
    return [
        {"table_name": table.name, "column_name": name, "is_mapped": not written or name in mentioned, "filled": count}
        for name, count in counts.items()
    ]
