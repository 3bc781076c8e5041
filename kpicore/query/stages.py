"""The way of each deal through the stages of the pipeline, read from the recorded changes: one statement per fact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import frozen
from sqlalchemy import Boolean, String, and_, cast, literal, null, select
from sqlalchemy.dialects import mysql

from kpicore import facts
from kpicore.errors import ScorecardError, SourceError, nearest
from kpicore.model.expression import Exact, SecondsBetween
from kpicore.query.grouping import read_people
from kpicore.query.reading import eligible
from kpicore.query.windows import Windows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray
    from sqlalchemy import Column, ColumnElement, Select

    from kpicore.model.people import Assignment, People
    from kpicore.model.period import Calendar, Period
    from kpicore.query.database import Facts

FloatArray = "NDArray[np.float64]"

deal, change = facts.opportunity.c, facts.opportunity_change.c

BY = {"all": None, "person": deal.owner_id, "team": deal.owner_id, "source": deal.source, "product": deal.product_id}
"""By what deals can be told apart -> the column that says it."""
NEEDED = (deal.opportunity_id, deal.created_at, change.opportunity_id, change.field, change.new_value, change.changed_at)


@frozen(eq=False)
class Ways:
    """Deals begun in a period, and their visits to stages. Times are seconds since the period's start."""

    groups: tuple[str | None, ...]
    """(deals,) to which group a deal belongs; None: to none."""
    created: NDArray[np.float64]
    ended: NDArray[np.float64]
    """(deals,) when it was closed; NaN while it is open."""
    is_won: NDArray[np.bool_]
    case: NDArray[np.int64]
    """(visits,) the position of the visit's deal; the visits of a deal stand together, in order."""
    stage: NDArray[np.int64]
    """(visits,) which stage was entered; -1 for one that is not listed."""
    at: NDArray[np.float64]
    now: float
    """Up to when the facts are known."""
    systems: tuple[str, ...]
    """Users that are no people and changed stages, or own deals."""
    changes: int
    """Recorded changes of a stage."""
    changes_by_systems: int
    deals_of_systems: int
    """Deals left out of a grouping by people, because a system owns them."""

    def of(self, group: str | None) -> NDArray[np.bool_]:
        """Return which deals belong to a group; None stands for all."""
        if group is None:
            return np.ones(len(self.groups), dtype=bool)
        return np.array([each == group for each in self.groups], dtype=bool)


def ways(database: Facts, period: Period, calendar: Calendar, stages: Sequence[str], by: str, as_of: datetime) -> Ways:
    """Read the ways of the deals that were begun in a period.

    Args:
        database: the facts.
        period: in which the deals were created.
        calendar: of the project.
        stages: in their order.
        by: all, person, team, source or product.
        as_of: up to when the facts are known.
    Raises:
        ScorecardError: `by` is unknown.
        SourceError: the source does not fill what this needs.
    """
    _refuse_unfit(database, by)
    windows = Windows.of([period], calendar)
    origin, people = windows.bounds[0][0], read_people(database)
    deals = _texts(database.fetch(_deals(database, windows, origin, by)))
    changes = _texts(database.fetch(_changes(database, windows, origin)))
    who = deals.column("owner").to_pylist()
    groups, hidden = _groups(deals, who, people, by, origin)
    case, stage, at = _visits(deals, changes, stages)
    authors = changes.column("author").to_pylist()
    by_systems = [each for each in authors if each in people.systems]
    closed = pc.fill_null(deals.column("is_closed"), False).to_numpy(zero_copy_only=False).astype(bool)
    return Ways(
        groups=groups,
        created=_numbers(deals, "created"),
        ended=np.where(closed, _numbers(deals, "closed"), np.nan),
        is_won=closed & pc.fill_null(deals.column("is_won"), False).to_numpy(zero_copy_only=False).astype(bool),
        case=case,
        stage=stage,
        at=at,
        now=(as_of - origin).total_seconds(),
        systems=tuple(sorted({*by_systems, *(each for each in who if each in people.systems)})),
        changes=len(authors),
        changes_by_systems=len(by_systems),
        deals_of_systems=hidden,
    )


def _refuse_unfit(database: Facts, by: str) -> None:
    if by not in BY:
        raise ScorecardError(f"a funnel can be given by {', '.join(BY)} (got {by!r}){nearest(by, BY)}")
    wanted = [*NEEDED, *([] if BY[by] is None else [BY[by]]), *([facts.assignment.c.team] if by == "team" else [])]
    lacking = sorted({str(column) for column in wanted if column is not None and not database.profile.has(column)})
    if lacking:
        raise SourceError(
            f"a funnel needs the recorded changes of stage (the source does not fill {', '.join(lacking)});"
            " map the stage history to opportunity_change, with `stage` as the field"
        )


def _deals(database: Facts, windows: Windows, origin: datetime, by: str) -> Select[Any]:
    column = BY[by]
    label = cast(null(), String(255)) if column is None else _text(database, column)
    flags = [(_flag(database, deal.is_closed)).label("is_closed"), _flag(database, deal.is_won).label("is_won")]
    texts = [_text(database, deal.stage).label("stage"), _text(database, deal.owner_id).label("owner"), label.label("label")]
    times = [_seconds(database, origin, deal.created_at).label("created"), _seconds(database, origin, deal.closed_at).label("closed")]
    return select(_text(database, deal.opportunity_id).label("deal"), *times, *flags, *texts).where(*_begun(database, windows))


def _changes(database: Facts, windows: Windows, origin: datetime) -> Select[Any]:
    same = and_(change.opportunity_id == deal.opportunity_id, Exact(change.opportunity_id) == Exact(deal.opportunity_id))
    texts = {
        "deal": change.opportunity_id,
        "id": change.change_id,
        "old": change.old_value,
        "new": change.new_value,
        "author": change.employee_id,
    }
    columns = [_text(database, column).label(name) for name, column in texts.items()]
    joined = facts.opportunity_change.join(facts.opportunity, same)
    wanted = select(*columns, _seconds(database, origin, change.changed_at).label("at")).select_from(joined)
    return wanted.where(change.field == "stage", change.changed_at.is_not(None), *_begun(database, windows))


def _begun(database: Facts, windows: Windows) -> list[ColumnElement[Any]]:
    return [*eligible(facts.opportunity, database), windows.condition(deal.created_at)]


def _text(database: Facts, column: Column[Any]) -> ColumnElement[Any]:
    return Exact(column) if database.profile.has(column) else cast(null(), String(255))


def _flag(database: Facts, column: Column[Any]) -> ColumnElement[Any]:
    return column if database.profile.has(column) else literal(False, Boolean())  # a value, not a switch


def _seconds(database: Facts, origin: datetime, column: Column[Any]) -> ColumnElement[Any]:
    start: ColumnElement[Any] = literal(origin)
    if database.dialect in ("mysql", "mariadb"):
        start = cast(start, mysql.DATETIME(fsp=6))
    return SecondsBetween(start, column if database.profile.has(column) else start)


def _texts(table: pa.Table) -> pa.Table:
    """Return the columns of texts as texts, whatever the engine encodes them as."""
    kinds = {"created": pa.float64(), "closed": pa.float64(), "at": pa.float64(), "is_closed": pa.bool_(), "is_won": pa.bool_()}
    return pa.table({name: table.column(name).cast(kinds.get(name, pa.string())) for name in table.column_names})


def _numbers(table: pa.Table, name: str) -> NDArray[np.float64]:
    return np.asarray(table.column(name).to_numpy(zero_copy_only=False), dtype=np.float64)


def _visits(deals: pa.Table, changes: pa.Table, stages: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return the visits: the stage of creation, every recorded one, and the one in which a deal was closed if no change says so."""
    listed = pa.array(stages, pa.string())

    def position(column: Any) -> NDArray[np.int64]:
        return np.asarray(pc.fill_null(pc.index_in(column, listed), -1).to_numpy(zero_copy_only=False), dtype=np.int64)

    order = pc.sort_indices(changes, sort_keys=[("deal", "ascending"), ("at", "ascending"), ("id", "ascending")])
    moved = changes.take(order)
    case = np.asarray(
        pc.index_in(moved.column("deal"), deals.column("deal").combine_chunks()).to_numpy(zero_copy_only=False), dtype=np.int64
    )
    new, old, now = position(moved.column("new")), position(moved.column("old")), position(deals.column("stage"))
    is_first = np.append(True, case[1:] != case[:-1])[: len(case)]
    is_last = np.append(case[1:] != case[:-1], True)[: len(case)]
    began, latest = now.copy(), now.copy()
    began[case[is_first]] = np.where(old[is_first] == new[is_first], -1, old[is_first])
    latest[case[is_last]] = new[is_last]
    created, closed = _numbers(deals, "created"), _numbers(deals, "closed")
    opening = np.flatnonzero(began >= 0)
    closing = np.flatnonzero((now >= 0) & (now != latest) & np.isfinite(closed))
    pieces = [
        (opening, began[opening], created[opening], np.zeros(len(opening))),
        (case, new, _numbers(moved, "at"), np.arange(1.0, len(case) + 1)),
        (closing, now[closing], closed[closing], np.full(len(closing), np.inf)),
    ]
    whose, where, when, rank = (np.concatenate([piece[at] for piece in pieces]) for at in range(4))
    place = np.lexsort((rank, whose))
    return whose[place].astype(np.int64), where[place].astype(np.int64), when[place]


def _groups(deals: pa.Table, owners: Sequence[str | None], people: People, by: str, origin: datetime) -> tuple[tuple[str | None, ...], int]:
    if by not in ("person", "team"):
        return tuple(deals.column("label").to_pylist()), 0
    hidden = sum(who in people.systems for who in owners)
    if by == "person":
        return tuple(None if who is None or who in people.systems else people.names.get(who, who) for who in owners), hidden
    spans: dict[str, list[Assignment]] = {}
    for each in people.assignments:
        spans.setdefault(each.employee_id, []).append(each)

    def team(who: str | None, second: float) -> str | None:
        if who is None or who in people.systems:
            return None
        held = (
            each for each in spans.get(who, []) if (each.since - origin).total_seconds() <= second < (each.until - origin).total_seconds()
        )
        return next((each.team for each in held if each.team is not None), None)

    return tuple(team(who, second) for who, second in zip(owners, _numbers(deals, "created"), strict=True)), hidden
