"""The source `database`: tables and views through SQLAlchemy, with errors that never show a password."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from kpicore.errors import ConfigError, SourceError
from kpicore.sources.sqldatabase import DatabaseReader, open_database

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sources.conftest import Bench

BLOCK = '[[table]]\nfact = "sale"\nfrom = "orders"\n[table.columns]\nsale_id = "id"\namount = "amount"\nsigned_at = "at"\n'


def fill(engine: sa.Engine, rows: list[tuple[int, Decimal | None, datetime]]) -> None:
    """Make a table and a view of orders."""
    table = sa.Table(
        "orders",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("amount", sa.Numeric(10, 2)),
        sa.Column("at", sa.DateTime),
    )
    with engine.begin() as connection:
        table.create(connection)
        connection.execute(table.insert(), [{"id": key, "amount": amount, "at": at} for key, amount, at in rows])
        connection.execute(sa.text("CREATE VIEW big_orders AS SELECT id FROM orders WHERE amount > 5"))


def test_reads_tables_and_views_of_every_engine(empty_database: sa.Engine) -> None:
    """The rows arrive as they are, whatever the database."""
    fill(empty_database, [(2, None, datetime(2024, 1, 2)), (1, Decimal("10.50"), datetime(2024, 1, 1, 12, 30))])
    reader = DatabaseReader(empty_database)

    rows = [row for batch in reader.read("orders") for row in batch.to_pylist()]

    assert ["big_orders", "orders"] == reader.tables()
    assert [(1, 10.5), (2, None)] == [(row["id"], row["amount"]) for row in rows]
    assert [1] == [row["id"] for batch in reader.read("big_orders") for row in batch.to_pylist()]


def test_loads_a_database(bench: Bench) -> None:
    """A relative SQLite file is found beside the mapping, and loading again changes nothing."""
    engine = sa.create_engine(f"sqlite:///{bench.folder / 'crm.sqlite'}")
    fill(engine, [(1, Decimal("10.50"), datetime(2024, 1, 1, 12, 30))])
    mapping = f'[source]\nkind = "database"\nurl = "sqlite:///crm.sqlite"\n{BLOCK}'

    first, second = bench.load(mapping), bench.load(mapping)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE orders SET amount = 11"))
    third = bench.load(mapping)
    engine.dispose()

    assert [True, False, True] == [report.is_changed for report in (first, second, third)]
    assert [("1", Decimal("11.0000"), datetime(2024, 1, 1, 12, 30))] == bench.query("SELECT sale_id, amount, signed_at FROM sale")


def test_fingerprint_does_not_depend_on_the_order(tmp_path: Path) -> None:
    """A table without key may come in any order."""
    prints = []
    for number, rows in enumerate(("(1), (2)", "(2), (1)", "(2), (2)")):
        reader = open_reader(tmp_path, f"{number}.sqlite", f"CREATE TABLE t AS SELECT * FROM (VALUES {rows})")
        prints.append(reader.fingerprint("t"))
        reader.engine.dispose()

    assert (prints[0] == prints[1], prints[0] == prints[2]) == (True, False)


def open_reader(folder: Path, name: str, statement: str) -> DatabaseReader:
    """Make a SQLite file with one statement and open it."""
    (folder / name).touch()
    reader = open_database({"url": f"sqlite:///{name}"}, folder)
    with reader.engine.begin() as connection:
        connection.execute(sa.text(statement))
    return reader


def test_mixed_types_become_text(tmp_path: Path) -> None:
    """SQLite lets every cell have its own type."""
    reader = open_reader(tmp_path, "a.sqlite", "CREATE TABLE t AS SELECT 1 AS x UNION ALL SELECT 'a'")

    values = [row["x"] for batch in reader.read("t") for row in batch.to_pylist()]
    reader.engine.dispose()

    assert ["1", "a"] == values


def test_missing_table_names_the_nearest(tmp_path: Path) -> None:
    """The error offers what the database has."""
    reader = open_reader(tmp_path, "a.sqlite", "CREATE TABLE orders (x INTEGER)")

    with pytest.raises(SourceError, match="has no table or view 'order'; did you mean 'orders'"):
        list(reader.read("order"))
    reader.engine.dispose()


def test_the_password_is_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the address without it."""
    monkeypatch.setenv("CRM_URL", "postgresql+psycopg://me:secret@127.0.0.1:1/crm")

    with pytest.raises(SourceError, match=r"postgresql\+psycopg://me:\*\*\*@127\.0\.0\.1:1/crm could not be read") as caught:
        open_database({"url_env": "CRM_URL"}, tmp_path).tables()
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({}, ConfigError, "exactly one of url and url_env must be given"),
        ({"url": "a", "url_env": "b"}, ConfigError, "exactly one of url and url_env must be given"),
        ({"url": "nonsense"}, ConfigError, "url must look like"),
        ({"url": "klingon://x"}, ConfigError, "no driver for this kind of URL"),
        ({"url": "oracle+oracledb://x"}, SourceError, "driver 'oracledb' is not installed: pip install oracledb"),
        ({"url": "sqlite:///none.sqlite"}, SourceError, "there is no such database file"),
        ({"url_env": "KPICORE_NOT_SET"}, SourceError, "the environment variable 'KPICORE_NOT_SET' must hold"),
    ],
)
def test_addresses_that_lead_nowhere(tmp_path: Path, options: dict[str, object], error: type[Exception], message: str) -> None:
    """What is wrong with the address is said before anything is read."""
    with pytest.raises(error, match=message):
        open_database(options, tmp_path)
