"""The databases that tests are given: empty, of the engine that was asked for, and gone afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Column, Integer, MetaData, String, Table, inspect, select

if TYPE_CHECKING:
    from sqlalchemy import Engine

WORDS = Table("word", MetaData(), Column("id", Integer, primary_key=True, autoincrement=False), Column("text", String(20)))


def test_an_empty_database_holds_no_table(empty_database: Engine) -> None:
    """Nothing of another test or run is seen."""
    assert [] == inspect(empty_database).get_table_names()


def test_an_empty_database_keeps_what_is_written(empty_database: Engine) -> None:
    """A table can be made, filled with text in any script, and read back."""
    WORDS.create(empty_database)

    with empty_database.begin() as connection:
        connection.execute(WORDS.insert(), [{"id": 1, "text": "口径 café"}])
        rows = [tuple(row) for row in connection.execute(select(WORDS))]

    assert [(1, "口径 café")] == rows
    assert ["word"] == inspect(empty_database).get_table_names()


def test_a_session_database_is_one_of_its_engine(database: Engine) -> None:
    """Every engine answers the simplest question."""
    with database.connect() as connection:
        assert 1 == connection.scalar(select(1))
