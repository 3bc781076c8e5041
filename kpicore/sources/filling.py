"""Fills the canonical tables of the embedded database from the gathered rows, with their types, order and bookkeeping."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from kpicore import facts
from kpicore.sources.casts import DUCKDB_TYPES
from kpicore.sources.checks import EVENT_TABLES, MAIN_TIMES
from kpicore.sources.quoting import literal, name
from kpicore.sources.shaping import gathered, key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from duckdb import DuckDBPyConnection
    from sqlalchemy import Table

    from kpicore.sources.summary import LoadReport

EMPLOYEE = "employee.employee_id"
FEW = 1000
"""Text columns with at most so many different values become an ENUM, which DuckDB groups by fastest."""


def fill_tables(connection: DuckDBPyConnection, mapped: Mapping[str, list[str]]) -> None:
    """Create every canonical table and fill those that are mapped (table to its mapped columns)."""
    _create_employee_type(connection, mapped)
    for table in facts.metadata.sorted_tables:
        _fill_table(connection, table, mapped.get(table.name, []))


def people_columns(table: Table) -> list[str]:
    """Return the columns that name employees."""
    return [column.name for column in table.c if EMPLOYEE in {f"{table.name}.{column.name}", column.info.get("references")}]


def _create_employee_type(connection: DuckDBPyConnection, mapped: Mapping[str, list[str]]) -> None:
    parts = [
        f"SELECT {name(column)} AS id FROM {gathered(fact)} WHERE __state = 'loaded'"
        for fact, columns in mapped.items()
        for column in people_columns(facts.metadata.tables[fact])
        if column in columns
    ]
    people = " UNION ".join(parts) or "SELECT NULL::VARCHAR AS id"
    connection.execute(f"CREATE TYPE employee_id AS ENUM (SELECT id FROM ({people}) WHERE id IS NOT NULL ORDER BY id)")


def _fill_table(connection: DuckDBPyConnection, table: Table, mapped: list[str]) -> None:
    types = {column.name: DUCKDB_TYPES[column.info["kind"]] for column in table.c}
    types.update(dict.fromkeys(people_columns(table), "employee_id"))
    types.update(_enumerated(connection, table, mapped))
    columns = ", ".join(f"{name(column)} {kind}" for column, kind in types.items())
    connection.execute(f"CREATE TABLE {name(table.name)} ({columns})")
    if mapped:
        listed = ", ".join(name(column) for column in mapped)
        order = ", ".join(f"{name(column)} NULLS LAST" for column in _order(table, mapped))
        rows = f"SELECT {listed} FROM {gathered(table.name)} WHERE __state = 'loaded' ORDER BY {order}"
        connection.execute(f"INSERT INTO {name(table.name)} ({listed}) {rows}")


def _order(table: Table, mapped: list[str]) -> list[str]:
    first = MAIN_TIMES.get(table.name, ())[:1] if table.name in EVENT_TABLES else ()
    return [*(column for column in first if column in mapped), key_of(table)]


def _enumerated(connection: DuckDBPyConnection, table: Table, mapped: list[str]) -> dict[str, str]:
    texts = [column for column in mapped if table.c[column].info["kind"] == "text"]
    if not texts:
        return {}
    source = f"FROM {gathered(table.name)} WHERE __state = 'loaded'"
    # The estimate, good to a few percent, spares the exact count of columns that are far from few.
    rough = (
        connection.execute(f"SELECT {', '.join(f'approx_count_distinct({name(column)})' for column in texts)} {source}").fetchone() or ()
    )
    found = {}
    for column, estimate in zip(texts, rough, strict=True):
        if estimate > 2 * FEW:
            continue
        kind = f"{table.name}__{column}"
        values = f"SELECT DISTINCT {name(column)} AS one {source} AND {name(column)} IS NOT NULL"
        count = connection.execute(f"SELECT count(*) FROM ({values})").fetchone()
        if count and 0 < count[0] <= FEW:
            connection.execute(f"CREATE TYPE {name(kind)} AS ENUM (SELECT one FROM ({values}) ORDER BY one)")
            found[column] = name(kind)
    return found


def record(
    connection: DuckDBPyConnection, report: LoadReport, meta: Mapping[str, str], mapped: Mapping[str, list[str]], sources: Sequence[str]
) -> None:
    """Write the bookkeeping tables: what was loaded from where, what was set aside, what was noted."""
    _record_rejects(connection, dict.fromkeys(one.fact for one in report.tables), sources)
    counts = ("rows_read", "rows_loaded", "rows_rejected", "rows_repeated", "rows_left_out")
    loads = [(one.fact, one.source, *(getattr(one, count) for count in counts)) for one in report.tables]
    _write(connection, "kpicore_load", {"fact": "VARCHAR", "source": "VARCHAR", **dict.fromkeys(counts, "BIGINT")}, loads)
    noted = {"table_name": "VARCHAR", "column_name": "VARCHAR", "kind": "VARCHAR", "rows": "BIGINT", "sample": "VARCHAR"}
    _write(connection, "kpicore_note", noted, [(note.table, note.column, note.kind, note.rows, note.sample) for note in report.notes])
    _record_columns(connection, mapped)
    told = {**meta, "report": json.dumps(report.to_dict(), ensure_ascii=False)}
    _write(connection, "kpicore_meta", {"name": "VARCHAR", "value": "VARCHAR"}, list(told.items()))


def _record_rejects(connection: DuckDBPyConnection, filled: Iterable[str], sources: Sequence[str]) -> None:
    connection.execute(
        "CREATE TABLE reject (table_name VARCHAR, row_key VARCHAR, column_name VARCHAR,"
        " value VARCHAR, reason VARCHAR, file VARCHAR, line BIGINT)"
    )
    files = "CASE __block " + " ".join(f"WHEN {number} THEN {literal(source)}" for number, source in enumerate(sources)) + " END"
    for fact in filled:
        connection.execute(
            f"INSERT INTO reject SELECT {literal(fact)}, __key, __column, __value, __reason, {files}, __line FROM {gathered(fact)}"
            " WHERE __state = 'rejected' ORDER BY __block, __row"
        )


def _record_columns(connection: DuckDBPyConnection, mapped: Mapping[str, list[str]]) -> None:
    rows = []
    for table in facts.metadata.sorted_tables:
        columns = mapped.get(table.name, [])
        counts = ", ".join(f"count({name(column.name)})" for column in table.c)
        filled = connection.execute(f"SELECT {counts} FROM {name(table.name)}").fetchone() or ()
        rows += [(table.name, column.name, column.name in columns, count) for column, count in zip(table.c, filled, strict=True)]
    _write(
        connection, "kpicore_column", {"table_name": "VARCHAR", "column_name": "VARCHAR", "is_mapped": "BOOLEAN", "filled": "BIGINT"}, rows
    )


def _write(connection: DuckDBPyConnection, table: str, columns: Mapping[str, str], rows: Sequence[tuple[object, ...]]) -> None:
    """Create a small table in one go; a statement for every row would take longer than the load of a small file."""
    listed = ", ".join(f"{name(column)} {kind}" for column, kind in columns.items())
    connection.execute(f"CREATE TABLE {table} ({listed})")
    if rows:
        marks = ", ".join("(" + ", ".join("?" * len(columns)) + ")" for _ in rows)
        connection.execute(f"INSERT INTO {table} VALUES {marks}", [value for row in rows for value in row])


def horizon(connection: DuckDBPyConnection) -> str | None:
    """Return the latest event of all tables, ISO, UTC; plans and ends of spans do not count."""
    parts = [f"SELECT max({name(column)}) AS moment FROM {name(fact)}" for fact, columns in MAIN_TIMES.items() for column in columns]
    row = connection.execute(f"SELECT max(moment) FROM ({' UNION ALL '.join(parts)})").fetchone()
    return row[0].isoformat() if row and row[0] is not None else None
