"""The mix of cases behind a metric: what each subject did in each class, e.g. by size of the customer and product.

Metrics with the same class columns are asked for together, in one statement per fact. The class of a case is that of its own
dimensions as they are now; to whom it belongs, and with which share, is decided as for the metric itself, so the classes add up to it.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import evolve, field, frozen

from kpicore.errors import MetricError, ScorecardError, SourceError
from kpicore.facts.classes import class_column
from kpicore.model.casemix import CaseMix
from kpicore.model.period import shift
from kpicore.query.ask import Answers, ask
from kpicore.query.measured import Measured, Workbench, collect
from kpicore.query.places import places
from kpicore.query.plan import Plan, has_over, plan
from kpicore.query.rows import steps_to
from kpicore.query.run import scope_of, testable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from kpicore.model.casemix import CaseClass
    from kpicore.model.measure import Measure
    from kpicore.model.metric import Metric, Parts
    from kpicore.model.period import Period
    from kpicore.query.database import Facts
    from kpicore.query.rows import Scope
    from kpicore.query.run import Outcome, Request

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]
    By = Mapping[str, Sequence[str]]

MAX_CLASSES = 200
"""More classes than this leave too few cases in each to say how hard they are."""


@frozen(eq=False)
class Mixes:
    """What was measured by classes."""

    found: Mapping[str, CaseMix] = field(factory=dict)
    """Per metric, its mix; subjects are in the order asked for."""
    why: Mapping[str, str] = field(factory=dict)
    """Per metric without a mix, why it has none."""
    digests: tuple[str, ...] = ()
    """Of all that was read."""
    statements: int = 0


@frozen(eq=False)
class Asked:
    """The statements for some windows."""

    scope: Scope
    plan: Plan


@frozen(eq=False)
class ClassPlan:
    """The statements for all metrics with the same class columns."""

    columns: tuple[str, ...]
    metrics: tuple[Metric, ...]
    now: Asked
    before: Asked
    """The same where one statement asks for both periods."""

    @property
    def asked(self) -> tuple[Asked, ...]:
        """What is asked, each once."""
        return (self.now,) if self.before is self.now else (self.now, self.before)


def with_mixes(database: Facts, request: Request, outcome: Outcome, by: By) -> tuple[Outcome, Mapping[str, CaseMix]]:
    """Measure mixes for what was measured already; see `measure_mixes`.

    A metric whose mix the source cannot fill becomes not testable, since its raw value must not pass for an adjusted one.
    """
    if not by:
        return outcome, {}
    found = measure_mixes(database, evolve(request, as_of=outcome.as_of), by, outcome.matrix.subjects)
    read = hashlib.sha256(json.dumps([outcome.measured.digest, *found.digests]).encode()).hexdigest()
    measured = evolve(outcome.measured, digest=f"sha256:{read}")
    matrix = outcome.matrix.not_testable(found.why)
    return evolve(outcome, matrix=matrix, measured=measured, statements=outcome.statements + found.statements), found.found


def measure_mixes(database: Facts, request: Request, by: By, subjects: Sequence[str]) -> Mixes:
    """Measure the mix of cases of some metrics.

    Args:
        database: the facts.
        request: of one period; the exposure of the period before it is measured with it.
        by: per metric, the columns that make its classes, e.g. {'sales.win_rate': ['customer.size']}.
        subjects: whose mix it is, in order.
    Returns:
        The mixes; a metric that the source cannot fill by these classes, or that the database refuses, is among `why` instead.
    Raises:
        ScorecardError: a metric has too many classes.
        SourceError: the database is gone.
    """
    found: dict[str, CaseMix] = {}
    absent = lacking(database, request.metrics, by)
    why = {name: f"its complexity needs {', '.join(columns)}, which the source does not fill" for name, columns in absent.items()}
    planned = class_plans(database, request, by)
    digests = []
    for each in planned:
        answer = _Answer.of(each, request.periods[0], subjects)
        digests.append(answer.digest)
        for metric in each.metrics:
            try:
                found[metric.name] = answer.mix(metric)
            except (MetricError, SourceError) as error:
                why[metric.name] = str(error)
    return Mixes(found, why, tuple(digests), sum(len(asked.plan.statements) for each in planned for asked in each.asked))


def lacking(database: Facts, metrics: Mapping[str, Metric], by: By) -> dict[str, list[str]]:
    """Return, per metric, the columns that its classes need and the source does not fill."""
    parts = {name: _parts(metrics[name]).measures() for name in by}
    found = {name: sorted({each for part in parts[name] for each in _absent(database, part, by[name])}) for name in by}
    return {name: columns for name, columns in found.items() if columns}


def _parts(metric: Metric) -> Parts:
    if (parts := metric.parts()) is None:
        raise MetricError(f"{metric.name!r} cannot be measured by classes: it is not the sum of its parts (got a {type(metric).__name__})")
    return parts


def _absent(database: Facts, measure: Measure, names: Sequence[str]) -> list[str]:
    columns = [class_column(name) for name in names]
    needed = [*columns, *(edge.column for edge in steps_to(measure.fact, columns))]
    return [str(column) for column in needed if not database.profile.has(column)]


def class_plans(database: Facts, request: Request, by: By) -> list[ClassPlan]:
    """Plan the statements, for all metrics that the source can fill; those with the same columns share them."""
    absent = lacking(database, request.metrics, by)
    untestable, _ = testable(database, request.metrics, list(by), is_whole=False)
    together: dict[tuple[tuple[str, ...], bool], list[Metric]] = {}
    for name in by:
        if name not in absent and name not in untestable:
            metric = request.metrics[name]
            together.setdefault((tuple(by[name]), _sees_neighbours([metric])), []).append(metric)
    return [_class_plan(database, request, columns, metrics) for (columns, _), metrics in together.items()]


def _sees_neighbours(metrics: Sequence[Metric]) -> bool:
    return any(has_over(part) for metric in metrics for part in _parts(metric).measures())


def _class_plan(database: Facts, request: Request, columns: tuple[str, ...], metrics: Sequence[Metric]) -> ClassPlan:
    measures = [part for metric in metrics for part in _parts(metric).measures()]

    def asked(wanted: Request) -> Asked:
        scope = evolve(scope_of(database, wanted), classes=tuple(class_column(name) for name in columns))
        return Asked(scope, plan(scope, measures))

    earlier = evolve(request, names=(), periods=tuple(shift(period, -1, request.calendar) for period in request.periods))
    if _sees_neighbours(metrics):
        # Window expressions see the rows of all windows that are asked for, so now they must see those that the metric sees.
        return ClassPlan(columns, tuple(metrics), asked(request), asked(earlier))
    both = asked(evolve(earlier, periods=(*earlier.periods, *request.periods)))
    return ClassPlan(columns, tuple(metrics), both, both)


@frozen(eq=False)
class _Answer:
    """What the statements gave: measures by cell, which is one subject's cases of one class."""

    columns: tuple[str, ...]
    now: Workbench
    before: Workbench
    subjects: tuple[str, ...]
    subject: IntArray
    """(cells,): position of the subject."""
    case: IntArray
    """(cells,): position of the class."""
    classes: tuple[CaseClass, ...]
    digest: str

    @classmethod
    def of(cls, planned: ClassPlan, period: Period, subjects: Sequence[str]) -> _Answer:
        """Ask, and find the cells of the subjects."""
        answers = [ask(each.scope, each.plan) for each in planned.asked]
        tables, cells = _numbered([each.tables for each in answers], subjects, len(planned.columns))
        measured = [_collected(*each, len(cells)) for each in zip(planned.asked, answers, tables, strict=True)]
        rows = list(zip(*(column.to_pylist() for column in cells.columns[1:]), strict=True))
        classes = sorted(set(rows), key=_none_last)
        place = {one: at for at, one in enumerate(classes)}
        who = pc.index_in(cells.column("subject"), value_set=pa.array(subjects, pa.string()))
        read = [[each.digest for each in measured], planned.columns, cells.to_pydict()]
        return cls(
            planned.columns,
            _bench(measured[0], measured[0].windows.index(period)),
            _bench(measured[-1], 0),
            tuple(subjects),
            np.asarray(who.to_numpy(), dtype=np.int64),
            np.array([place[row] for row in rows], dtype=np.int64),
            tuple(classes),
            f"sha256:{hashlib.sha256(json.dumps(read).encode()).hexdigest()}",
        )

    def mix(self, metric: Metric) -> CaseMix:
        """Return the mix of one metric, with the classes in which it has anything.

        Raises:
            ScorecardError: these are too many.
            MetricError: amounts are in a currency without a rate.
            SourceError: the database refused one of the measures.
        """
        parts = _parts(metric)
        scale = parts.scale if parts.per_days is None else parts.scale * parts.per_days / self.now.days()
        amount, exposure = self.now.measure(parts.amount) * scale, self.now.measure(parts.exposure)
        squares = None if parts.squares is None else self.now.measure(parts.squares)
        before = self.before.measure(parts.exposure)
        cells = np.flatnonzero((amount != 0) | (exposure != 0) | (before != 0))
        used = np.unique(self.case[cells])
        classes = tuple(self.classes[at] for at in used)
        _refuse_many(metric, self.columns, classes)

        def spread(values: FloatArray) -> FloatArray:
            array = np.zeros((len(self.subjects), len(used)))
            array[self.subject[cells], np.searchsorted(used, self.case[cells])] = values[cells, 0]
            return array

        return CaseMix(
            kind=parts.kind,
            subjects=self.subjects,
            columns=self.columns,
            classes=classes,
            amount=spread(amount),
            exposure=spread(exposure),
            squares=None if squares is None else spread(squares),
            before=spread(before),
        )


def _collected(asked: Asked, answers: Answers, tables: Sequence[pa.Table], cells: int) -> Measured:
    numbers = tuple(str(at) for at in range(cells))
    return collect(answers.statements, tables, numbers, asked.scope.windows, answers.refused)


def _bench(measured: Measured, window: int) -> Workbench:
    return Workbench(measured, {"": np.array([window])}, {})


def _numbered(parts: Sequence[Sequence[pa.Table]], subjects: Sequence[str], width: int) -> tuple[list[list[pa.Table]], pa.Table]:
    """Put the number of its cell in the place of each row's subject; return the cells, in order, and leave out other subjects."""
    names = ["subject", *(f"class{at}" for at in range(width))]
    asked = pa.array(subjects, pa.string())
    known = [table.filter(pc.is_in(table.column("subject").cast(pa.string()), value_set=asked)) for tables in parts for table in tables]
    texts = [pa.table({name: table.column(name).cast(pa.string()) for name in names}) for table in known]
    number, cells = places(pa.concat_tables([*texts, pa.schema([(name, pa.string()) for name in names]).empty_table()]))
    order = pc.sort_indices(cells, sort_keys=[(name, "ascending") for name in names])
    rank = np.argsort(order.to_numpy())
    pieces = np.split(rank[number], np.cumsum([len(table) for table in known]))
    told = iter([_with_subject(table, piece) for table, piece in zip(known, pieces, strict=False)])
    return [[next(told) for _ in tables] for tables in parts], cells.take(order)


def _with_subject(table: pa.Table, numbers: IntArray) -> pa.Table:
    return table.set_column(table.column_names.index("subject"), "subject", pa.array(numbers).cast(pa.string()))


def _none_last(one: CaseClass) -> tuple[tuple[bool, str], ...]:
    return tuple((value is None, value or "") for value in one)


def _refuse_many(metric: Metric, columns: Sequence[str], classes: Sequence[CaseClass]) -> None:
    if len(classes) <= MAX_CLASSES:
        return
    varied = {column: len({one[at] for one in classes}) for at, column in enumerate(columns)}
    most = max(varied, key=lambda column: varied[column])
    raise ScorecardError(
        f"complexity of {metric.name!r} must make at most {MAX_CLASSES} classes of cases (got {len(classes)}; {most} alone has"
        f" {varied[most]} values); use a coarser column in the place of {most}, such as a category or segment"
    )
