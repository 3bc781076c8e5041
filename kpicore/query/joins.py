"""The joins from a fact to what each of its rows refers to: at most one partner per row, so no row is counted twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Table, and_

from kpicore import facts
from kpicore.errors import PlanError
from kpicore.model.expression import Exact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import ColumnElement, FromClause

    from kpicore.facts import Edge
    from kpicore.query.database import Facts


def steps_to(fact: Table, columns: Sequence[Column[Any]]) -> list[Edge]:
    """Return the many-to-one steps that reach the tables of the columns, each step once, in joining order.

    Raises:
        PlanError: a table can only be reached by a join that multiplies rows.
    """
    steps: dict[tuple[Any, Any], Edge] = {}
    for column in columns:
        if isinstance(column.table, Table) and column.table is not fact:
            for edge in facts.path(fact, column.table):
                steps.setdefault((edge.column, edge.target), edge)
    return list(steps.values())


def join_steps(
    database: Facts, from_: FromClause, steps: Iterable[Edge], placed: Callable[[Column[Any]], ColumnElement[Any]]
) -> FromClause:
    """Join the tables that the steps reach; `placed` says where a column of the source stands among the rows.

    Raises:
        PlanError: a key repeats in this database.
    """
    for edge in steps:
        refuse_repeats(database, edge.target)
        on: ColumnElement[Any] = placed(edge.column) == edge.target
        if database.dialect in ("mysql", "mariadb"):
            # The first condition finds the row by an index, the second by the exact text.
            on = and_(on, Exact(placed(edge.column)) == Exact(edge.target))
        from_ = from_.outerjoin(edge.target.table, on)
    return from_


def refuse_repeats(database: Facts, key: Column[Any]) -> None:
    """Refuse to join by a key that is none.

    Raises:
        PlanError: the key repeats in this database.
    """
    if not database.is_unique(key):
        raise PlanError(
            f"{key} must be unique, or joining it would count rows twice (it is not in this database);"
            " make the table or view give one row per key"
        )
