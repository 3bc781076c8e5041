"""What `kpicore load` makes of the files of a world is the world, and what it sets aside are the bad rows that the world declares."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from kpicore.worlds import World, generate
from kpicore.worlds.export import FLAWS

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACEHOLDERS = ("无", "N/A")
"""What the loader takes for missing."""


@pytest.fixture(scope="module", params=["Asia/Shanghai", "Europe/Berlin"])
def written(request: pytest.FixtureRequest) -> World:
    """A small world, in a zone without and in one with changing clocks."""
    return generate(seed=3, people=18, years=1, scale=0.3, time_zone=request.param)


@pytest.fixture(scope="module")
def loaded(written: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """It, written, loaded by its own mapping, and its tables beside under the name `made_...`."""
    sources: Any = pytest.importorskip("kpicore.sources", reason="loading is not part of this checkout")
    folder = tmp_path_factory.mktemp("trip")
    written.write(folder)
    sources.load(folder / "mapping.toml", folder / "facts.duckdb")
    with duckdb.connect(str(folder / "facts.duckdb")) as connection:
        for name, table in written.tables.items():
            connection.register(f"made_{name}", table)
        yield connection


def test_rejects_are_the_declared_flaws(loaded: duckdb.DuckDBPyConnection) -> None:
    """Every bad row is set aside under its key, no other is, and the line that comes twice is counted as repeated."""
    rejected = loaded.sql("SELECT table_name, row_key FROM reject").fetchall()
    repeated = dict(loaded.sql("SELECT fact, rows_repeated FROM kpicore_load WHERE rows_repeated > 0").fetchall())

    assert sorted((flaw.table, flaw.key) for flaw in FLAWS if flaw.key) == sorted(rejected)
    assert Counter(flaw.table for flaw in FLAWS if not flaw.key) == repeated


def test_loaded_tables_equal_the_generated_ones(written: World, loaded: duckdb.DuckDBPyConnection) -> None:
    """Row by row and column by column, but for words that mean nothing and are loaded as missing."""
    different = {}
    for name, table in written.tables.items():
        key, *columns = [column for column in table.column_names if table[column].null_count < table.num_rows]
        pairs = " OR ".join(
            f"(a.{column} IS DISTINCT FROM b.{column} AND coalesce(CAST(a.{column} AS VARCHAR), '') NOT IN {PLACEHOLDERS})"
            for column in columns
        )
        row = loaded.sql(f"SELECT count(*) FROM made_{name} a FULL JOIN {name} b USING ({key}) WHERE {pairs}").fetchone()
        different[name] = row[0] if row else None

    assert dict.fromkeys(written.tables, 0) == different
