"""`kpicore entities`: what it prints and writes, for facts that were loaded and for facts that are used in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, text

from kpicore import facts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CUSTOMERS = [
    {"customer_id": "c1", "name": "Acme Ltd", "phone": "415 555 0132"},
    {"customer_id": "c2", "name": "ACME", "phone": "+1 415 555 0132"},
    {"customer_id": "c3", "name": "Beta", "phone": "415 555 0132"},
]


def in_place(folder: Path) -> str:
    """Make a project whose facts are a database of its own; return the database's URL."""
    url = f"sqlite:///{folder / 'crm.sqlite'}"
    engine = create_engine(url)
    facts.customer.create(engine)
    with engine.begin() as connection:
        connection.execute(facts.customer.insert(), CUSTOMERS)
    engine.dispose()
    (folder / "kpicore.toml").write_text(f'schema = "kpicore.project/1"\nname = "X"\n[facts]\nurl = "{url}"\n', "utf-8")
    return url


def test_in_place(kpicore: Callable[..., Any], tmp_path: Path) -> None:
    """It writes the table that metrics count by; a dry run only says what it would find."""
    engine = create_engine(in_place(tmp_path))

    dry = kpicore("entities", tmp_path, "--dry-run", "--json")
    with engine.connect() as connection:
        assert [] == connection.execute(text("SELECT name FROM sqlite_master WHERE name = 'customer_entity'")).fetchall()
    wet = kpicore("entities", tmp_path)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT customer_id, entity_id, matched_by FROM customer_entity ORDER BY 1")).fetchall()
    engine.dispose()

    counts = {"records": 3, "entities": 2, "surplus": 1, "matched_by": {"name+phone": 2}, "junk": {}, "left_out": {}}
    assert {"schema": "kpicore.entities/1", **counts} == dry.json
    assert [("c1", "c1", "name+phone"), ("c2", "c1", "name+phone")] == [tuple(row) for row in rows]
    assert wet.out.startswith("customers: 3 records, 2 entities, 1 too many\n")
    assert "name+phone" in wet.out


def test_loaded(kpicore: Callable[..., Any], loaded: Path) -> None:
    """A project without customers has none to match, and says so."""
    said = kpicore("entities", loaded)

    assert (0, "customers: 0 records, 0 entities, 0 too many\n") == (said.code, said.out)
    assert "no customers were matched" in said.err


def test_an_unknown_matcher(kpicore: Callable[..., Any], tmp_path: Path) -> None:
    """The nearest name is offered."""
    in_place(tmp_path)
    with (tmp_path / "kpicore.toml").open("a", encoding="utf-8") as file:
        file.write('[entities]\nmatch = ["exakt"]\n')

    said = kpicore("entities", tmp_path)

    assert 2 == said.code
    assert "did you mean 'exact'" in said.err
