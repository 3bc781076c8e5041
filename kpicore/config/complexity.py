"""What a scorecard says about complexity, held against the metrics: can they be adjusted, and by these columns?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore.config.scorecard import metric_place, source_of
from kpicore.config.structure import report
from kpicore.errors import ConfigError, KpiError, call
from kpicore.facts.classes import class_column, refuse_far

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kpicore.model.casemix import MixKind
    from kpicore.model.metric import Metric, Parts
    from kpicore.model.scorecard import Scorecard

ADJUSTABLE = "counts, totals, means, proportions, conversions, snapshots, and ratios of counts and sums"
"""The kinds of metric whose parts add up over classes of cases."""


def class_columns(scorecard: Scorecard) -> dict[str, tuple[str, ...]]:
    """Return the columns that make the classes of cases, per metric with `complexity`."""
    return {metric.use: tuple(metric.complexity["by"]) for metric in scorecard.metrics if metric.complexity is not None}


def check_complexity(scorecard: Scorecard, metrics: Mapping[str, Metric]) -> dict[str, MixKind]:
    """Check that each metric with `complexity` can be adjusted, and that its facts lead to the columns.

    Args:
        scorecard: the scorecard.
        metrics: by name, at least those of the scorecard.
    Returns:
        Per metric with `complexity`, what its mix of cases is of.
    Raises:
        ConfigError: with all that cannot be, each with its place in the file.
    """
    found, columns = [], class_columns(scorecard)
    parts = {name: call(f"metric {name!r}", metrics[name].parts) for name in columns}
    for at, metric in enumerate(scorecard.metrics):
        if metric.use in columns:
            says = _problems(metrics[metric.use], parts[metric.use], columns[metric.use])
            found += [(metric_place(scorecard, at), f"complexity: {each}") for each in says]
    if found:
        raise ConfigError(report(source_of(scorecard), found))
    return {name: part.kind for name, part in parts.items() if part is not None}


def _problems(metric: Metric, parts: Parts | None, names: Sequence[str]) -> list[str]:
    if parts is None:
        kind = type(metric).__name__
        return [f"{metric.name!r} cannot be adjusted, because it is not the sum of its parts (a {kind}); what can are {ADJUSTABLE}"]
    facts = {measure.fact.name: measure.fact for measure in parts.measures()}
    found = []
    for name in names:
        try:
            refuse_far(class_column(name), facts.values())
        except KpiError as error:
            found.append(f"by: {error}")
    return found
