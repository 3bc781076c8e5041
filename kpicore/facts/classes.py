"""By which columns cases may be told apart: declared ones of few values, that a metric's fact reaches without multiplying rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kpicore.errors import ConfigError, PlanError, nearest
from kpicore.facts.columns import metadata
from kpicore.facts.paths import path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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


def class_named(name: str, start: Table, is_filled: Callable[[Column[Any]], bool]) -> Column[Any]:
    """Return the column that a full or a short name means for the rows of a fact: 'customer.size', or 'size', 'source', 'product'.

    A short name is the nearest column of that name, of the fact itself before the records that its rows refer to, and 'product' is the
    product that a row refers to.

    Args:
        name: with or without its table.
        start: the fact.
        is_filled: whether the source fills a column; what it does not fill is not meant.
    Raises:
        ConfigError: no column, or several equally near ones are called so.
        PlanError: a row of the fact does not lead to the column, or to many.
    """
    if "." in name:
        column = class_column(name)
        refuse_far(column, [start])
        return column
    near: dict[int, list[Column[Any]]] = {}
    for table in metadata.tables.values():
        found = next((table.c[each] for each in (name, f"{name}_id") if each in table.c and not table.c[each].primary_key), None)
        if found is not None and found.info["kind"] in KINDS and is_filled(found) and (steps := _steps(start, table)) is not None:
            near.setdefault(steps, []).append(found)
    closest = near[min(near)] if near else []
    if len(closest) == 1:
        return closest[0]
    if closest:
        raise ConfigError(f"{name!r} may be {' or '.join(sorted(map(str, closest)))} for a row of {start.name}; give the full name")
    raise ConfigError(
        f"segments must be of person, team, manager, region, role, or of a column that a row of {start.name} leads to and the source"
        f" fills, such as customer.size (got {name!r}); `kpicore facts` lists the columns"
    )


def _steps(start: Table, goal: Table) -> int | None:
    try:
        return 0 if goal is start else len(path(start, goal))
    except PlanError:
        return None


def refuse_far(column: Column[Any], starts: Iterable[Table]) -> None:
    """Refuse a column that a row of a fact does not lead to, or leads to more than once.

    Raises:
        PlanError: with the fact from which it cannot be reached.
    """
    for start in starts:
        if column.table is not start:
            path(start, column.table)
