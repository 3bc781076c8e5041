"""The column kinds from which the canonical fact tables are declared, and the table constructor.

Every column carries a comment (its meaning), a unit and what null means; `kpicore facts` and the reference page print them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Date, DateTime, Integer, MetaData, Numeric, String, Table
from sqlalchemy.dialects import mysql

metadata = MetaData()
"""Holds every canonical table, in declaration order."""

# MariaDB drops fractions of a second and needs a length unless told so.
_TIME = DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
_TEXT = String(255)


def _column(name: str, kind: str, type_: Any, meaning: str, unit: str, null: str, **info: Any) -> Column[Any]:
    details = {"kind": kind, "unit": unit, "null": null, **info}
    return Column(name, type_, comment=meaning, info=details, nullable=True)


def key(name: str, meaning: str) -> Column[Any]:
    """Declare the key of a table: an opaque string, never null, never parsed."""
    return Column(name, _TEXT, comment=meaning, primary_key=True, info={"kind": "id", "unit": "id", "null": "never null"})


def extension(name: str, of: str, meaning: str) -> Column[Any]:
    """Declare the key of a table that says more of some rows of another; `of` is 'table.column' of the other table's key.

    Each row of the other table has at most one here, and each here is of one there, so that either may use the other's columns.
    """
    return Column(name, _TEXT, comment=meaning, primary_key=True, info={"kind": "id", "unit": "id", "null": "never null", "extends": of})


def ref(name: str, to: str, meaning: str, null: str = "unknown") -> Column[Any]:
    """Declare a many-to-one reference; `to` is 'table.column' of the other table's key."""
    return _column(name, "id", _TEXT, meaning, "id", null, references=to)


def text(name: str, meaning: str, null: str = "unknown", unit: str = "text") -> Column[Any]:
    """Declare a text or code column."""
    return _column(name, "text", _TEXT, meaning, unit, null)


def flag(name: str, meaning: str, null: str = "unknown") -> Column[Any]:
    """Declare a true/false column."""
    return _column(name, "flag", Boolean(create_constraint=False), meaning, "true/false", null)


def time(name: str, meaning: str, null: str = "unknown") -> Column[Any]:
    """Declare a moment, stored as naive UTC with microseconds."""
    return _column(name, "time", _TIME, meaning, "UTC time", null)


def day(name: str, meaning: str, null: str = "unknown") -> Column[Any]:
    """Declare a calendar day."""
    return _column(name, "day", Date(), meaning, "day", null)


def money(name: str, meaning: str, null: str = "unknown") -> Column[Any]:
    """Declare an amount of money, exact to four decimals, in the currency of the row."""
    return _column(name, "money", Numeric(18, 4, asdecimal=False), meaning, "money", null, is_money=True)


def number(name: str, meaning: str, unit: str, null: str = "unknown", *, is_money: bool = False) -> Column[Any]:
    """Declare an exact decimal number with six decimals; `is_money` where it is an amount whenever the row has a currency."""
    return _column(name, "number", Numeric(18, 6, asdecimal=False), meaning, unit, null, is_money=is_money)


def integer(name: str, meaning: str, unit: str, null: str = "unknown") -> Column[Any]:
    """Declare a whole number."""
    return _column(name, "integer", Integer(), meaning, unit, null)


def table(name: str, comment: str, *columns: Column[Any], owner: str | None = None, history: dict[str, str] | None = None) -> Table:
    """Declare a canonical table.

    Args:
        name: the table's name in the database.
        comment: one sentence on what one row is.
        columns: its columns, the key first.
        owner: the column naming the person to whom the row belongs today.
        history: where changes of that owner are recorded: table, record, at, old, and the column and value that select them.
    """
    return Table(name, metadata, *columns, comment=comment, info={"owner": owner, "history": history})


def audited(name: str, owner: str) -> dict[str, str]:
    """Say that changes of a table's owner column are found in record_change."""
    about = {"table": "record_change", "record": "record_id", "at": "changed_at", "old": "old_value"}
    return {**about, "field": owner, "table_name": name}


def deletable() -> tuple[Column[Any], Column[Any], Column[Any]]:
    """Declare the three columns that make a record ineligible for every metric: deleted, merged away, a test."""
    return (
        time("deleted_at", "When the record was deleted; deleted records count in no metric.", "not deleted"),
        text("merged_into", "Key of the record into which this one was merged; merged records count in no metric.", "not merged", "id"),
        flag("is_test", "Whether the record is a test; tests count in no metric.", "not a test"),
    )
