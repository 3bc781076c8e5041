"""The rows that measures aggregate: one fact, its many-to-one dimensions, who owned a row then, shared credit, currency.

Every join here finds at most one partner per row, except the credit split, whose shares sum to 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve, field, frozen
from sqlalchemy import Column, ColumnElement, Double, Table, and_, case, cast, func, literal, or_
from sqlalchemy.sql import visitors

from kpicore import facts
from kpicore.model.expression import EpochDay, Exact
from kpicore.model.measure import NOBODY, columns_of, sql_text
from kpicore.model.worktime import WorkedSeconds
from kpicore.query import money, ownership, working
from kpicore.query.joins import join_steps, refuse_repeats, steps_to
from kpicore.query.reading import Reader, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import FromClause

    from kpicore.model.measure import Measure

__all__ = ["Base", "Scope", "build", "steps_to"]

Expression = ColumnElement[Any]


@frozen(eq=False)
class Base:
    """Joined rows of one fact, and how a measure's expressions read on them."""

    from_: FromClause
    subject: Expression
    """To whom a row belongs, after owner history, credit splits and grouping."""
    key: Expression | None
    """The integer key of the row's window; None where there is one window."""
    conditions: tuple[Expression, ...]
    read: Callable[[Expression], Expression] = field(repr=False)
    """How an expression of fact columns reads on the joined rows."""
    share: Expression | None = None
    """The subject's share in the row; None where no credit is split."""
    nth: Expression | None = None
    """Which of the subject's shares in one record a row is, so that a quantile can take each record once; None as for `share`."""
    unrated: Expression | None = None
    """Where amounts are converted: whether the row's currency has no rate."""
    classes: tuple[Expression, ...] = ()
    """The columns of the scope by which rows are told apart, as they read on the joined rows."""


def build(scope: Scope, measures: Sequence[Measure]) -> Base:
    """Join what measures need that share fact, subject, time and attribution."""
    reader = Reader(scope, measures[0], (*(part for measure in measures for part in measure.expressions()), *scope.classes))
    from_ = _join_days(reader, _join_dimensions(reader, reader.rows))
    from_, unrated = _join_rates(reader, from_)
    from_, owner = _join_past_owner(reader, from_)
    classes = tuple(reader.read(column) for column in scope.classes)
    base = Base(from_, owner, reader.key(), tuple(reader.conditions()), reader.read, unrated=unrated, classes=classes)
    return _join_members(reader, _join_split(reader, base))


def _join_dimensions(reader: Reader, from_: FromClause) -> FromClause:
    has = reader.scope.facts.profile.has
    # Columns that the source lacks are read as null, so their tables need not even be there.
    columns = [column for column in columns_of(*reader.expressions) if has(column)]
    return join_steps(reader.scope.facts, from_, steps_to(reader.fact, columns), reader.placed)


def _join_days(reader: Reader, from_: FromClause) -> FromClause:
    parts = [part for each in reader.expressions for part in visitors.iterate(each) if isinstance(part, WorkedSeconds)]
    if not parts:
        return from_
    scope, tables = reader.scope, {}
    span = working.span_of(scope, parts)
    for name in {part.calendar: None for part in parts}:
        table = working.table_for(scope, name, span)
        tables[name] = (table, working.cte_of(table, f"calendar_{name}", scope.facts.dialect))
    for text, part in {sql_text(part): part for part in parts}.items():
        table, days = tables[part.calendar][0], tables[part.calendar][1].alias(f"w{len(reader.worked)}")
        on, reader.worked[text] = working.worked(days, table, reader.read(part.moment), reader.written(working.EPOCH))
        from_ = from_.outerjoin(days, on)
    return from_


def _join_rates(reader: Reader, from_: FromClause) -> tuple[FromClause, Expression | None]:
    database, home = reader.scope.facts, reader.scope.currency
    money.refuse_mixed(database, reader.fact, reader.expressions, home)
    if home is None or not money.is_foreign(database, reader.fact, reader.expressions, home):
        return from_, None
    found = money.rates(database, home)
    currency = reader.read(reader.fact.c.currency)
    if found is not None:
        from_, moment = _join_original(reader, from_)
        from_ = from_.outerjoin(found, money.holds_on(found, currency, EpochDay(reader.scope.windows.local(moment))))
    reader.factor, unrated = money.factor(found, currency, home)
    return from_, unrated


def _join_original(reader: Reader, from_: FromClause) -> tuple[FromClause, Expression]:
    # A reversal is converted at the rate of the sale that it takes back.
    reverses, at = reader.fact.c.get("reverses_id"), reader.sample.at
    if reverses is None or at is None or not reader.scope.facts.profile.has(reverses):
        return from_, reader.happened()
    key = next(iter(reader.fact.primary_key))
    refuse_repeats(reader.scope.facts, key)
    original = reader.fact.alias("original")

    def of_original(element: Any, **_: Any) -> Any:
        return original.c[element.name] if _is_of(element, reader.fact) else None

    then = visitors.replacement_traverse(at, {}, of_original)
    on = and_(original.c[key.name] == reader.placed(reverses), Exact(original.c[key.name]) == reader.read(reverses))
    return from_.outerjoin(original, on), func.coalesce(then, reader.happened())


def _is_of(part: Any, fact: Table) -> bool:
    return isinstance(part, Column) and part.table is fact


def _join_past_owner(reader: Reader, from_: FromClause) -> tuple[FromClause, Expression]:
    subject = reader.sample.subject
    if subject is None:
        return from_, literal("")
    past, owned = ownership.past_owners(reader.scope.facts, reader.sample), ownership.owner_of(reader.sample)
    if past is None or owned is None:
        return from_, reader.read(subject)
    column, moment = owned.c[owned.info["owner"]], reader.moment()
    record = reader.record if owned is reader.fact else reader.read(facts.path(reader.fact, owned)[-1].column)
    then = and_(past.c.record == record, or_(past.c.since.is_(None), moment >= past.c.since), moment < past.c.until)
    owner = case((past.c.record.is_not(None), past.c.owner), else_=reader.read(column))
    return from_.outerjoin(past, then), reader.read(subject, (column, owner))


def _join_split(reader: Reader, base: Base) -> Base:
    if not ownership.is_shared(reader.scope.facts, reader.sample):
        return base
    split = facts.credit_split
    on = and_(split.c.record_table == reader.fact.name, Exact(split.c.record_id) == reader.record)
    person = case((split.c.split_id.is_not(None), Exact(split.c.employee_id)), else_=base.subject)
    share = func.coalesce(cast(split.c.share, Double), 1.0)
    return evolve(base, from_=base.from_.outerjoin(split, on), subject=person, share=share)


def _join_members(reader: Reader, base: Base) -> Base:
    members, is_whole = reader.scope.grouping.members, reader.scope.grouping.is_whole
    whole = literal("all") if is_whole else None
    if members is not None and reader.sample.subject is not NOBODY:
        moment = reader.moment()
        on = and_(members.c.employee_id == base.subject, moment >= members.c.since, moment < members.c.until)
        base = evolve(base, from_=base.from_.join(members, on), subject=members.c.label)
    return _numbered(reader, base if whole is None else evolve(base, subject=whole))


def _numbered(reader: Reader, base: Base) -> Base:
    if base.share is None:
        return base
    place = [base.subject] if base.key is None else [base.subject, base.key]
    return evolve(base, nth=func.row_number().over(partition_by=[*place, reader.record], order_by=facts.credit_split.c.split_id))
