"""A database that has the canonical tables or views is used where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from kpicore.errors import SourceError
from kpicore.sources import available

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def engine() -> Iterator[sa.Engine]:
    """Yield an empty database."""
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    yield engine
    engine.dispose()


def execute(engine: sa.Engine, *statements: str) -> None:
    """Run statements."""
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def test_tables_and_views_count(engine: sa.Engine) -> None:
    """Only canonical tables and columns are listed."""
    execute(
        engine,
        "CREATE TABLE crm_deal (id INTEGER, who TEXT)",
        "CREATE VIEW opportunity AS SELECT id AS opportunity_id, who AS owner_id, 1 AS extra FROM crm_deal",
        "CREATE TABLE sale (sale_id TEXT)",
    )

    assert {"opportunity": frozenset({"opportunity_id", "owner_id"}), "sale": frozenset({"sale_id"})} == available(engine)


def test_a_database_without_any_is_an_error(engine: sa.Engine) -> None:
    """The error says what is there and what to do."""
    execute(engine, "CREATE TABLE deals (id INTEGER)")

    with pytest.raises(SourceError, match=r"at least one canonical table or view \(it has deals\); create views"):
        available(engine)


def test_a_table_without_its_key_is_an_error(engine: sa.Engine) -> None:
    """Without a key nothing can be traced to its rows."""
    execute(engine, "CREATE TABLE sale (amount INTEGER)")

    with pytest.raises(SourceError, match=r"'sale' must have its key 'sale_id' \(it has amount\)"):
        available(engine)


def test_a_database_that_cannot_be_reached_is_an_error() -> None:
    """The password is not shown."""
    engine = sa.create_engine("postgresql+psycopg://me:secret@127.0.0.1:1/crm")

    with pytest.raises(SourceError, match=r"me:\*\*\*@127"):
        available(engine)
