"""Finds what is worth knowing about rows that were kept: empty and unknown references, texts that mean nothing, unreadable values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore import facts
from kpicore.sources.checks import notes_of_broken
from kpicore.sources.quoting import listed, name
from kpicore.sources.shaping import gathered
from kpicore.sources.summary import Note

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from kpicore.sources.shaping import Block


def notes(connection: DuckDBPyConnection, blocks: Sequence[Block], mapped: Mapping[str, list[str]]) -> tuple[Note, ...]:
    """Return the notes on a filled database, in the order of the tables."""
    found = [note for fact, columns in mapped.items() for note in _on_table(connection, fact, columns, mapped)]
    found += [note for block in blocks for note in _on_block(connection, block)]
    return tuple(found)


def _on_table(connection: DuckDBPyConnection, fact: str, columns: list[str], mapped: Mapping[str, list[str]]) -> Iterator[Note]:
    for column in columns:
        target = facts.metadata.tables[fact].c[column].info.get("references")
        if target:
            yield from _on_reference(connection, fact, column, target, mapped)
    for column, condition, reason in notes_of_broken(fact, set(columns)):
        rows = _one(connection, f"SELECT count(*), NULL FROM {name(fact)} WHERE {condition}")
        yield from _noted(fact, column, "out of order", rows[0], reason)
    yield from _on_nulled(connection, fact)


def _on_reference(connection: DuckDBPyConnection, fact: str, column: str, target: str, mapped: Mapping[str, list[str]]) -> Iterator[Note]:
    there, key = target.split(".")
    rows, _ = _one(connection, f"SELECT count(*), NULL FROM {name(fact)} WHERE {name(column)} IS NULL")
    yield from _noted(fact, column, "missing", rows, "")
    if there in mapped:
        known = f"SELECT {name(key)} FROM {name(there)} WHERE {name(key)} IS NOT NULL"
        unknown = f"FROM {name(fact)} WHERE {name(column)} NOT IN ({known})"
        rows, sample = _one(connection, f"SELECT count(*), min({name(column)}::VARCHAR) {unknown}")
        yield from _noted(fact, column, "unknown reference", rows, sample)


def _on_nulled(connection: DuckDBPyConnection, fact: str) -> Iterator[Note]:
    query = f"SELECT unnest(string_split(__nulled, chr(31))) AS one FROM {gathered(fact)} WHERE __state = 'loaded' AND __nulled IS NOT NULL"
    parts = "split_part(one, '=', 1) AS what, substr(one, strpos(one, '=') + 1) AS said"
    counted = f"SELECT what, count(*), min(said) FROM (SELECT {parts} FROM ({query})) GROUP BY 1 ORDER BY 1"
    for column, rows, sample in connection.execute(counted).fetchall():
        yield Note(fact, column, "unreadable", rows, sample)


def _on_block(connection: DuckDBPyConnection, block: Block) -> Iterator[Note]:
    if not block.staged.rows:
        yield Note(block.fact.name, "", "empty source", 0, block.mapped.source)
    columns = [(column, block.staged.cells[cell]) for column, mapped in block.mapped.columns.items() for cell in mapped.columns]
    if not columns or not block.mapped.missing:
        return
    texts = listed(block.mapped.missing)
    found = ", ".join(f"count(*) FILTER (WHERE {cell} IN {texts}), min({cell}) FILTER (WHERE {cell} IN {texts})" for _, cell in columns)
    loaded = f"SELECT __row FROM {gathered(block.fact.name)} WHERE __block = {block.number} AND __state = 'loaded'"
    row = connection.execute(f"SELECT {found} FROM {block.staged.table} WHERE __row IN ({loaded})").fetchone() or ()
    for position, (column, _) in enumerate(columns):
        yield from _noted(block.fact.name, column, "missing text", row[2 * position], row[2 * position + 1])


def _noted(fact: str, column: str, kind: str, rows: int, sample: str | None) -> Iterator[Note]:
    if rows:
        yield Note(fact, column, kind, rows, sample or "")


def _one(connection: DuckDBPyConnection, query: str) -> tuple[int, str | None]:
    row = connection.execute(query).fetchone() or (0, None)
    return row[0], row[1]
