"""How an expression of canonical columns reads on the rows of one branch: the period's bounds, days, windows and rates put in place."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Double,
    Integer,
    Over,
    String,
    Table,
    and_,
    case,
    cast,
    exists,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import BinaryExpression
from sqlalchemy.sql.elements import Grouping as Parenthesised

from kpicore import facts
from kpicore.errors import PlanError
from kpicore.model.expression import AsRecorded, Exact, LocalDay, PeriodBound
from kpicore.model.measure import columns_of, sql_text
from kpicore.model.occurrence import Happened
from kpicore.model.people import UNTIL_FURTHER_NOTICE
from kpicore.model.worktime import WorkedSeconds
from kpicore.query.joins import join_steps, steps_to

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import FromClause, Subquery

    from kpicore.model.measure import Measure
    from kpicore.model.workdays import WorkingCalendar
    from kpicore.query.database import Facts
    from kpicore.query.grouping import Grouping
    from kpicore.query.windows import Windows

Expression = ColumnElement[Any]

TICK = timedelta(microseconds=1)
"""The resolution of times: the last moment of a period is so long before its end."""

MANY_ROWS = 100
"""The longest chain of UNION ALL that every engine takes in one piece is longer than this."""


@frozen
class Scope:
    """What all measures of one run share: the database, the windows, the grouping and the currency."""

    facts: Facts
    windows: Windows
    grouping: Grouping
    currency: str | None = None
    """The project's currency; None where the project has not said."""
    as_of: datetime = UNTIL_FURTHER_NOTICE
    """Up to when the facts are known."""
    calendars: Mapping[str, WorkingCalendar] = field(factory=dict)
    """Working calendars of the project, by name."""
    classes: tuple[Column[Any], ...] = ()
    """By which columns rows are told apart besides subject and window: those of a row's own dimensions, as they are now."""


def eligible(fact: Table, database: Facts) -> list[Expression]:
    """Return the conditions under which a record counts at all: not deleted, not merged into another, not a test."""
    found: list[Expression] = [
        fact.c[name].is_(None) for name in ("deleted_at", "merged_into") if name in fact.c and database.profile.has(fact.c[name])
    ]
    if "is_test" in fact.c and database.profile.has(fact.c.is_test):
        found.append(or_(fact.c.is_test.is_(None), fact.c.is_test.is_not(True)))
    return found


@define(eq=False)
class Reader:
    """Reads expressions on the rows of one branch: its fact, or a query around it where window expressions are used."""

    scope: Scope
    sample: Measure
    """Any measure of the branch: they share fact, subject, time and attribution."""
    expressions: tuple[Expression, ...]
    factor: Expression | None = None
    """What amounts of the fact are multiplied by, once that is known."""
    worked: dict[str, Expression] = field(factory=dict)
    """How moments read as working seconds, once their days are joined."""
    overs: dict[str, Over[Any]] = field(init=False)
    inner: Subquery | None = field(init=False, default=None)
    """The fact's rows with the window expressions, where there are any."""
    spine: Subquery | None = field(init=False, default=None)
    """One row per window, where a state is looked at in several."""

    def __attrs_post_init__(self) -> None:
        self.overs = {sql_text(part): part for each in self.expressions for part in visitors.iterate(each) if isinstance(part, Over)}
        if self.overs:
            self.inner = self._inner()
        if self.sample.at is None and len(self.scope.windows.periods) > 1:
            self.spine = self._spine()

    @property
    def fact(self) -> Table:
        """The fact table."""
        return self.sample.fact

    @property
    def rows(self) -> FromClause:
        """The fact's rows, times the windows where a state is looked at in several."""
        rows: FromClause = self.fact if self.inner is None else self.inner
        return rows if self.spine is None else rows.join(self.spine, literal(1) == literal(1))

    @property
    def record(self) -> Expression:
        """The key of the row's record."""
        return self.read(next(iter(self.fact.primary_key)))

    def moment(self) -> Expression:
        """Return the time by which a row's owner and group are looked up."""
        return self._bound("start", self.read) if self.sample.attribution == "start" else self.happened()

    def happened(self) -> Expression:
        """Return when a row happened, by which its window and rate are looked up; of a state, the end of the period that counts."""
        if self.sample.at is not None:
            return self.read(self.sample.at)
        return self._bound("start" if self.sample.owned_at == "start" else "last", self.read)

    def key(self) -> Expression | None:
        """Return the integer key of the row's window; None where there is one window."""
        if self.spine is not None:
            return self.spine.c.k
        return self.scope.windows.key(self.happened()) if self.sample.at is not None else None

    def conditions(self) -> list[Expression]:
        """Return which rows count at all."""
        found = [] if self.inner is not None else eligible(self.fact, self.scope.facts)
        return found if self.sample.at is None else [*found, self.scope.windows.condition(self.happened())]

    def read(self, expression: Expression, instead: tuple[Column[Any], Expression] | None = None) -> Expression:
        """Return an expression as it reads on the rows; `instead` gives one column another meaning."""

        def replace(element: Any, **_: Any) -> Any:
            if instead is not None and element is instead[0]:
                return instead[1]
            if isinstance(element, Over) and self.inner is not None:
                return self.inner.c[self._name(element)]
            if isinstance(element, AsRecorded):
                return self._recorded(element)
            return self._special(element, lambda part: self.read(part, instead)) if not _is_fact(element) else self._column(element)

        return visitors.replacement_traverse(expression, {}, replace)

    def _special(self, element: Any, read: Callable[[Expression], Expression]) -> Expression | None:
        if isinstance(element, LocalDay):
            return self.scope.windows.day(read(next(iter(element.clauses))))
        if isinstance(element, PeriodBound):
            return self._bound(element.which, read)
        if isinstance(element, Happened):
            return self._happened(element, read)
        if isinstance(element, WorkedSeconds):
            if sql_text(element) not in self.worked:
                raise PlanError(f"working time must not be inside a window expression of {self.fact.name} (got {sql_text(element)})")
            return self.worked[sql_text(element)]
        if isinstance(element, BinaryExpression) and element.operator is operators.truediv:
            # Engines differ in the digits of a quotient unless it is one of doubles.
            return Parenthesised(cast(read(element.left), Double) / read(element.right))
        return None

    def _happened(self, element: Happened, read: Callable[[Expression], Expression]) -> Expression:
        name, at, keys, values, since, until = element.parts()
        table = facts.metadata.tables[name]
        other = table.alias(f"other_{name}")

        def replace(element: Any, **_: Any) -> Any:
            return other.c[element.name] if _is_fact(element) and element.table is table else None

        usable = [visitors.replacement_traverse(each, {}, replace) for each in eligible(table, self.scope.facts)]
        same = [Exact(other.c[key]) == read(value) for key, value in zip(keys, values, strict=True)]
        return exists(select(literal(1)).select_from(other).where(*usable, *same, other.c[at] >= read(since), other.c[at] < read(until)))

    def _bound(self, which: str, read: Callable[[Expression], Expression]) -> Expression:
        windows = self.scope.windows
        if which == "as_of":
            return self.written(self.scope.as_of)
        if self.spine is not None:
            return self.spine.c[which]
        if self.sample.at is None or len(windows.periods) == 1:
            return self.written(_bounds(*windows.bounds[0])[which])
        moment = read(self.sample.at)
        steps = ((and_(moment >= start, moment < end), self.written(_bounds(start, end)[which])) for start, end in windows.bounds)
        return case(*steps)

    def written(self, moment: datetime) -> Expression:
        """Return a moment as it is written in a statement."""
        # To these engines a written moment is a text, and compared with another text (a coalesced one, say) it stays one.
        is_text = self.scope.facts.dialect in ("mysql", "mariadb")
        return cast(literal(moment), mysql.DATETIME(fsp=6)) if is_text else literal(moment)

    def _column(self, column: Column[Any]) -> Expression | None:
        if not self.scope.facts.profile.has(column):
            return self._nothing(column)
        placed = self.placed(column)
        if isinstance(column.type, String):
            return Exact(placed)
        if self.factor is not None and column.info.get("is_money") and column.table is self.fact:
            return Parenthesised(cast(placed, Double) * self.factor)
        return None if placed is column else placed

    def _nothing(self, column: Column[Any]) -> Expression:
        """Return what a column that the source lacks reads as; MySQL and MariaDB cannot cast to a truth value, which is a number there."""
        is_number = isinstance(column.type, Boolean) and self.scope.facts.dialect in ("mysql", "mariadb")
        return cast(null(), Integer() if is_number else column.type)

    def _recorded(self, element: AsRecorded) -> Expression:
        column: Any = next(iter(element.clauses))
        return cast(self.placed(column) if self.scope.facts.profile.has(column) else null(), Double)

    def placed(self, column: Column[Any]) -> Expression:
        """Return where a column of the source stands among the rows."""
        return self.inner.c[column.name] if self.inner is not None and column.table is self.fact else column

    def _name(self, over: Expression) -> str:
        return f"over_{list(self.overs).index(sql_text(over))}"

    def _inner(self) -> Subquery:
        # Window expressions compare a row with its neighbours, so they are computed before rows are left out.
        has = self.scope.facts.profile.has
        columns = [column for column in self.fact.c if has(column)]
        others = [column for column in columns_of(*self.overs.values()) if column.table is not self.fact and has(column)]
        from_ = join_steps(self.scope.facts, self.fact, steps_to(self.fact, others), lambda column: column)
        conditions = eligible(self.fact, self.scope.facts)
        at = self.sample.at
        # By a time of another table, all rows are neighbours; which of them count is decided once they are joined.
        if at is not None and all(column.table is self.fact for column in columns_of(at)):
            conditions.append(self.scope.windows.condition(self._raw(at), self.sample.lookahead_days))
        wanted = (*columns, *(column.label(_joined(column)) for column in others))
        found = select(*wanted).select_from(from_).where(*conditions).subquery("f")
        for depth in range(max(map(_depth, self.overs.values()))):
            # A window over the result of another needs a query of its own around the first.
            layer = [over for over in self.overs.values() if _depth(over) == depth + 1]
            found = select(*found.c, *(self._raw(over, found, over).label(self._name(over)) for over in layer)).subquery(f"f{depth}")
        return found

    def _raw(self, expression: Expression, rows: Subquery | None = None, whole: Expression | None = None) -> Expression:
        """Return an expression as it reads on the fact's own rows, where windows are being computed."""

        def replace(element: Any, **_: Any) -> Any:
            if isinstance(element, Over) and element is not whole and rows is not None:
                return rows.c[self._name(element)]
            if isinstance(element, AsRecorded):
                return self._raw(next(iter(element.clauses)), rows)
            if not _is_fact(element):
                return self._special(element, lambda part: self._raw(part, rows))
            if not self.scope.facts.profile.has(element):
                return self._nothing(element)
            placed = element if rows is None else rows.c[element.name if element.table is self.fact else _joined(element)]
            return Exact(placed) if isinstance(element.type, String) else placed

        return visitors.replacement_traverse(expression, {}, replace)

    def _spine(self) -> Subquery:
        windows = self.scope.windows
        rows = [
            select(literal(at).label("k"), *(self.written(moment).label(name) for name, moment in _bounds(start, end).items()))
            for at, (start, end) in zip(windows.codes, windows.bounds, strict=True)
        ]
        pieces = [_union(rows[at : at + MANY_ROWS]) for at in range(0, len(rows), MANY_ROWS)]
        spine: Subquery = _union([select(piece.subquery(f"spine{at}")) for at, piece in enumerate(pieces)]).subquery("spine")
        return spine


def _union(rows: Sequence[Any]) -> Any:
    return rows[0] if len(rows) == 1 else rows[0].union_all(*rows[1:])


def _bounds(start: datetime, end: datetime) -> dict[str, datetime]:
    return {"start": start, "end": end, "last": end - TICK}


def _joined(column: Column[Any]) -> str:
    return f"{column.table.name}__{column.name}"


def _is_fact(element: Any) -> bool:
    return isinstance(element, Column) and isinstance(element.table, Table)


def _depth(over: Expression) -> int:
    inner = [_depth(part) for part in visitors.iterate(over) if isinstance(part, Over) and part is not over]
    return 1 + max(inner, default=0)
