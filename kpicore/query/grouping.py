"""By whom facts are grouped: each person, a team, region, manager or role at the event's time, or the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from attrs import field, frozen
from sqlalchemy import Subquery, case, func, literal, select

from kpicore import facts
from kpicore.errors import ScorecardError, nearest
from kpicore.model.expression import Exact
from kpicore.model.people import SINCE_EVER, UNTIL_FURTHER_NOTICE, Assignment, People, covers

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from kpicore.query.database import Facts
    from kpicore.query.windows import Windows

By: TypeAlias = Literal["person", "team", "manager", "region", "role", "all"]

_LABELS = {"person": "employee_id", "team": "team", "manager": "manager_id", "region": "region", "role": "role"}


@frozen(eq=False)
class Grouping:
    """Who the subjects are, and how a row's owner leads to one."""

    subjects: tuple[str, ...] | None
    """The subjects, sorted; None: those that occur in the facts."""
    members: Subquery | None = field(default=None, repr=False)
    """(employee_id, since, until, label), of which at most one holds at a moment; None where owners are the subjects."""
    is_whole: bool = False
    """Whether all rows belong to one subject, 'all'."""


def read_people(database: Facts) -> People:
    """Read employees and assignments."""
    employee, assignment = facts.employee, facts.assignment
    people = _rows(database, [employee.c.employee_id, employee.c.name, employee.c.kind])
    names = {row[0]: row[1] or row[0] for row in people}
    systems = frozenset(row[0] for row in people if row[2] in ("system", "bot", "queue"))
    wanted = ["employee_id", "valid_from", "valid_to", "role", "team", "manager_id", "region", "fte"]
    rows = _rows(database, [assignment.c[name] for name in wanted])
    spans = [
        Assignment(who, since or SINCE_EVER, until or UNTIL_FURTHER_NOTICE, role, team, manager, region, 1.0 if fte is None else float(fte))
        for who, since, until, role, team, manager, region, fte in rows
        if who is not None
    ]
    return People(names, systems, tuple(sorted(spans, key=repr)))


def _rows(database: Facts, columns: list[ColumnElement[Any]]) -> list[list[Any]]:
    """Read a small table; columns that the source lacks are None."""
    present = [column for column in columns if database.profile.has(column)]  # type: ignore[arg-type]  # they are fact columns
    if columns[0] not in present:
        return []
    at = {id(column): position for position, column in enumerate(present)}
    rows = database.rows(select(*present))
    return [[_opaque(column, row[at[id(column)]]) if id(column) in at else None for column in columns] for row in rows]


def _opaque(column: ColumnElement[Any], value: Any) -> Any:
    # A host's own tables may number their people; ids are texts all the same.
    return str(value) if value is not None and getattr(column, "info", {}).get("kind") == "id" else value


def group_by(database: Facts, people: People, windows: Windows, by: str = "person", role: str | None = None) -> Grouping:
    """Choose the subjects and how rows find them.

    With a role, only facts count that happened while their owner held it.

    Raises:
        ScorecardError: `by` is unknown, nobody holds the role, or somebody is in two groups at once.
    """
    if by not in get_args(By):
        raise ScorecardError(f"metrics can be given by {', '.join(get_args(By))} (got {by!r}){nearest(by, get_args(By))}")
    _refuse_unknown(database, by)
    start, end = windows.bounds[0][0], windows.bounds[-1][1]
    held = people.holding(role, start, end) if role is not None else [each for each in people.assignments if each.overlaps(start, end)]
    if by == "all":
        return Grouping(("all",), _members(database, "person", role) if role is not None else None, is_whole=True)
    if by == "person":
        return _persons(database, people, held, role, (start, end))
    _refuse_double(held, _LABELS[by], start, end)
    labels = {getattr(each, _LABELS[by]) for each in held} - {None}
    return Grouping(tuple(sorted(labels)), _members(database, by, role))


def _refuse_unknown(database: Facts, by: str) -> None:
    needed = [facts.assignment.c[name] for name in ("employee_id", _LABELS.get(by, "employee_id"))]
    lacking = sorted({str(column) for column in needed if not database.profile.has(column)})
    if by not in ("person", "all") and lacking:
        raise ScorecardError(
            f"to measure by {by}, assignment must say who had which {by} when (the source does not fill {', '.join(lacking)})"
        )


def _persons(database: Facts, people: People, held: list[Assignment], role: str | None, span: tuple[Any, Any]) -> Grouping:
    if role is None:
        ids = tuple(sorted(set(people.names) - people.systems))
        return Grouping(ids or None)
    by_person: dict[str, list[Assignment]] = {}
    for each in held:
        by_person.setdefault(each.employee_id, []).append(each)
    in_full = all(covers(spans, *span) for spans in by_person.values())
    return Grouping(tuple(sorted(by_person)), None if in_full else _members(database, "person", role))


def _members(database: Facts, by: str, role: str | None) -> Subquery:
    table = facts.assignment
    label = Exact(table.c[_LABELS[by]])
    chosen = [label.is_not(None)] + ([Exact(table.c.role) == role] if role is not None else [])
    since, until = _bound(database, "valid_from", SINCE_EVER), _bound(database, "valid_to", UNTIL_FURTHER_NOTICE)
    columns = (Exact(table.c.employee_id).label("employee_id"), label.label("label"), since.label("since"), until.label("until"))
    return _joined(select(*columns).where(*chosen).subquery("spans"))


def _joined(spans: Subquery) -> Subquery:
    # Spans of one person under one label that touch or overlap become one, so that a fact finds at most one of them.
    whose, order = [spans.c.employee_id, spans.c.label], [spans.c.since, spans.c.until]
    earlier = func.max(spans.c.until).over(partition_by=whose, order_by=order, rows=(None, -1))
    is_new = case((spans.c.since <= earlier, 0), else_=1)
    marked = select(*spans.c, is_new.label("is_new")).subquery("marked")
    number = func.sum(marked.c.is_new).over(
        partition_by=[marked.c.employee_id, marked.c.label], order_by=[marked.c.since, marked.c.until], rows=(None, 0)
    )
    numbered = select(*marked.c, number.label("number")).subquery("numbered")
    n = numbered.c
    bounds = (func.min(n.since).label("since"), func.max(n.until).label("until"))
    return select(n.employee_id, *bounds, n.label).group_by(n.employee_id, n.label, n.number).subquery("members")


def _bound(database: Facts, name: str, otherwise: datetime) -> ColumnElement[Any]:
    column = facts.assignment.c[name]
    return func.coalesce(column, otherwise) if database.profile.has(column) else literal(otherwise)


def _refuse_double(held: list[Assignment], label: str, start: datetime, end: datetime) -> None:
    longest: dict[tuple[str, str], Assignment] = {}
    for each in sorted(held, key=lambda each: (each.employee_id, each.since, each.until)):
        name = getattr(each, label)
        if name is None:
            continue
        for (person, other), earlier in longest.items():
            is_double = person == each.employee_id and other != name and each.since < earlier.until
            if is_double and each.since < end and min(each.until, earlier.until) > start:
                _refuse(each, label, other, name)
        known = longest.get((each.employee_id, name))
        if known is None or known.until < each.until:
            longest[each.employee_id, name] = each


def _refuse(each: Assignment, label: str, one: str, two: str) -> None:
    raise ScorecardError(
        f"a person must have one {label} at a time to be grouped by it (got {each.employee_id!r} in {one!r}"
        f" and {two!r} from {each.since:%Y-%m-%d} on); end one assignment before the other begins"
    )
