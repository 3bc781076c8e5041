"""Checks the constants, map targets and other fixed values of a mapping before any row is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
from attrs import evolve

from kpicore import facts
from kpicore.errors import ConfigError
from kpicore.sources.casts import compile_column
from kpicore.sources.moments import utc_macro
from kpicore.sources.quoting import name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpicore.sources.mapping import ColumnMap, MappingFile


def check_constants(plan: MappingFile) -> None:
    """Refuse fixed values that the canonical column cannot hold.

    Raises:
        ConfigError: with the place, the value and what the column expects.
    """
    with duckdb.connect() as connection:
        connection.execute(utc_macro("UTC"))
        for table in plan.tables:
            for column, mapped in table.columns.items():
                kind = facts.metadata.tables[table.fact].c[column].info["kind"]
                for what, value in _fixed(mapped):
                    _check(connection, column, kind, evolve(mapped, constant=value, columns=(), map=None, shift=None, following=None), what)


def _fixed(mapped: ColumnMap) -> Iterator[tuple[str, str]]:
    if mapped.constant is not None and mapped.map is None:
        yield "constant", mapped.constant
    for key, value in (mapped.map or {}).items():
        yield f"map {key!r}", value
    if mapped.otherwise is not None:
        yield "otherwise", mapped.otherwise


def _check(connection: duckdb.DuckDBPyConnection, column: str, kind: str, mapped: ColumnMap, what: str) -> None:
    if kind in {"id", "text"}:
        return
    one = compile_column(column, kind, mapped, lambda source: source)
    query = f"SELECT *, {one.mapped} AS {name(f'm_{column}')} FROM (SELECT {one.source} AS {name(f's_{column}')})"
    parts = ", ".join(f"{sql} AS {name(f'{part}_{column}')}" for part, sql in one.parts.items())
    row = connection.execute(f"SELECT CASE WHEN {one.bad} THEN {one.reason} END FROM (SELECT *, {parts} FROM ({query}))").fetchone()
    if row and row[0] is not None:
        raise ConfigError(f"{mapped.place}: {what} must fit the column (got {mapped.constant!r}): {row[0]}")
