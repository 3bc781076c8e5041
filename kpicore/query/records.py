"""The records behind a metric of one person: which were looked at, which counted, and which did not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen
from sqlalchemy import Double, case, cast, func, literal, null, select
from sqlalchemy import String as Text

from kpicore.query.plan import missing_columns
from kpicore.query.rows import build
from kpicore.query.run import closure, scope_of

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from kpicore.model.measure import Measure
    from kpicore.query.database import Facts
    from kpicore.query.rows import Base, Scope
    from kpicore.query.run import Request


@frozen
class Record:
    """One record that a measure looked at for a person."""

    metric: str
    fact: str
    key: str
    at: str | None
    is_counted: bool
    adds: float | None
    """What it adds to a count or sum, such as an amount or a part of a credit; None of any other aggregate."""
    condition: str
    """The condition that decides."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        about = {"metric": self.metric, "fact": self.fact, "key": self.key, "at": self.at}
        return {**about, "counted": self.is_counted, "adds": self.adds, "condition": self.condition}


def records(database: Facts, request: Request, subject: str, limit: int) -> list[Record]:
    """Return up to `limit` records per metric that belong to a person in the period, counted or not, by time and key."""
    scope = scope_of(database, request)
    found: list[Record] = []
    for name in closure(request.metrics, request.names):
        metric = request.metrics[name]
        parts = [part for part in metric.measures() if part.at is not None and not part.per]
        usable = [part for part in parts if not missing_columns(database, part, metric.spared())]
        if usable:
            found += _of(scope, name, usable[0], subject, limit)
    return found


def _of(scope: Scope, name: str, measure: Measure, subject: str, limit: int) -> list[Record]:
    from kpicore.model.measure import sql_text

    base = build(scope, [measure])
    key = base.read(next(iter(measure.fact.primary_key)))
    at = base.read(measure.at) if measure.at is not None else literal(None)
    counts = literal(1) if measure.where is None else case((base.read(measure.where), 1), else_=0)
    who = (cast(base.subject, Text(255)).label("s"), cast(key, Text(255)).label("key"), at.label("at"))
    columns = (*who, counts.label("counts"), cast(_added(base, measure), Double).label("adds"))
    rows = select(*columns).select_from(base.from_).where(*base.conditions).subquery("r")
    told = select(rows.c.key, rows.c.at, rows.c.counts, rows.c.adds)
    chosen = told.where(func.coalesce(rows.c.s, "") == subject).order_by(rows.c.at, rows.c.key)
    condition = sql_text(measure.where)
    return [
        Record(name, measure.fact.name, str(key), None if when is None else str(when), bool(counts), adds if counts else 0.0, condition)
        for key, when, counts, adds in scope.facts.rows(chosen.limit(limit))
    ]


def _added(base: Base, measure: Measure) -> ColumnElement[Any]:
    """Return what a row adds, before its subject's share."""
    if measure.function == "count":
        return case((base.read(measure.value).is_not(None), 1.0), else_=0.0)
    return base.read(measure.value) if measure.function == "sum" else null()
