"""Filters as group keys: a row's class (channel, won or not, above which threshold) replaces the row.

Measures whose filters depend on a few small columns can be computed from one GROUP BY over those columns, whatever their number.
A filter is cut into atoms; an atom over columns with few values keeps the columns; atoms that compare one expression with
constants keep the interval into which the row falls; any other atom keeps its own truth value.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen
from sqlalchemy import Boolean, Cast, Column, ColumnElement, Over, String, Table, case, literal
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import BinaryExpression, BindParameter, BooleanClauseList, Grouping, UnaryExpression

from kpicore.model.expression import LocalDay, PeriodBound
from kpicore.model.measure import Memory, columns_of, sql_text
from kpicore.model.occurrence import Happened
from kpicore.model.worktime import WorkedSeconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import FromClause

Expression = ColumnElement[Any]

FEW_VALUES = 64
"""A column with more values than this among the sampled rows is not a group key."""

_DIVISIONS = (operators.truediv, operators.floordiv, operators.mod)

_COMPARISONS = (operators.lt, operators.le, operators.gt, operators.ge, operators.eq, operators.ne)


Cut = tuple[Any, bool]
"""A constant, and whether it lies below the cut: (5, False) divides < 5 from >= 5, (5, True) divides <= 5 from > 5."""

_UNSETTLED = (PeriodBound, LocalDay, WorkedSeconds, Happened, Over)
_MAY_FAIL: Memory[bool] = Memory()
_IS_SETTLED: Memory[bool] = Memory()


@define(eq=False)
class Discriminator:
    """One group key and how many values it is expected to take."""

    expression: Expression
    variety: int
    cuts: list[Cut] = field(factory=list)
    """For intervals: where the comparisons divide the values, sorted."""

    def key(self, read: Callable[[Expression], Expression]) -> Expression:
        """Return the group key as it reads on the joined rows: the column itself, or how many cuts lie below the value."""
        value = read(self.expression)
        if not self.cuts:
            return value
        steps = [(value <= bound if below else value < bound, literal(at)) for at, (bound, below) in enumerate(self.cuts)]
        bound, below = self.cuts[-1]
        return case(*steps, (value > bound if below else value >= bound, literal(len(self.cuts))))

    def compare(self, operator: Any, bound: Any, key: Expression) -> Expression:
        """Return a comparison of the value with a bound as a comparison of the group key."""
        if operator in (operators.lt, operators.ge):
            at = self.cuts.index((bound, False))
            return key <= at if operator is operators.lt else key > at
        at = self.cuts.index((bound, True))
        if operator in (operators.le, operators.gt):
            return key <= at if operator is operators.le else key > at
        return operator(key, at)  # type: ignore[no-any-return]  # a comparison of columns


def _cuts(operator: Any, bound: Any) -> list[Cut]:
    if operator in (operators.lt, operators.ge):
        return [(bound, False)]
    return [(bound, True)] if operator in (operators.le, operators.gt) else [(bound, False), (bound, True)]


@frozen(eq=False)
class Discriminators:
    """The group keys that a set of filters needs."""

    by_text: dict[str, Discriminator]
    _used: dict[str, tuple[str, ...]] = field(factory=dict, repr=False)

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
                known = self.by_text[sql_text(interval[0])]
                key = grouped.c[f"d{position[sql_text(interval[0])]}"]
                return known.compare(interval[1], interval[2], key) if known.cuts else None
            at = position.get(sql_text(element)) if _may_be_key(element) else None
            return None if at is None else _as_type(grouped.c[f"d{at}"], element)

        return visitors.replacement_traverse(where, {}, replace)

    def used_by(self, where: Expression) -> tuple[str, ...]:
        """Return the names of the group keys that a filter needs, sorted."""
        text = sql_text(where)
        if text not in self._used:
            self._used[text] = self._names_in(where)
        return self._used[text]

    def _names_in(self, where: Expression) -> tuple[str, ...]:
        found = set()
        for atom in atoms(where):
            interval = _interval(atom)
            names = {sql_text(atom), *(sql_text(column) for column in columns_of(atom)), *([sql_text(interval[0])] if interval else [])}
            found |= names & set(self.by_text)
        return tuple(sorted(found))


def _as_type(column: Expression, like: Expression) -> Expression:
    # A truth value that went through a subquery must still read as one where the engine has no boolean type.
    return column.self_group() if not isinstance(like.type, Boolean) or isinstance(column.type, Boolean) else column == literal(1)


def _may_be_key(element: Expression) -> bool:
    # A BETWEEN has no type of its own.
    return isinstance(element, (Column, BinaryExpression)) or isinstance(element.type, Boolean)


def discriminators(filters: Sequence[Expression], variety: Callable[[Column[Any]], int]) -> Discriminators:
    """Find the group keys for a set of filters.

    Args:
        filters: conditions on fact columns.
        variety: how many values a column has, as far as is known.
    """
    filters = list({sql_text(each): each for each in filters}.values())
    whole = {sql_text(each): each for each in filters if may_fail(each)}
    shared = _cut_up([each for each in filters if sql_text(each) not in whole], variety)
    lonely = {**_lonely([each for each in filters if sql_text(each) not in whole], shared), **whole}
    rest = [each for each in filters if sql_text(each) not in lonely]
    found = _cut_up(rest, variety).by_text if lonely else shared.by_text
    return Discriminators({**found, **{text: Discriminator(each, 3) for text, each in lonely.items()}})


def _lonely(filters: Sequence[Expression], shared: Discriminators) -> dict[str, Expression]:
    # A filter none of whose keys serves another filter needs no more than its own truth value.
    by_text = {sql_text(each): each for each in filters}
    used = {text: shared.used_by(each) for text, each in by_text.items()}
    uses = Counter(name for names in used.values() for name in names)
    return {text: each for text, each in by_text.items() if isinstance(each.type, Boolean) and all(uses[name] == 1 for name in used[text])}


def _cut_up(filters: Sequence[Expression], variety: Callable[[Column[Any]], int]) -> Discriminators:
    found: dict[str, Discriminator] = {}
    cuts: dict[str, set[Cut]] = {}
    for atom in (atom for each in filters for atom in atoms(each)):
        columns = columns_of(atom)
        if columns and _is_settled(atom) and all(_is_small(column, variety) for column in columns):
            for column in columns:
                found.setdefault(sql_text(column), Discriminator(column, variety(column) + 1))
        elif (interval := _interval(atom)) is not None:
            value, operator, bound = interval
            found.setdefault(sql_text(value), Discriminator(value, 0))
            cuts.setdefault(sql_text(value), set()).update(_cuts(operator, bound))
        else:
            found.setdefault(sql_text(atom), Discriminator(atom, 3))
    for text, places in cuts.items():
        if text in found and (not found[text].variety):
            found[text] = Discriminator(found[text].expression, len(places) + 2, sorted(places))
    return Discriminators(found)


def may_fail(expression: Expression) -> bool:
    """Return whether an expression may fail on some rows: by a text that is no number, or a division by 0.

    Such a part is often guarded by a filter (x > 0 and y / x > 2), so the two must not be evaluated apart.
    """
    return _MAY_FAIL.recall(expression, lambda each: any(_fails(part) for part in visitors.iterate(each)))


def _fails(part: Any) -> bool:
    if isinstance(part, Cast):
        return isinstance(part.clause.type, String)
    if getattr(part, "operator", None) not in _DIVISIONS:
        return False
    return not (isinstance(part.right, BindParameter) and part.right.effective_value)


def _is_settled(atom: Expression) -> bool:
    # What the planner puts in the place of these is known on the rows, not on their groups.
    return _IS_SETTLED.recall(atom, lambda each: not any(isinstance(part, _UNSETTLED) for part in visitors.iterate(each)))


def _is_small(column: Column[Any], variety: Callable[[Column[Any]], int]) -> bool:
    return isinstance(column.table, Table) and variety(column) <= FEW_VALUES


def atoms(condition: Expression) -> Iterator[Expression]:
    """Yield the parts of a condition that `and`, `or` and `not` combine."""
    if isinstance(condition, BooleanClauseList):
        parts: Sequence[Any] = condition.clauses
        for part in parts:
            yield from atoms(part)
    elif isinstance(condition, Grouping) or (isinstance(condition, UnaryExpression) and condition.operator is operators.inv):
        inside: Any = condition.element
        yield from atoms(inside)
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
