"""Filters as group keys: a row's class (channel, won or not, above which threshold) replaces the row.

Measures whose filters depend on a few small columns can be computed from one GROUP BY over those columns, whatever their number.
A filter is cut into atoms; an atom over columns with few values keeps the columns; atoms that compare one expression with
constants keep the interval into which the row falls; any other atom keeps its own truth value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen
from sqlalchemy import Boolean, Column, ColumnElement, Over, Table, case, literal
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import BinaryExpression, BindParameter, BooleanClauseList, Grouping, UnaryExpression

from kpicore.model.expression import LocalDay, PeriodBound
from kpicore.model.measure import columns_of, sql_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import FromClause

Expression = ColumnElement[Any]

FEW_VALUES = 64
"""A column with more values than this among the sampled rows is not a group key."""

_COMPARISONS = (operators.lt, operators.le, operators.gt, operators.ge, operators.eq, operators.ne)


@define(eq=False)
class Discriminator:
    """One group key and how many values it is expected to take."""

    expression: Expression
    variety: int
    bounds: list[Any] = field(factory=list)
    """For intervals: the constants that the expression is compared with, sorted."""

    def key(self, read: Callable[[Expression], Expression]) -> Expression:
        """Return the group key as it reads on the joined rows: the column itself, or the number of the interval.

        With bounds b1 < b2 < ..., a value below b1 is 0, b1 itself 1, between b1 and b2 is 2, b2 itself 3, and so on; this
        keeps the order, so that every comparison with a bound can be made on the number instead.
        """
        value = read(self.expression)
        if not self.bounds:
            return value
        steps: list[tuple[Expression, Any]] = []
        for at, bound in enumerate(self.bounds):
            steps += [(value < bound, literal(2 * at)), (value == bound, literal(2 * at + 1))]
        return case(*steps, (value > self.bounds[-1], literal(2 * len(self.bounds))))


@frozen(eq=False)
class Discriminators:
    """The group keys that a set of filters needs."""

    by_text: dict[str, Discriminator]

    @property
    def combinations(self) -> int:
        """How many combinations of values to expect at most."""
        product = 1
        for each in self.by_text.values():
            product *= each.variety
        return product

    def keys(self, read: Callable[[Expression], Expression]) -> list[Expression]:
        """Return the labelled group keys, in a stable order."""
        return [each.key(read).label(f"d{at}") for at, (_, each) in enumerate(sorted(self.by_text.items()))]

    def rewrite(self, where: Expression, grouped: FromClause) -> Expression:
        """Return a filter as it reads on the grouped rows."""
        position = {name: at for at, name in enumerate(sorted(self.by_text))}

        def replace(element: Any, **_: Any) -> Any:
            if not isinstance(element, ColumnElement):
                return None
            if (interval := _interval(element)) is not None and sql_text(interval[0]) in self.by_text:
                return self._compare(element, *interval, grouped.c[f"d{position[sql_text(interval[0])]}"])
            at = position.get(sql_text(element)) if _may_be_key(element) else None
            return None if at is None else _as_type(grouped.c[f"d{at}"], element)

        return visitors.replacement_traverse(where, {}, replace)

    def _compare(self, atom: Expression, value: Expression, operator: Any, bound: Any, key: Expression) -> Expression | None:
        known = self.by_text[sql_text(value)]
        del atom
        if not known.bounds:
            return None
        return operator(key, 2 * known.bounds.index(bound) + 1)  # type: ignore[no-any-return]  # a comparison of columns


def _as_type(column: Expression, like: Expression) -> Expression:
    # A truth value that went through a subquery must still read as one where the engine has no boolean type.
    return column.self_group() if not isinstance(like.type, Boolean) or isinstance(column.type, Boolean) else column == literal(1)


def _may_be_key(element: Expression) -> bool:
    # BETWEEN has no type of its own.
    return isinstance(element, (Column, BinaryExpression)) or isinstance(element.type, Boolean)


def discriminators(filters: Sequence[Expression], variety: Callable[[Column[Any]], int]) -> Discriminators:
    """Find the group keys for a set of filters.

    Args:
        filters: conditions on fact columns.
        variety: how many values a column has, as far as is known.
    """
    found: dict[str, Discriminator] = {}
    for atom in (atom for each in filters for atom in atoms(each)):
        columns = columns_of(atom)
        if columns and not _is_bound(atom) and all(_is_small(column, variety) for column in columns):
            for column in columns:
                found.setdefault(sql_text(column), Discriminator(column, variety(column) + 1))
        elif (interval := _interval(atom)) is not None:
            value, _, bound = interval
            known = found.setdefault(sql_text(value), Discriminator(value, 0))
            known.bounds = sorted({*known.bounds, bound})
            known.variety = 2 * len(known.bounds) + 2
        else:
            found.setdefault(sql_text(atom), Discriminator(atom, 3))
    return Discriminators(found)


def _is_bound(atom: Expression) -> bool:
    # Windows over rows, local days and the period's bounds can only be read on the joined rows, not on their classes.
    return any(isinstance(part, (Over, LocalDay, PeriodBound)) for part in visitors.iterate(atom))


def _is_small(column: Column[Any], variety: Callable[[Column[Any]], int]) -> bool:
    return isinstance(column.table, Table) and variety(column) <= FEW_VALUES


def atoms(condition: Expression) -> Iterator[Expression]:
    """Yield the parts of a condition that `and`, `or` and `not` combine."""
    if isinstance(condition, BooleanClauseList):
        for part in condition.clauses:
            yield from atoms(part)
    elif isinstance(condition, Grouping) or (isinstance(condition, UnaryExpression) and condition.operator is operators.inv):
        yield from atoms(condition.element)
    else:
        yield condition


def _interval(atom: Expression) -> tuple[Expression, Any, Any] | None:
    """Return (expression, operator, constant) of a comparison with a number or time, or None."""
    if not (isinstance(atom, BinaryExpression) and atom.operator in _COMPARISONS and isinstance(atom.right, BindParameter)):
        return None
    constant = atom.right.effective_value
    is_scale = isinstance(constant, (int, float)) and not isinstance(constant, bool)
    is_scale = is_scale or hasattr(constant, "isoformat")
    if not is_scale or not columns_of(atom.left):
        return None
    return atom.left, atom.operator, constant
