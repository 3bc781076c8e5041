"""One generated world for all tests of this folder, and its tables in DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from kpicore.worlds import World, generate

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def world() -> World:
    """The world of the demonstration."""
    return generate()


@pytest.fixture(scope="session")
def database(world: World) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables of that world, under their canonical names."""
    with duckdb.connect() as connection:
        for name, table in world.tables.items():
            connection.register(name, table)
        yield connection
