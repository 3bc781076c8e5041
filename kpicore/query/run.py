"""Measure metrics: plan, ask the database, and put the answers together as a metric matrix."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from attrs import define, evolve, field, frozen

from kpicore.errors import KpiError, MetricError, nearest
from kpicore.facts.classes import class_column
from kpicore.matrix import MetricMatrix
from kpicore.model.measure import columns_of
from kpicore.model.metric import Metric
from kpicore.model.period import Calendar, Period, shift, year_ago
from kpicore.query.ask import ask
from kpicore.query.byclass import by_class, label_of, lacking_class
from kpicore.query.grouping import group_by, read_people
from kpicore.query.measured import Measured, Workbench, collect
from kpicore.query.plan import Plan, missing_columns, plan
from kpicore.query.rows import Scope
from kpicore.query.windows import Windows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kpicore.model.cells import Cells
    from kpicore.model.measure import Measure
    from kpicore.model.metric import Lookup
    from kpicore.model.workdays import WorkingCalendar
    from kpicore.query.ask import Answers
    from kpicore.query.database import Facts


@frozen(eq=False)
class Request:
    """What is to be measured."""

    metrics: Mapping[str, Metric]
    """All metrics that are known; those asked for may be computed from others."""
    names: tuple[str, ...]
    """The metrics asked for."""
    periods: tuple[Period, ...]
    calendar: Calendar = field(factory=Calendar)
    by: str = "person"
    """person, team, manager, region, role or all, or a column that makes classes of cases, e.g. 'customer.size'."""
    role: str | None = None
    currency: str | None = None
    as_of: datetime | None = None
    """Up to when the facts are known; the end of the last period unless the facts say otherwise."""
    calendars: Mapping[str, WorkingCalendar] = field(factory=dict)
    """Working calendars, by the names that metrics use."""
    extra: tuple[Measure, ...] = ()
    """Further measures, such as those of credit rules."""


@frozen(eq=False)
class Failure:
    """A metric that could not be computed."""

    what: str
    why: str


@frozen(eq=False)
class Outcome:
    """What was measured."""

    matrix: MetricMatrix
    measured: Measured
    failures: tuple[Failure, ...]
    statements: int
    as_of: datetime


def closure(metrics: Mapping[str, Metric], names: Sequence[str]) -> list[str]:
    """Return the names and all that they are computed from, as far as it is offered.

    Raises:
        MetricError: a name is not offered by any plugin.
    """
    found: dict[str, None] = {}

    def visit(name: str) -> None:
        if name not in metrics:
            raise MetricError(f"a metric must be offered by a plugin to be used (got {name!r}){nearest(name, metrics)}")
        if name not in found:
            found[name] = None
            for part in metrics[name].inputs():
                if part in metrics:
                    visit(part)

    for name in names:
        visit(name)
    return list(found)


def prepare(database: Facts, request: Request) -> tuple[Scope, Plan, dict[str, list[str]], dict[str, Measure]]:
    """Plan a request: the scope, the statements, and per metric the columns that the source lacks."""
    scope = scope_of(database, request)
    is_whole = (request.by == "all" or is_class(request.by)) and request.role is None
    needed = closure(request.metrics, request.names)
    far = lacking_class(database, request.metrics, needed, class_column(request.by)) if is_class(request.by) else {}
    near = [name for name in needed if name not in far]
    untestable, measures = testable(database, request.metrics, near, is_whole=is_whole)
    untestable.update(far)
    measures.update({part.key: part for part in request.extra if not missing_columns(database, part)})
    return scope, plan(scope, list(measures.values())), untestable, measures


def scope_of(database: Facts, request: Request) -> Scope:
    """Return what all measures of a request share: windows, grouping, currency and horizon."""
    periods = list(request.periods)
    for name in closure(request.metrics, request.names):
        for kind in request.metrics[name].shifts():
            periods += [_shifted(period, kind, request.calendar) for period in request.periods]
    windows = Windows.of(periods, request.calendar)
    grouping = group_by(database, read_people(database), windows, "all" if is_class(request.by) else request.by, request.role)
    classes = (class_column(request.by),) if is_class(request.by) else ()
    return Scope(
        database,
        windows,
        grouping,
        request.currency,
        request.as_of or horizon(database, request),
        classes=classes,
        calendars=request.calendars,
    )


def is_class(by: str) -> bool:
    """Return whether `by` is a column, such as 'customer.size', and not a group of people."""
    return "." in by


def testable(
    database: Facts, metrics: Mapping[str, Metric], needed: Sequence[str], *, is_whole: bool
) -> tuple[dict[str, list[str]], dict[str, Measure]]:
    """Return, per metric, the columns that the source lacks, and the measures of all others by key."""
    untestable: dict[str, list[str]] = {}
    measures: dict[str, Measure] = {}
    for name in needed:
        metric = metrics[name]
        own = metric.measures()
        missing = _lacking(database, metric, own, is_whole=is_whole)
        missing += [f"{part}, a metric that no plugin here offers" for part in metric.inputs() if part not in metrics]
        if missing:
            untestable[name] = missing
        else:
            measures.update({measure.key: measure for measure in own})
    return untestable, measures


def _lacking(database: Facts, metric: Metric, own: Sequence[Measure], *, is_whole: bool) -> list[str]:
    missing = {column for measure in own for column in missing_columns(database, measure, metric.spared(), is_whole=is_whole)}
    used = {id(column) for measure in own for column in measure.columns()}
    owners = {id(column) for measure in own for column in columns_of(measure.subject)} if is_whole else set()
    for group in metric.either:
        needed = [column for column in group if id(column) in used - owners]
        if needed and not any(database.profile.has(column) for column in group):
            missing.add(" or ".join(str(column) for column in group))
    return sorted(missing)


def _shifted(period: Period, kind: str, calendar: Calendar) -> Period:
    return period if kind == "" else shift(period, -1, calendar) if kind == "previous" else year_ago(period, calendar)


def measure(database: Facts, request: Request) -> Outcome:
    """Measure the metrics of a request.

    Raises:
        MetricError: a metric is unknown, or a definition could count rows twice.
        SourceError: the database fails.
    """
    try:
        scope, planned, untestable, _ = prepare(database, request)
    except KpiError:
        raise
    except (Exception, SystemExit):  # noqa: BLE001  # a plugin may raise anything, even leave; the other metrics go on
        request = evolve(request, metrics=_sound(request.metrics))
        scope, planned, untestable, _ = prepare(database, request)
    answers = ask(scope, planned)
    measured = _collected(scope, answers)
    failures = _Failures([Failure(f"measure of {part.fact.name}", measured.refused[part.key]) for part in _lost(request, measured)])
    bench = Workbench(measured, _columns(scope.windows, request), request.metrics, untestable, failures.add)
    cells = {name: bench.metric(name) for name in request.names}
    names = [period.name for period in request.periods]
    subjects = [label_of(each) for each in measured.subjects] if scope.classes else measured.subjects
    matrix = MetricMatrix.build(subjects, names, cells, bench.active)
    return Outcome(matrix, measured, tuple(failures.found), len(planned.statements), scope.as_of)


def that_plan(database: Facts, request: Request, needed: Sequence[str] = ()) -> tuple[Request, tuple[Failure, ...]]:
    """Leave out the metrics that this database cannot be asked for, such as a sum of amounts in several currencies.

    Args:
        database: the facts.
        request: for several metrics of which not all must be there.
        needed: metrics that must be there.
    Returns:
        The request without them, and why each was left out.
    Raises:
        KpiError: one that is needed, or all of them, cannot be asked for.
    """
    try:
        prepare(database, request)
    except KpiError:
        pass
    else:
        return request, ()
    failures: dict[str, Failure] = {}
    for name in request.names:
        try:
            prepare(database, evolve(request, names=(name,)))
        except KpiError as error:
            if name in needed or len(failures) + 1 == len(request.names):
                raise
            failures[name] = Failure(name, str(error))
    return evolve(request, names=tuple(name for name in request.names if name not in failures)), tuple(failures.values())


def _collected(scope: Scope, answers: Answers) -> Measured:
    tables, subjects = (by_class(answers.tables), None) if scope.classes else (answers.tables, scope.grouping.subjects)
    return collect(answers.statements, tables, subjects, scope.windows, answers.refused)


def _sound(metrics: Mapping[str, Metric]) -> dict[str, Metric]:
    """Return the metrics, those that cannot say what they need replaced by ones that say why."""
    found = dict(metrics)
    for name, metric in metrics.items():
        try:
            metric.inputs(), metric.shifts()
            [part.key for part in metric.measures()]
        except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever it is, the metric's cells will say it
            found[name] = Failed(name=name, title=metric.title, definition=metric.definition, error=error)
    return found


@frozen(eq=False, kw_only=True)
class Failed(Metric):
    """Stands for a metric that failed before anything was asked."""

    error: BaseException

    def cells(self, get: Lookup) -> Cells:  # every metric takes it
        """Fail as the metric did."""
        del get
        raise self.error


def _lost(request: Request, measured: Measured) -> list[Measure]:
    return [part for part in request.extra if part.key in measured.refused]


@define
class _Failures:
    found: list[Failure] = field(factory=list)

    def add(self, name: str, error: BaseException) -> None:
        text = str(error) if isinstance(error, KpiError) else f"{type(error).__name__}: {error}"
        self.found.append(Failure(name, text))


def horizon(database: Facts, request: Request) -> datetime:
    """Return up to when the facts are known: what the loader wrote down, or the end of the last period."""
    known = database.profile.meta.get("horizon")
    return datetime.fromisoformat(known) if known else request.calendar.utc(max(period.end for period in request.periods))


def _columns(windows: Windows, request: Request) -> dict[str, np.ndarray]:
    kinds = {"", *(kind for metric in request.metrics.values() for kind in metric.shifts())}
    known = {(period.start, period.end) for period in windows.periods}
    found: dict[str, np.ndarray] = {}
    for kind in sorted(kinds):
        periods = [_shifted(period, kind, request.calendar) for period in request.periods]
        if all((period.start, period.end) in known for period in periods):
            found[kind] = np.array([windows.index(period) for period in periods], dtype=np.int64)
    return found
