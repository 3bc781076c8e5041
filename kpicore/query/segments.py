"""One metric by segments: the sums that it is made of, per team, region or class of cases, in each of some periods.

A segment's sums are those of the metric's own rows, so they add up to the whole; what belongs to no group is a segment of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np
from attrs import evolve, frozen

from kpicore.errors import MetricError
from kpicore.facts.classes import class_column, class_named
from kpicore.query.ask import ask
from kpicore.query.byclass import NULL, by_class, label_of, lacking_class
from kpicore.query.grouping import By
from kpicore.query.measured import Workbench, collect
from kpicore.query.plan import plan
from kpicore.query.run import horizon, is_class, scope_of, testable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kpicore.model.casemix import MixKind
    from kpicore.model.cells import FloatArray
    from kpicore.model.metric import Parts
    from kpicore.query.database import Facts
    from kpicore.query.run import Request

ROUNDING = 1e-9
"""What the groups leave of the whole is a segment unless it is so small a part that it is rounding."""


@frozen(eq=False)
class Segments:
    """The sums behind a metric; G segments, P periods."""

    by: str
    """team, region, ... or the column that makes the segments."""
    kind: MixKind
    labels: tuple[str, ...]
    """(G,): sorted, '(none)' last for what has no group or no value."""
    amount: FloatArray
    """(G, P): in the metric's unit times exposure; of a volume, in its unit."""
    exposure: FloatArray
    """(G, P): cases, or what the metric is divided by."""


def segment_by(name: str, request: Request, metric: str, database: Facts) -> str:
    """Return by what segments are made: a group as it is, and a short name such as 'source' as the column that is meant.

    Raises:
        ConfigError: it is neither a group nor a column that the metric's rows lead to.
    """
    if name in get_args(By) and name != "all":
        return name
    start = _parts(request, metric).amount.fact
    return str(class_named(name, start, database.profile.has))


def segments(database: Facts, request: Request, metric: str, by: str) -> Segments:
    """Measure the sums behind one metric by segments, for each period of a request.

    Args:
        database: the facts.
        request: its periods and role; not by whom.
        metric: which one.
        by: a group or a column, see `segment_by`.
    Raises:
        MetricError: the metric is not made of sums, or the source lacks what it needs.
    """
    parts = _parts(request, metric)
    column = segment_by(by, request, metric, database)
    _refuse_untestable(database, request, metric, column)
    known = evolve(request, as_of=request.as_of or horizon(database, request))
    found = [_sums(database, evolve(known, by=column, periods=(period,)), parts) for period in request.periods]
    if not is_class(column):
        wholes = [_sums(database, evolve(known, by="all", periods=(period,)), parts) for period in request.periods]
        found = [_with_rest(each, whole["all"]) for each, whole in zip(found, wholes, strict=True)]
    labels = sorted({label for each in found for label in each}, key=lambda label: (label == NULL, label))
    sums = np.array([[each.get(label, (0.0, 0.0)) for each in found] for label in labels]).reshape(len(labels), len(found), 2)
    used = (sums != 0).any(axis=(1, 2))
    shown = tuple(label_of(label) for label, is_used in zip(labels, used, strict=True) if is_used)
    return Segments(column, parts.kind, shown, sums[used, :, 0], sums[used, :, 1])


def _parts(request: Request, metric: str) -> Parts:
    found = request.metrics[metric]
    if (parts := found.parts()) is None:
        raise MetricError(
            f"{metric} does not split into segments: a {type(found).__name__} is not made of sums that add up over them;"
            " take a count, total, mean, share or ratio"
        )
    return parts


def _refuse_untestable(database: Facts, request: Request, metric: str, by: str) -> None:
    is_whole = is_class(by) and request.role is None
    missing = testable(database, request.metrics, [metric], is_whole=is_whole)[0]
    if is_class(by):
        missing = lacking_class(database, request.metrics, [metric], class_column(by)) | missing
    if metric in missing:
        raise MetricError(f"{metric} by {by} cannot be measured: the source does not fill {', '.join(missing[metric])}")


def _sums(database: Facts, request: Request, parts: Parts) -> dict[str, tuple[float, float]]:
    scope = scope_of(database, evolve(request, names=()))
    answers = ask(scope, plan(scope, parts.measures()))
    tables = by_class(answers.tables) if scope.classes else answers.tables
    measured = collect(answers.statements, tables, None if scope.classes else scope.grouping.subjects, scope.windows, answers.refused)
    bench = Workbench(measured, {"": np.array([0])}, {})
    scale = parts.scale if parts.per_days is None else parts.scale * parts.per_days / bench.days()[0]
    amount, exposure = bench.measure(parts.amount)[:, 0] * scale, bench.measure(parts.exposure)[:, 0]
    return dict(zip(measured.subjects, zip(amount.tolist(), exposure.tolist(), strict=True), strict=True))


def _with_rest(found: Mapping[str, tuple[float, float]], whole: tuple[float, float]) -> dict[str, tuple[float, float]]:
    rest = [total - sum(each[at] for each in found.values()) for at, total in enumerate(whole)]
    left = [value if abs(value) > ROUNDING * max(abs(total), 1.0) else 0.0 for value, total in zip(rest, whole, strict=True)]
    return {**found, **({NULL: (left[0], left[1])} if any(left) else {})}
