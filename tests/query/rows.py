"""Reads SQLAlchemy expressions row by row in plain Python, with SQL's three-valued logic."""

from __future__ import annotations

import operator as python
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from attrs import define, field
from sqlalchemy import Column
from sqlalchemy.sql import elements, functions, operators, visitors

from kpicore.model.expression import Exact, LocalDay, PeriodBound, PlusSeconds, SecondsBetween

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import ColumnElement

Row = dict[str, Any]
EPOCH = date(1970, 1, 1)


@define(eq=False)
class Env:
    """One row of a fact with all that an expression may read."""

    tables: Mapping[str, Row]
    """Table -> its row: the fact's own and one of each dimension."""
    fact: str
    local: Callable[[datetime], datetime]
    key: Any = None
    moment: datetime | None = None
    period: int = 0
    bounds: Mapping[str, datetime] = field(factory=dict)
    factor: float | None = 1.0
    """What amounts of the fact are multiplied by; None where there is no rate."""
    over: Mapping[int, Any] = field(factory=dict)
    """Window expression -> its value in this row."""


def evaluate(node: Any, env: Env, group: Sequence[Env] = ()) -> Any:
    """Return what an expression gives in a row, or in a group of rows where it has aggregates."""
    for kind, read in _READERS:
        if isinstance(node, kind):
            return read(node, env, group)
    raise NotImplementedError(f"the oracle cannot read {type(node).__name__}: {node}")


def read_columns(node: ColumnElement[Any]) -> list[Column[Any]]:
    """Return the columns that an expression reads."""
    return [part for part in visitors.iterate(node) if isinstance(part, Column)]


def overs_in(nodes: Sequence[ColumnElement[Any] | None]) -> list[Any]:
    """Return the window expressions among the expressions."""
    return [part for node in nodes if node is not None for part in visitors.iterate(node) if isinstance(part, elements.Over)]


def run_over(node: Any, envs: Sequence[Env]) -> dict[int, Any]:
    """Return the value of a window expression per position of a row."""
    found: dict[int, Any] = {}
    parts: dict[tuple[Any, ...], list[int]] = {}
    for at, env in enumerate(envs):
        parts.setdefault(tuple(evaluate(part, env) for part in node.partition_by.clauses), []).append(at)
    for places in parts.values():
        ordered = (
            sorted(places, key=lambda at: tuple(evaluate(part, envs[at]) for part in node.order_by.clauses))
            if node.order_by is not None
            else places
        )
        for rank, at in enumerate(ordered):
            found[at] = _windowed(node, envs, ordered, rank)
    return found


def _windowed(node: Any, envs: Sequence[Env], ordered: Sequence[int], rank: int) -> Any:
    name, arguments = node.element.name, list(node.element.clauses)
    if name == "row_number":
        return rank + 1
    if name == "count" and node.order_by is None:
        return len(ordered)
    if name in ("lag", "lead"):
        there = rank - 1 if name == "lag" else rank + 1
        return evaluate(arguments[0], envs[ordered[there]]) if 0 <= there < len(ordered) else None
    raise NotImplementedError(f"the oracle has no window function {name}")


def _column(node: Any, env: Env, group: Sequence[Env]) -> Any:
    del group
    value = env.tables[node.table.name][node.name]
    if node.info.get("is_money") and node.table.name == env.fact:
        return None if value is None or env.factor is None else float(value) * env.factor
    return value


def _and_or(node: Any, env: Env, group: Sequence[Env]) -> Any:
    values = [evaluate(part, env, group) for part in node.clauses]
    decisive = node.operator is operators.or_
    if any(value is not None and bool(value) is decisive for value in values):
        return decisive
    return None if any(value is None for value in values) else not decisive


_BINARY: dict[Any, Callable[[Any, Any], Any]] = {
    operators.eq: python.eq,
    operators.ne: python.ne,
    operators.lt: python.lt,
    operators.le: python.le,
    operators.gt: python.gt,
    operators.ge: python.ge,
    operators.add: python.add,
    operators.sub: python.sub,
    operators.mul: python.mul,
    operators.truediv: lambda a, b: None if b == 0 else a / b,
    operators.in_op: lambda a, b: a in b,
    operators.not_in_op: lambda a, b: a not in b,
    operators.between_op: lambda a, b: b[0] <= a <= b[1],
}


def _binary(node: Any, env: Env, group: Sequence[Env]) -> Any:
    left, right = evaluate(node.left, env, group), evaluate(node.right, env, group)
    if node.operator is operators.is_:
        return left is right if right is None or isinstance(right, bool) else left == right
    if node.operator is operators.is_not:
        return left is not right if right is None or isinstance(right, bool) else left != right
    if left is None or right is None:
        return None
    known = operators.truediv if getattr(node.operator, "opstring", "") == "/" else node.operator
    return _BINARY[known](_number(left), _number(right))


def _number(value: Any) -> Any:
    return float(value) if hasattr(value, "as_tuple") else value


def _unary(node: Any, env: Env, group: Sequence[Env]) -> Any:
    value = evaluate(node.element, env, group)
    if node.operator in (operators.inv, operators.is_false):
        return None if value is None else not value
    if node.operator is operators.neg:
        return None if value is None else -value
    if node.operator is operators.is_true:
        return value
    raise NotImplementedError(f"the oracle has no operator {node.operator}")


def _case(node: Any, env: Env, group: Sequence[Env]) -> Any:
    for condition, value in node.whens:
        if evaluate(condition, env, group):
            return evaluate(value, env, group)
    return None if node.else_ is None else evaluate(node.else_, env, group)


def _function(node: Any, env: Env, group: Sequence[Env]) -> Any:
    arguments = list(node.clauses)
    if node.name in ("count", "sum", "min", "max"):
        return _aggregate(node.name, arguments[0] if arguments else None, group)
    values = [evaluate(part, env, group) for part in arguments]
    if node.name == "coalesce":
        return next((value for value in values if value is not None), None)
    if values[0] is None:
        return None
    return {"lower": str.lower, "trim": lambda text: text.strip(" "), "abs": abs}[node.name](values[0])


def _aggregate(name: str, argument: Any, group: Sequence[Env]) -> Any:
    is_distinct = isinstance(argument, elements.UnaryExpression) and argument.operator is operators.distinct_op
    inner = argument.element if is_distinct else argument
    values = [1] * len(group) if inner is None or str(inner) == "*" else [evaluate(inner, each, group) for each in group]
    known = [_number(value) for value in values if value is not None]
    if name == "count":
        return len(set(known)) if is_distinct else len(known)
    return {"sum": sum, "min": min, "max": max}[name](known) if known else None  # type: ignore[operator]


def _seconds_between(node: Any, env: Env, group: Sequence[Env]) -> Any:
    start, end = (evaluate(part, env, group) for part in node.clauses)
    return None if start is None or end is None else (end - start).total_seconds()


def _plus_seconds(node: Any, env: Env, group: Sequence[Env]) -> Any:
    moment, seconds = (evaluate(part, env, group) for part in node.clauses)
    return None if moment is None or seconds is None else moment + timedelta(seconds=float(seconds))


def _local_day(node: Any, env: Env, group: Sequence[Env]) -> Any:
    moment = evaluate(next(iter(node.clauses)), env, group)
    return None if moment is None else (env.local(moment).date() - EPOCH).days


_READERS: tuple[tuple[type, Callable[[Any, Env, Sequence[Env]], Any]], ...] = (
    (Column, _column),
    (PeriodBound, lambda node, env, _: env.bounds[node.which]),
    (Exact, lambda node, env, group: evaluate(next(iter(node.clauses)), env, group)),
    (SecondsBetween, _seconds_between),
    (PlusSeconds, _plus_seconds),
    (LocalDay, _local_day),
    (elements.Over, lambda node, env, _: env.over[id(node)]),
    (elements.BindParameter, lambda node, _, __: node.effective_value),
    (elements.Null, lambda *_: None),
    (elements.True_, lambda *_: True),
    (elements.False_, lambda *_: False),
    (elements.BooleanClauseList, _and_or),
    (elements.ClauseList, lambda node, env, group: tuple(evaluate(each, env, group) for each in node.clauses)),
    (elements.ExpressionClauseList, lambda node, env, group: tuple(evaluate(each, env, group) for each in node.clauses)),
    (elements.ColumnClause, lambda node, _, __: float(node.name)),
    (elements.Grouping, lambda node, env, group: evaluate(node.element, env, group)),
    (elements.Label, lambda node, env, group: evaluate(node.element, env, group)),
    (elements.Cast, lambda node, env, group: evaluate(node.clause, env, group)),
    (elements.BinaryExpression, _binary),
    (elements.UnaryExpression, _unary),
    (elements.Case, _case),
    (functions.FunctionElement, _function),
)


def utc(local: datetime, zone: Any) -> datetime:
    """Return the UTC time of a wall-clock time."""
    return local.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
