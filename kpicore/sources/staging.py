"""Brings the files and tables that a mapping names into DuckDB as text, unchanged but for blanks around the values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from attrs import frozen

from kpicore.errors import ConfigError, nearest
from kpicore.sources.quoting import name
from kpicore.sources.text import LINE, PROBLEM, RECORD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from duckdb import DuckDBPyConnection

    from kpicore.model.source import Reader
    from kpicore.sources.progress import Tracker


@frozen
class Staged:
    """One file or table of the source as text in DuckDB."""

    table: str
    """Name of the staging table: __row (from 1), __line, __problem, __record, c0, c1, ..."""
    cells: Mapping[str, str]
    """Source column to staging column."""
    rows: int


def stage(connection: DuckDBPyConnection, reader: Reader, source: str, reads: Mapping[str, str], number: int, tracker: Tracker) -> Staged:
    """Read one file or table.

    Args:
        connection: where the staging table goes.
        reader: the source.
        source: name of the file or table.
        reads: the columns that are needed, each with the place of the mapping that needs it.
        number: makes the staging table's name unique.
        tracker: is told how many rows have been read.

    Raises:
        SourceError: the source cannot be read.
        ConfigError: the source lacks a column.
    """
    cells = {column: f"c{position}" for position, column in enumerate(reads)}
    table = f"raw_{number}"
    columns = ", ".join(f"{cell} VARCHAR" for cell in ["__problem", "__record", *cells.values()])
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} (__row BIGINT, __line BIGINT, {columns})")
    rows = 0
    for batch in reader.read(source):
        if not rows:
            _check_columns(batch.schema.names, source, reads)
        rows += _insert(connection, table, batch, list(reads), rows)
        tracker.reading(source, rows)
    return Staged(table, cells, rows)


def _insert(connection: DuckDBPyConnection, table: str, batch: pa.RecordBatch, columns: list[str], before: int) -> int:
    if not batch.num_rows:
        return 0
    held = set(batch.schema.names)
    arrays = {name_: _stripped(batch.column(name_)) for name_ in dict.fromkeys([*columns, *sorted({LINE, PROBLEM, RECORD} & held)])}
    arrays["__row"] = pa.array(range(before + 1, before + batch.num_rows + 1), pa.int64())
    marks = ", ".join(one if one in held else "NULL" for one in (LINE, PROBLEM, RECORD))
    cells = "".join(f", nullif(CAST({name(column)} AS VARCHAR), '')" for column in columns)
    connection.register("batch", pa.table(arrays))
    connection.execute(f"INSERT INTO {table} SELECT __row, {marks}{cells} FROM batch")
    connection.unregister("batch")
    return int(batch.num_rows)


def _stripped(values: pa.Array) -> pa.Array:
    return pc.utf8_trim_whitespace(values) if pa.types.is_string(values.type) or pa.types.is_large_string(values.type) else values


def _check_columns(held: list[str], source: str, reads: Mapping[str, str]) -> None:
    present = [column for column in held if not column.startswith("__")]
    absent = [column for column in reads if column not in present]
    if not absent:
        return
    if len(absent) == len(reads) and len(absent) > 1:
        advice = '; if its first line is data, declare the columns: header = ["...", ...]'
    else:
        advice = nearest(absent[0], present) if len(present) > 12 else _close(absent[0], present)
    raise ConfigError(f"{reads[absent[0]]}: {source} has no column {absent[0]!r}{advice}; it has {', '.join(map(repr, present))}")


def _close(column: str, present: list[str]) -> str:
    advice = nearest(column, present)
    return advice if "did you mean" in advice else ""


def sources_of(places: Iterator[tuple[str, str, str]]) -> dict[str, dict[str, str]]:
    """Return source to its needed columns, each with the first place that needs it, from (source, column, place)."""
    found: dict[str, dict[str, str]] = {}
    for source, column, place in places:
        found.setdefault(source, {}).setdefault(column, place)
    return found
