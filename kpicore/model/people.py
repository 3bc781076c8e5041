"""The people who are scored: who held which role, in which team, over which span of time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from attrs import frozen

from kpicore.errors import ScorecardError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

SINCE_EVER = datetime(1900, 1, 1)
UNTIL_FURTHER_NOTICE = datetime(9000, 1, 1)


@frozen(order=True)
class Assignment:
    """One person in one role and team over the half-open span [since, until) of naive UTC time."""

    employee_id: str
    since: datetime
    until: datetime
    role: str | None = None
    team: str | None = None
    manager_id: str | None = None
    region: str | None = None
    fte: float = 1.0

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Return whether the assignment touches the span."""
        return self.since < end and self.until > start


@frozen
class People:
    """Everyone in the facts, with their assignments."""

    names: dict[str, str]
    """Employee id -> name to show."""
    systems: frozenset[str]
    """Ids that are not people: systems, bots, queues. They are never scored."""
    assignments: tuple[Assignment, ...]

    def roles(self) -> list[str]:
        """Return the roles that somebody holds, sorted."""
        return sorted({each.role for each in self.assignments if each.role is not None})

    def holding(self, role: str, start: datetime, end: datetime) -> list[Assignment]:
        """Return the assignments of people in a role during a span, sorted.

        Raises:
            ScorecardError: nobody ever holds the role.
        """
        if role not in self.roles():
            raise ScorecardError(f"somebody must hold the role {role!r} (nobody does, ever){nearest(role, self.roles())}")
        mine = (each for each in self.assignments if each.role == role and each.employee_id not in self.systems)
        return sorted((each for each in mine if each.overlaps(start, end)), key=_order)

    def team_of(self, employee_id: str, role: str | None, start: datetime, end: datetime) -> str | None:
        """Return the team in which a person was at the end of a span (in that role, where one is given)."""
        mine = [each for each in self.assignments if each.employee_id == employee_id and each.overlaps(start, end)]
        fitting = [each for each in mine if role is None or each.role == role]
        return max(fitting, key=_order).team if fitting else None


def _order(each: Assignment) -> tuple[str, datetime, datetime, str, str]:
    return (each.employee_id, each.since, each.until, each.role or "", each.team or "")


def covers(spans: Iterable[Assignment], start: datetime, end: datetime) -> bool:
    """Return whether the spans leave no moment of [start, end) uncovered."""
    reached = start
    for each in sorted(spans, key=_order):
        if each.since > reached:
            return False
        reached = max(reached, each.until)
    return reached >= end
