"""The rows that measures aggregate: one fact, its many-to-one dimensions, who owned a row then, shared credit, currency.

Every join here finds at most one partner per row, except the credit split, whose shares sum to 1.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from attrs import field, frozen
from sqlalchemy import Column, ColumnElement, Double, Over, String, Table, and_, case, cast, func, literal, null, or_, select
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import Grouping as Parenthesised

from kpicore import facts
from kpicore.errors import PlanError
from kpicore.model.expression import EpochDay, Exact, LocalDay, PeriodBound
from kpicore.model.measure import columns_of, sql_text
from kpicore.model.people import UNTIL_FURTHER_NOTICE
from kpicore.query import money, ownership

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import FromClause, Subquery

    from kpicore.facts import Edge
    from kpicore.model.measure import Measure
    from kpicore.query.database import Facts
    from kpicore.query.grouping import Grouping
    from kpicore.query.windows import Windows

Expression = ColumnElement[Any]


TICK = timedelta(microseconds=1)
"""The resolution of times: the last moment of a period is so long before its end."""


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


@frozen(eq=False)
class Base:
    """Joined rows of one fact, and how a measure's expressions read on them."""

    from_: FromClause
    subject: Expression
    """To whom a row belongs, after owner history, credit splits and grouping."""
    key: Expression | None
    """The integer key of the row's window; None where there is one window."""
    share: Expression | None
    """The subject's share in the row; None where no credit is split."""
    nth: Expression | None
    """Which of the subject's shares in one record a row is, so that a quantile can take each record once; None as for `share`."""
    conditions: tuple[Expression, ...]
    read: Callable[[Expression], Expression] = field(repr=False)
    """How an expression of fact columns reads on the joined rows."""
    unrated: Expression | None
    """Where amounts are converted: whether the row's currency has no rate."""


def eligible(fact: Table, database: Facts) -> list[Expression]:
    """Return the conditions under which a record counts at all: not deleted, not merged into another, not a test."""
    found = [fact.c[name].is_(None) for name in ("deleted_at", "merged_into") if name in fact.c and database.profile.has(fact.c[name])]
    if "is_test" in fact.c and database.profile.has(fact.c.is_test):
        found.append(or_(fact.c.is_test.is_(None), fact.c.is_test.is_not(True)))
    return found


def _depth(over: Expression) -> int:
    inner = [_depth(part) for part in visitors.iterate(over) if isinstance(part, Over) and part is not over]
    return 1 + max(inner, default=0)


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


def _bounds(start: datetime, end: datetime) -> dict[str, datetime]:
    return {"start": start, "end": end, "last": end - TICK}


def build(scope: Scope, measures: Sequence[Measure]) -> Base:
    """Join what measures need that share fact, subject, time and attribution."""
    return _Builder(scope, measures).base()


class _Builder:
    """Adds the joins of one branch, one after the other."""

    def __init__(self, scope: Scope, measures: Sequence[Measure]) -> None:
        self.scope, self.database = scope, scope.facts
        self.sample = measures[0]
        self.fact = self.sample.fact
        self.expressions = [part for measure in measures for part in measure.expressions()]
        self.overs = {sql_text(part): part for each in self.expressions for part in visitors.iterate(each) if isinstance(part, Over)}
        self.inner = self._inner() if self.overs else None
        self.spine = self._spine() if self.sample.at is None and len(scope.windows.periods) > 1 else None
        self.factor: Expression | None = None

    def base(self) -> Base:
        from_: FromClause = self.fact if self.inner is None else self.inner
        if self.spine is not None:
            from_ = from_.join(self.spine, literal(1) == literal(1))
        from_ = self._join_dimensions(from_)
        from_, unrated = self._join_rates(from_)
        from_, owner = self._join_past_owner(from_)
        from_, owner, share = self._join_split(from_, owner)
        from_, subject = self._join_members(from_, owner)
        key = self._key()
        nth = None if share is None else self._nth([subject] if key is None else [subject, key])
        return Base(from_, subject, key, share, nth, tuple(self._conditions()), self.read, unrated)

    def read(self, expression: Expression) -> Expression:
        return visitors.replacement_traverse(expression, {}, self._replace)

    def _replace(self, element: Any, **_: Any) -> Any:
        if isinstance(element, LocalDay):
            return self.scope.windows.day(LocalDay(*(self.read(part) for part in element.clauses)))
        if isinstance(element, Over) and self.inner is not None:
            return self.inner.c[f"over_{list(self.overs).index(sql_text(element))}"]
        if isinstance(element, PeriodBound):
            return self._bound(element.which)
        return self._column(element) if isinstance(element, Column) and isinstance(element.table, Table) else None

    def _bound(self, which: str) -> Expression:
        if which == "as_of":
            return literal(self.scope.as_of)
        if self.spine is not None:
            return self.spine.c[which]
        if len(self.scope.windows.periods) == 1:
            return literal(_bounds(*self.scope.windows.bounds[0])[which])
        return self._bound_of_row(which)

    def _bound_of_row(self, which: str) -> Expression:
        spans = self.scope.windows.bounds
        moment = self._moment()
        return case(*((and_(moment >= start, moment < end), literal(_bounds(start, end)[which])) for start, end in spans))

    def _column(self, column: Column[Any]) -> Expression | None:
        if not self.database.profile.has(column):
            return cast(null(), column.type)
        placed = self._placed(column)
        if isinstance(column.type, String):
            return Exact(placed)
        if self.factor is not None and column.info.get("is_money") and column.table is self.fact:
            return Parenthesised(cast(placed, Double) * self.factor)
        return None if placed is column else placed

    def _placed(self, column: Column[Any]) -> Expression:
        return self.inner.c[column.name] if self.inner is not None and column.table is self.fact else column

    def _inner(self) -> Subquery:
        # Window expressions compare a row with its neighbours, so they are computed before rows are left out.
        foreign = [column for over in self.overs.values() for column in columns_of(over) if column.table is not self.fact]
        if foreign:
            raise PlanError(f"a window expression may only use columns of its own fact {self.fact.name} (got {foreign[0]})")
        columns = [column for column in self.fact.c if self.database.profile.has(column)]
        conditions = eligible(self.fact, self.database)
        if self.sample.at is not None:
            conditions.append(self.scope.windows.condition(self._engine_form(self.sample.at), self.sample.lookahead_days))
        found = select(*columns).where(*conditions).subquery("f")
        for depth in range(max(map(_depth, self.overs.values()))):
            # A window over the result of another needs a query of its own around the first.
            layer = [(at, over) for at, over in enumerate(self.overs.values()) if _depth(over) == depth + 1]
            overs = [self._engine_form(over, found, over).label(f"over_{at}") for at, over in layer]
            found = select(*found.c, *overs).subquery(f"f{depth}")
        return found

    def _engine_form(self, expression: Expression, rows: Subquery | None = None, whole: Expression | None = None) -> Expression:
        """Return an expression as it reads on the fact's own rows: its columns, days and windows already computed put in place."""

        def replace(element: Any, **_: Any) -> Any:
            if isinstance(element, LocalDay):
                return self.scope.windows.day(LocalDay(*(self._engine_form(part, rows) for part in element.clauses)))
            if isinstance(element, PeriodBound):
                return self._bound(element.which)
            if isinstance(element, Over) and element is not whole and rows is not None:
                return rows.c[f"over_{list(self.overs).index(sql_text(element))}"]
            if not (isinstance(element, Column) and isinstance(element.table, Table)):
                return None
            if not self.database.profile.has(element):
                return cast(null(), element.type)
            placed = element if rows is None else rows.c[element.name]
            return Exact(placed) if isinstance(element.type, String) else placed

        return visitors.replacement_traverse(expression, {}, replace)

    def _spine(self) -> Subquery:
        rows = [
            select(literal(at).label("k"), literal(start).label("start"), literal(end).label("end"), literal(end - TICK).label("last"))
            for at, (start, end) in zip(self.scope.windows.codes, self.scope.windows.bounds, strict=True)
        ]
        return rows[0].union_all(*rows[1:]).subquery("spine")

    def _moment(self) -> Expression:
        if self.sample.at is not None:
            return self.read(self.sample.at)
        return self._bound("start" if self.sample.owned_at == "start" else "last")

    def _key(self) -> Expression | None:
        if self.spine is not None:
            return self.spine.c.k
        return self.scope.windows.key(self._moment()) if self.sample.at is not None else None

    def _conditions(self) -> list[Expression]:
        found = [] if self.inner is not None else eligible(self.fact, self.database)
        return found if self.sample.at is None else [*found, self.scope.windows.condition(self._moment())]

    def _join_dimensions(self, from_: FromClause) -> FromClause:
        for edge in steps_to(self.fact, columns_of(*self.expressions)):
            if not self.database.is_unique(edge.target):
                raise PlanError(
                    f"{edge.target} must be unique, or joining it would count rows twice (it is not in this database);"
                    " make the table or view give one row per key"
                )
            # The second condition is the exact one; the first lets every engine use an index.
            on = and_(self._placed(edge.column) == edge.target, self.read(edge.column) == Exact(edge.target))
            from_ = from_.outerjoin(edge.target.table, on)
        return from_

    def _join_rates(self, from_: FromClause) -> tuple[FromClause, Expression | None]:
        home = self.scope.currency
        if not money.is_foreign(self.database, self.fact, self.expressions, home) or home is None:
            return from_, None
        found = money.rates(self.database, home)
        currency = self.read(self.fact.c.currency)
        if found is not None:
            from_, moment = self._join_original(from_)
            from_ = from_.outerjoin(found, money.holds_on(found, currency, EpochDay(self.scope.windows.local(moment))))
        self.factor, unrated = money.factor(found, currency, home)
        return from_, unrated

    def _join_original(self, from_: FromClause) -> tuple[FromClause, Expression]:
        # A reversal is converted at the rate of the sale that it takes back.
        reverses = self.fact.c.get("reverses_id")
        if reverses is None or self.sample.at is None or not self.database.profile.has(reverses):
            return from_, self._moment()
        original = self.fact.alias("original")
        key = next(iter(self.fact.primary_key))
        from_ = from_.outerjoin(original, original.c[key.name] == self.read(reverses))
        return from_, func.coalesce(original.c[columns_of(self.sample.at)[0].name], self._moment())

    def _join_past_owner(self, from_: FromClause) -> tuple[FromClause, Expression]:
        if self.sample.subject is None:
            return from_, literal("")
        past = ownership.past_owners(self.database, self.sample)
        if past is None:
            return from_, self.read(self.sample.subject)
        today = self.read(self.fact.c[self.fact.info["owner"]])
        moment, key = self._moment(), self.read(next(iter(self.fact.primary_key)))
        then = and_(past.c.record == key, or_(past.c.since.is_(None), moment >= past.c.since), moment < past.c.until)
        owner = case((past.c.record.is_not(None), past.c.owner), else_=today)
        return from_.outerjoin(past, then), self._with_owner(self.sample.subject, owner)

    def _with_owner(self, subject: Expression, owner: Expression) -> Expression:
        column = self.fact.c[self.fact.info["owner"]]
        return visitors.replacement_traverse(subject, {}, lambda element, **_: owner if element is column else self._replace(element))

    def _join_split(self, from_: FromClause, owner: Expression) -> tuple[FromClause, Expression, Expression | None]:
        if not ownership.is_shared(self.database, self.sample):
            return from_, owner, None
        split, key = facts.credit_split, self.read(next(iter(self.fact.primary_key)))
        from_ = from_.outerjoin(split, and_(split.c.record_table == self.fact.name, split.c.record_id == key))
        person = case((split.c.split_id.is_not(None), Exact(split.c.employee_id)), else_=owner)
        return from_, person, func.coalesce(cast(split.c.share, Double), 1.0)

    def _nth(self, place: list[Expression]) -> Expression:
        record = self.read(next(iter(self.fact.primary_key)))
        return func.row_number().over(partition_by=[*place, record], order_by=facts.credit_split.c.split_id)

    def _join_members(self, from_: FromClause, owner: Expression) -> tuple[FromClause, Expression]:
        members, is_whole = self.scope.grouping.members, self.scope.grouping.is_whole
        if members is None:
            return from_, literal("all") if is_whole else owner
        moment = self._moment()
        on = and_(members.c.employee_id == owner, moment >= members.c.since, moment < members.c.until)
        return from_.join(members, on), literal("all") if is_whole else members.c.label
