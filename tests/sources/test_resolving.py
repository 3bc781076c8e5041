"""Which customers are one, at a load and in a database that is used in place."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from kpicore import facts
from kpicore.errors import SourceError
from kpicore.model.matching import Matching
from kpicore.sources import load
from kpicore.sources.resolving import resolve_in_place

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from sqlalchemy import Engine

MAPPING = """
schema = "kpicore.mapping/1"
[source]
kind = "folder"
folder = "."
[[table]]
fact = "customer"
from = "customers.csv"
[table.columns]
customer_id = "id"
name = "name"
phone = "phone"
owner_id = "owner"
created_at = "created"
merged_into = "merged"
deleted_at = "deleted"
is_test = "test"
"""
CUSTOMERS = """id,name,phone,owner,created,merged,deleted,test
c1,Acme Ltd,415 555 0132,ann,2024-03-01,,,false
b1,ACME,+1 415 555 0132,ben,2024-02-01,,,false
c3,Beta,,ann,,b1,2024-04-01,false
c4,Acme,415 555 0132,ann,2023-01-01,,,true
c5,Acme,415 555 0132,ann,2023-01-01,,2024-01-01,false
c6,Gamma,415 555 0199,ann,2023-01-01,,,false
"""
ROWS = [("b1", "b1", "merged", "ben"), ("c1", "b1", "name+phone", "ann"), ("c3", "b1", "merged", "ann")]
"""The oldest is not the first; tests and deleted records are left out, one that was merged follows the one it was merged into."""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return the facts of the customers above."""
    (tmp_path / "mapping.toml").write_text(MAPPING, "utf-8")
    (tmp_path / "customers.csv").write_text(CUSTOMERS, "utf-8")
    load(tmp_path / "mapping.toml", tmp_path / "facts.duckdb", matching=Matching())
    return tmp_path / "facts.duckdb"


def test_at_a_load(store: Path) -> None:
    """The load writes who is whom, notes that the columns are filled, and reports the figures."""
    import duckdb

    again = load(store.parent / "mapping.toml", store, matching=Matching())

    with duckdb.connect(str(store), read_only=True) as connection:
        assert ROWS == connection.execute("SELECT customer_id, entity_id, matched_by, owner_id FROM customer_entity").fetchall()
        filled = "SELECT count(*) FROM kpicore_column WHERE table_name = 'customer_entity' AND is_mapped"
        assert (4,) == connection.execute(filled).fetchone()
    assert not again.is_changed
    assert again.entities == {
        "records": 4,
        "entities": 2,
        "surplus": 2,
        "matched_by": {"merged": 2, "name+phone": 1},
        "junk": {},
        "left_out": {},
    }


def test_other_settings_are_another_load(store: Path) -> None:
    """A project that matches differently is loaded anew; one that matches nothing has only what people merged."""
    report = load(store.parent / "mapping.toml", store, matching=Matching(()))

    assert report.is_changed
    assert {"merged": 2} == (report.entities or {})["matched_by"]


def test_in_place(empty_database: Engine) -> None:
    """Each database is matched alike, however it compares texts, and again without leaving anything behind."""
    facts.customer.create(empty_database)
    with empty_database.begin() as connection:
        connection.execute(facts.customer.insert(), _customers())

    first = resolve_in_place(empty_database, Matching(), {})
    again = resolve_in_place(empty_database, Matching(), {})

    with empty_database.connect() as connection:
        rows = connection.execute(facts.customer_entity.select()).fetchall()
    assert ROWS == sorted((row.customer_id, row.entity_id, row.matched_by, row.owner_id) for row in rows)
    assert first.to_dict() == again.to_dict()


def _customers() -> list[dict[str, Any]]:
    names = ("customer_id", "name", "phone", "owner_id", "created_at", "merged_into", "deleted_at", "is_test")
    rows = [dict(zip(names, (cell or None for cell in line.split(",")), strict=True)) for line in CUSTOMERS.splitlines()[1:]]
    moments = ("created_at", "deleted_at")
    return [
        row | {name: row[name] and datetime.fromisoformat(str(row[name])) for name in moments} | {"is_test": row["is_test"] == "true"}
        for row in rows
    ]


def test_dry_run(empty_database: Engine) -> None:
    """Nothing is written where only figures are asked for."""
    facts.customer.create(empty_database)

    assert 0 == resolve_in_place(empty_database, Matching(), {}, is_written=False).records
    with empty_database.connect() as connection, pytest.raises(Exception, match="customer_entity"):
        connection.execute(text("SELECT * FROM customer_entity"))


def test_without_customers(empty_database: Engine) -> None:
    """A database without customers has nothing to match, and says so."""
    facts.sale.create(empty_database)

    with pytest.raises(SourceError, match="must have the canonical table or view customer"):
        resolve_in_place(empty_database, Matching(), {})
