"""Whose row was it then, and who shares in it: subqueries with at most one partner per row and moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, ColumnElement, Double, Table, case, cast, func, literal, or_, select

from kpicore import facts
from kpicore.errors import MetricError
from kpicore.model.expression import Exact
from kpicore.model.measure import columns_of
from kpicore.model.people import SINCE_EVER, UNTIL_FURTHER_NOTICE

if TYPE_CHECKING:
    from sqlalchemy import FromClause, Subquery

    from kpicore.model.measure import Measure
    from kpicore.query.database import Facts


SHARE_TOLERANCE = 1e-4
"""By how much shares may miss 1 for want of decimals."""


def is_owner(measure: Measure) -> bool:
    """Return whether the measure's subject is the fact's owner, whose shares then apply."""
    return isinstance(measure.subject, Column) and owner_of(measure) is measure.fact


def owner_of(measure: Measure) -> Table | None:
    """Return whose owner the measure's subject is, or falls back to, so that the owner's history applies: the fact's or a dimension's."""
    owners = [column.table for column in columns_of(measure.subject) if column.name == column.table.info["owner"]]
    return measure.fact if measure.fact in owners else next((table for table in owners if table.info["history"]), None)


def past_owners(database: Facts, measure: Measure) -> Subquery | None:
    """Return (record, owner, since, until): who owned a record in a span of time before today's owner; None without a history."""
    owned = owner_of(measure)
    if owned is None or not owned.info["history"] or measure.attribution == "now":
        return None
    history = owned.info["history"]
    table = facts.metadata.tables[history["table"]]
    needed = [table.c[history[name]] for name in ("record", "at", "old", "from", "to", "owner") if name in history]
    if not all(database.profile.has(column) for column in needed):
        return None
    some = select(literal(1)).select_from(table).where(*_selection(history, table)).limit(1).subquery()
    if not database.once(f"history {owned.name}", select(func.count()).select_from(some)):
        return None
    return _spans(history, table) if "from" in history else _changes(history, table)


def _selection(history: dict[str, str], table: Table) -> list[ColumnElement[Any]]:
    return [table.c[name] == history[name] for name in ("field", "kind", "table_name") if name in history]


def _changes(history: dict[str, str], table: Table) -> Subquery:
    # Until a change of the owner the record belonged to the change's old value, since the change before it.
    record, at, key = Exact(table.c[history["record"]]), table.c[history["at"]], next(iter(table.primary_key))
    since = func.lag(at).over(partition_by=record, order_by=[at, key])
    columns = (record.label("record"), Exact(table.c[history["old"]]).label("owner"), since.label("since"), at.label("until"))
    return select(*columns).where(*_selection(history, table)).subquery("past")


def _spans(history: dict[str, str], table: Table) -> Subquery:
    record, owner = Exact(table.c[history["record"]]), Exact(table.c[history["owner"]])
    since = func.coalesce(table.c[history["from"]], SINCE_EVER)
    until = func.coalesce(table.c[history["to"]], UNTIL_FURTHER_NOTICE)
    columns = (record.label("record"), owner.label("owner"), since.label("since"), cut(record, since, until, table).label("until"))
    return select(*columns).subquery("past")


def cut(owner: ColumnElement[Any], since: ColumnElement[Any], until: ColumnElement[Any], table: FromClause) -> ColumnElement[Any]:
    """Return the end of a span, cut where the next span of the same thing begins, so that no moment has two."""
    following = func.lead(since).over(partition_by=owner, order_by=[since, _key(table)])
    return case((following < until, following), else_=until)


def _key(table: FromClause) -> ColumnElement[Any]:
    return next(iter(table.primary_key or table.c))


def is_shared(database: Facts, measure: Measure) -> bool:
    """Return whether credit for some rows of the fact is split between people.

    Raises:
        MetricError: the shares of a record do not sum to 1, so that its people would not sum to the record.
    """
    split = facts.credit_split
    if measure.per or not is_owner(measure):
        return False
    if not all(database.profile.has(split.c[name]) for name in ("record_table", "record_id", "employee_id", "share")):
        return False
    shares = select(func.count()).select_from(split).where(split.c.record_table == measure.fact.name)
    if not database.once(f"split {measure.fact.name}", shares):
        return False
    _refuse_unbalanced(database, measure.fact)
    return True


def _refuse_unbalanced(database: Facts, fact: Table) -> None:
    split = facts.credit_split
    if "schema" in database.profile.meta:
        return  # `kpicore load` has set them aside
    total = func.sum(cast(split.c.share, Double))
    sums = select(total.label("total")).where(split.c.record_table == fact.name).group_by(Exact(split.c.record_id)).subquery()
    is_wrong = or_(sums.c.total.is_(None), func.abs(sums.c.total - 1.0) > SHARE_TOLERANCE)
    wrong = database.once(f"unbalanced {fact.name}", select(func.count()).select_from(sums).where(is_wrong))
    if wrong:
        raise MetricError(
            f"the shares of a record in credit_split must sum to 1 (got {wrong} of {fact.name} whose shares do not);"
            " correct the shares, or the people would not sum to the team"
        )
