"""What metric authors write for working time: the part of a duration that lies within the shifts of a calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Double, literal, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.sql.functions import FunctionElement

from kpicore.model.expression import SecondsBetween

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler


class WorkedSeconds(FunctionElement[Any]):
    """Working seconds of a calendar from the first day that the facts know to a time; the planner knows the calendar."""

    type = Double()
    inherit_cache = True
    name = "worked_seconds"

    @property
    def calendar(self) -> str:
        """Name of the working calendar."""
        name: Any = next(iter(self.clauses))
        return str(name.value)

    @property
    def moment(self) -> ColumnElement[Any]:
        """The time."""
        _, moment = self.clauses
        return moment


def working_seconds_between(start: ColumnElement[Any], end: ColumnElement[Any], calendar: str) -> ColumnElement[Any]:
    """Return the seconds from `start` to `end` that lie within the shifts of a calendar of the project, `[calendar.NAME]`.

    A second is worked if its local time lies in a shift of a day that is no holiday. Negative where end comes first, null where either
    is null. Without a calendar, the name being empty, all seconds count.
    """
    if not calendar:
        return SecondsBetween(start, end)
    return Grouping(WorkedSeconds(literal(calendar), end) - WorkedSeconds(literal(calendar), start))


def working_minutes_between(start: ColumnElement[Any], end: ColumnElement[Any], calendar: str) -> ColumnElement[Any]:
    """Return the working minutes from `start` to `end`; see `working_seconds_between`."""
    return working_seconds_between(start, end, calendar).op("/", return_type=Double())(literal_column("60.0"))


def working_hours_between(start: ColumnElement[Any], end: ColumnElement[Any], calendar: str) -> ColumnElement[Any]:
    """Return the working hours from `start` to `end`; see `working_seconds_between`."""
    return working_seconds_between(start, end, calendar).op("/", return_type=Double())(literal_column("3600.0"))


@compiles(WorkedSeconds)
def _worked_default(element: WorkedSeconds, compiler: SQLCompiler, **kw: Any) -> str:
    return f"worked_seconds({', '.join(compiler.process(part, **kw) for part in element.clauses)})"
