"""By which columns cases may be told apart: declared ones of few values, that a metric's fact reaches without multiplying rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kpicore.errors import ConfigError, nearest
from kpicore.facts.columns import metadata
from kpicore.facts.paths import path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Column, Table

KINDS = ("text", "id", "flag", "integer")
"""Kinds of column whose values can be classes; times and amounts would make a class of nearly every case."""


def class_column(name: str) -> Column[Any]:
    """Return the column of a name such as 'customer.size'.

    Raises:
        ConfigError: no such column is declared, or its values are not classes.
    """
    columns = {f"{table.name}.{column.name}": column for table in metadata.tables.values() for column in table.c}
    if name not in columns:
        hint = nearest(name, columns) or "; `kpicore facts` lists the columns"
        raise ConfigError(f"{name!r} must be a column of the facts{hint}")
    if (kind := columns[name].info["kind"]) not in KINDS:
        raise ConfigError(f"{name} must be of a kind that makes classes: {', '.join(KINDS)} (got a {kind}); use a column of few values")
    if columns[name].primary_key:
        raise ConfigError(f"{name} must not be the key of its table, or every case would be a class of its own; use a column of few values")
    return columns[name]


def refuse_far(column: Column[Any], starts: Iterable[Table]) -> None:
    """Refuse a column that a row of a fact does not lead to, or leads to more than once.

    Raises:
        PlanError: with the fact from which it cannot be reached.
    """
    for start in starts:
        if column.table is not start:
            path(start, column.table)
