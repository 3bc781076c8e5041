"""Maps the staged rows of one [[table]] to the columns of its canonical table, set-wise; rows that are not understood say why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from kpicore import facts
from kpicore.sources.casts import DUCKDB_TYPES, Expression, compile_column
from kpicore.sources.quoting import listed, literal, name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from duckdb import DuckDBPyConnection
    from sqlalchemy import Table

    from kpicore.sources.mapping import Condition, TableMap
    from kpicore.sources.staging import Staged

MARKS = ("__block", "__row", "__line", "__key", "__state", "__column", "__value", "__reason", "__nulled")
"""Bookkeeping columns of a gathered table: which [[table]], which row, what became of it and why."""


@frozen
class Block:
    """One [[table]] of the mapping with its staged source."""

    number: int
    mapped: TableMap
    staged: Staged

    @property
    def fact(self) -> Table:
        """The canonical table that is filled."""
        return facts.metadata.tables[self.mapped.fact]

    def cell(self, column: str) -> str:
        """Return the SQL of a source column's text, null where it is missing."""
        return "p" + self.staged.cells[column]


def key_of(table: Table) -> str:
    """Return the name of the key of a canonical table."""
    return next(iter(table.primary_key)).name


def gathered(fact: str) -> str:
    """Return the name of the temporary table that holds all rows meant for a canonical table."""
    return f"all_{fact}"


def create_gathered(connection: DuckDBPyConnection, table: Table) -> None:
    """Create the empty temporary table for a canonical table's rows."""
    columns = [f"{name(column.name)} {DUCKDB_TYPES[column.info['kind']]}" for column in table.c]
    marks = [f"{mark} {'BIGINT' if mark in {'__block', '__row', '__line'} else 'VARCHAR'}" for mark in MARKS]
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {gathered(table.name)} ({', '.join(marks + columns)})")


def shape(connection: DuckDBPyConnection, block: Block) -> None:
    """Add the rows of one [[table]]; rows that `where` or `keep` leaves out are not added, all others are."""
    expressions = {
        column: compile_column(column, block.fact.c[column].info["kind"], mapped, block.cell)
        for column, mapped in block.mapped.columns.items()
    }
    orders = {
        f"order_{number}": compile_column(f"order_{number}", kind, mapped, block.cell)
        for number, (mapped, kind) in enumerate(block.mapped.order_by)
    }
    target = ", ".join([*MARKS, *(name(column) for column in expressions)])
    connection.execute(f"INSERT INTO {gathered(block.fact.name)} ({target}) {_select(block, expressions, orders)}")
    connection.execute(
        f"INSERT INTO {gathered(block.fact.name)} ({', '.join(MARKS[:8])})"
        f" SELECT {block.number}, __row, __line, NULL, 'rejected', NULL, left(__record, 200), __problem"
        f" FROM {block.staged.table} WHERE __problem IS NOT NULL"
    )


def _select(block: Block, expressions: Mapping[str, Expression], orders: Mapping[str, Expression]) -> str:
    both = {**expressions, **orders}
    cells = "".join(f", {_cell(block, column)} AS {block.cell(column)}" for column in block.staged.cells if column in block.mapped.reads())
    where = "".join(f" AND {_condition(one, block.cell(one.column))}" for one in block.mapped.where)
    shifting = {column: one for column, one in both.items() if one.shift is not None}
    layers = (
        f"l0 AS (SELECT __row, __line{cells} FROM {block.staged.table} WHERE __problem IS NULL)",
        f"l1 AS (SELECT *{_aliases('s', both, lambda one: one.source)} FROM l0 WHERE true{where})",
        f"l2 AS (SELECT *{_aliases('m', both, lambda one: one.mapped)}{_aliases('q', shifting, lambda one: one.shift or 'NULL')} FROM l1)",
        f"l3 AS (SELECT *{_parts(both)} FROM l2)",
        f"l4 AS (SELECT *{_aliases('v', both, lambda one: one.value)} FROM l3)",
        f"l5 AS (SELECT * FROM l4{_kept(block, orders)})",
    )
    return f"WITH {', '.join(layers)} SELECT {_marks(block, both)}{_names('v', expressions)} FROM l5"


def _aliases(layer: str, expressions: Mapping[str, Expression], sql: Callable[[Expression], str]) -> str:
    return "".join(f", {sql(one)} AS {name(f'{layer}_{column}')}" for column, one in expressions.items())


def _names(layer: str, columns: Iterable[str]) -> str:
    return "".join(f", {name(f'{layer}_{column}')}" for column in columns)


def _parts(expressions: Mapping[str, Expression]) -> str:
    return "".join(f", {sql} AS {name(f'{part}_{column}')}" for column, one in expressions.items() for part, sql in one.parts.items())


def _cell(block: Block, column: str) -> str:
    cell = block.staged.cells[column]
    return f"CASE WHEN {cell} NOT IN {listed(block.mapped.missing)} THEN {cell} END" if block.mapped.missing else cell


def _condition(condition: Condition, cell: str) -> str:
    if condition.is_presence:
        return f"{cell} IS {'' if condition.is_negated else 'NOT '}NULL"
    found = f"coalesce({cell} IN {listed(condition.values)}, false)"
    return f"NOT {found}" if condition.is_negated else found


def _kept(block: Block, orders: Mapping[str, Expression]) -> str:
    if block.mapped.keep is None:
        return ""
    direction = "DESC" if block.mapped.keep == "last" else "ASC"
    by = "".join(f"{name(f'v_{column}')} {direction} NULLS LAST, " for column in orders)
    key = name(f"v_{key_of(block.fact)}")
    readable = "true" if not orders else "NOT coalesce(" + " OR ".join(one.bad for one in orders.values()) + ", false)"
    # Rows without a key or with an unreadable order compete with none; they are set aside further on.
    is_ranked = f"({key} IS NOT NULL AND {readable})"
    return f" QUALIFY NOT {is_ranked} OR row_number() OVER (PARTITION BY {key}, {is_ranked} ORDER BY {by}__row {direction}) = 1"


def _marks(block: Block, expressions: Mapping[str, Expression]) -> str:
    key = key_of(block.fact)
    faults = [(f"{name(f'm_{key}')} IS NULL", key, literal(f"the key {key} is missing"))]
    nulling = {column for column, mapped in block.mapped.columns.items() if mapped.nulls_errors}
    faults += [(one.bad, column, one.reason) for column, one in expressions.items() if column not in nulling]
    shown = {column: literal(column) for _, column, _ in faults}
    is_bad = " OR ".join(bad for bad, _, _ in faults)
    return (
        f"{block.number}, __row, __line, {name(f's_{key}')}, CASE WHEN {is_bad} THEN 'rejected' ELSE 'loaded' END"
        f", {_case((bad, shown[column]) for bad, column, _ in faults)}"
        f", {_case((bad, name(f's_{column}')) for bad, column, _ in faults)}"
        f", {_case((bad, reason) for bad, _, reason in faults)}, {_nulled(expressions, nulling)}"
    )


def _case(cases: Iterable[tuple[str, str]]) -> str:
    return "CASE " + " ".join(f"WHEN {condition} THEN {result}" for condition, result in cases) + " END"


def _nulled(expressions: Mapping[str, Expression], nulling: set[str]) -> str:
    if not nulling:
        return "NULL"
    found = ", ".join(
        f"CASE WHEN {expressions[column].bad} THEN {literal(column + '=')} || {name(f's_{column}')} END" for column in sorted(nulling)
    )
    return f"nullif(concat_ws(chr(31), {found}), '')"
