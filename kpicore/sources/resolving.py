"""Fills customer_entity: reads the customers, finds those that are one, and writes them down; at a load, or in a database used in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import sqlalchemy as sa

from kpicore import facts
from kpicore.entities.records import COLUMNS
from kpicore.entities.resolution import resolve
from kpicore.errors import SourceError
from kpicore.sources.inplace import available
from kpicore.sources.quoting import name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from duckdb import DuckDBPyConnection
    from sqlalchemy import Connection, Engine, Table

    from kpicore.entities.resolution import Resolution
    from kpicore.model.matching import Matcher, Matching

ROWS_AT_ONCE = 10_000
"""Rows written with one statement."""


def fill_entities(connection: DuckDBPyConnection, mapped: Sequence[str], matching: Matching, matchers: Mapping[str, Matcher]) -> Resolution:
    """Resolve the customers that were just loaded, of which the columns `mapped` are filled."""
    wanted = [column for column in COLUMNS if column in mapped]
    kept = _kept(mapped)
    order = [f"{column} NULLS LAST" for column in ("created_at",) if column in mapped]
    read = f"SELECT {', '.join(f'CAST({name(each)} AS VARCHAR) AS {name(each)}' for each in wanted)} FROM customer"
    table = connection.execute(f"{read} WHERE {kept} ORDER BY {', '.join([*order, 'customer_id'])}").to_arrow_table()
    found = resolve(table, matching, matchers)
    connection.register("resolved", found.rows)
    connection.execute(
        "INSERT INTO customer_entity SELECT customer_id, entity_id, matched_by, owner_id FROM resolved JOIN customer USING (customer_id)"
        " ORDER BY customer_id"
    )
    connection.unregister("resolved")
    return found


def _kept(columns: Sequence[str]) -> str:
    """Return which records are looked at: no tests, and deleted ones only where they were merged into another."""
    deleted = ["deleted_at IS NULL" if "merged_into" not in columns else "(deleted_at IS NULL OR merged_into IS NOT NULL)"]
    tests = ["is_test IS NOT TRUE"]
    return " AND ".join([*(deleted if "deleted_at" in columns else []), *(tests if "is_test" in columns else [])]) or "TRUE"


def entity_columns(mapped: Sequence[str]) -> list[str]:
    """Return the columns of customer_entity that are filled where those of customer are."""
    return [column.name for column in facts.customer_entity.c if column.name != "owner_id" or "owner_id" in mapped]


def resolve_in_place(engine: Engine, matching: Matching, matchers: Mapping[str, Matcher], *, is_written: bool = True) -> Resolution:
    """Resolve the customers of a database that is used in place, and write customer_entity there, anew.

    Raises:
        SourceError: it has no customers, has customer_entity as a view of its own, or refuses to be written.
    """
    columns = available(engine).get("customer", frozenset())
    if not columns:
        raise SourceError("the database must have the canonical table or view customer, whose records are to be matched (it has not)")
    try:
        with engine.begin() as connection:
            found = resolve(_customers(connection, columns), matching, matchers)
            if is_written:
                _write(connection, found, facts.customer_entity, columns)
    except sa.exc.SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise SourceError(f"customer_entity could not be made: {cause}; make it a table that kpicore may write") from None
    return found


def _customers(connection: Connection, columns: frozenset[str]) -> pa.Table:
    customer = facts.customer.c
    wanted = [column for column in COLUMNS if column in columns]
    statement = sa.select(*(customer[each] for each in wanted)).where(sa.text(_kept(sorted(columns))))
    rows = connection.execute(statement.add_columns(*([customer.created_at] if "created_at" in columns else []))).fetchall()
    # Ordered here, by whole ids: databases differ in how they compare texts, and in where nulls stand.
    ordered = sorted(rows, key=lambda row: (_age(row, len(wanted)), str(row[0])))
    return pa.table({each: pa.array([row[at] for row in ordered], pa.string()) for at, each in enumerate(wanted)})


def _age(row: Sequence[object], at: int) -> tuple[bool, str]:
    created = row[at] if len(row) > at else None
    return created is None, "" if created is None else str(created)


def _write(connection: Connection, found: Resolution, table: Table, columns: frozenset[str]) -> None:
    if sa.inspect(connection).has_table(table.name):
        connection.execute(table.delete())
    else:
        table.create(connection)
    customer = facts.customer.c
    pick = sa.select(customer.customer_id, customer.owner_id if "owner_id" in columns else sa.null())
    owners = {str(key): owner for key, owner in connection.execute(pick)} if found.rows.num_rows else {}
    rows = [row | {"owner_id": owners.get(row["customer_id"])} for row in found.rows.to_pylist()]
    for start in range(0, len(rows), ROWS_AT_ONCE):
        connection.execute(table.insert(), rows[start : start + ROWS_AT_ONCE])
