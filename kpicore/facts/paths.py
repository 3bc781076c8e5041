"""The many-to-one ways between fact tables: the only joins that a metric may use, because they never multiply rows."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from attrs import frozen

from kpicore.errors import PlanError
from kpicore.facts.columns import metadata

if TYPE_CHECKING:
    from sqlalchemy import Column, Table


@frozen
class Edge:
    """A step from one table to another: many rows of `column`'s table refer to at most one row of `target`'s."""

    column: Column[Any]
    target: Column[Any]


def references(table: Table) -> list[Edge]:
    """Return the many-to-one steps that start at `table`, the owner's before other people's, extensions last."""
    owner = table.info["owner"]
    found = [Edge(column, _key(column.info["references"])) for column in table.c if "references" in column.info]
    found += [Edge(key, _key(key.info["extends"])) for key in table.primary_key if "extends" in key.info]
    found += [Edge(_key(key.info["extends"]), key) for key in _extensions() if key.info["extends"].split(".")[0] == table.name]
    return sorted((edge for edge in found if edge.target.table is not table), key=lambda edge: edge.column.name != owner)


def _extensions() -> list[Column[Any]]:
    return [key for table in metadata.tables.values() for key in table.primary_key if "extends" in key.info]


def _key(name: str) -> Column[Any]:
    table, column = name.split(".")
    return metadata.tables[table].c[column]


def path(start: Table, goal: Table) -> list[Edge]:
    """Return the shortest many-to-one way from `start` to `goal`.

    Where several columns of a table refer to the same table (owner, recorder), the owner's is meant.

    Raises:
        PlanError: no way leads there, or two equally short ones through different tables do.
    """
    ways: dict[str, list[list[Edge]]] = {start.name: [[]]}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for edge in _one_per_target(here):
            there = edge.target.table
            longer = [*ways[here.name][0], edge]
            if there.name not in ways:
                ways[there.name] = [longer]
                queue.append(metadata.tables[there.name])
            elif len(ways[there.name][0]) == len(longer):
                ways[there.name].append(longer)
    return _unambiguous(ways.get(goal.name, []), start, goal)


def _one_per_target(table: Table) -> list[Edge]:
    first: dict[str, Edge] = {}
    for edge in references(table):
        first.setdefault(edge.target.table.name, edge)
    return list(first.values())


def _unambiguous(ways: list[list[Edge]], start: Table, goal: Table) -> list[Edge]:
    if not ways:
        raise PlanError(
            f"a metric on {start.name} may only use tables that each of its rows refers to at most once"
            f" (got {goal.name}, of which a row can have many); define the measure on {goal.name} instead"
        )
    if len(ways) > 1:
        through = " or ".join(repr(way[0].column.name) for way in ways)
        raise PlanError(f"the way from {start.name} to {goal.name} is ambiguous (through {through}); use a column of {start.name}")
    return ways[0]
