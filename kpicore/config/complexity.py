"""What a scorecard says about complexity, held against the metrics: can they be adjusted, and by these columns?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore.config.scorecard import metric_place, source_of
from kpicore.config.structure import report
from kpicore.errors import ConfigError, KpiError, call
from kpicore.facts.classes import class_column, refuse_far

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kpicore.model.metric import Metric
    from kpicore.model.scorecard import Scorecard

ADJUSTABLE = "counts, totals, means, proportions, conversions, snapshots, and ratios of counts and sums"
"""The kinds of metric whose parts add up over classes of cases."""


def check_complexity(scorecard: Scorecard, metrics: Mapping[str, Metric]) -> None:
    """Check that each metric with `complexity` can be adjusted, and that its facts lead to the columns.

    Args:
        scorecard: the scorecard.
        metrics: by name, at least those of the scorecard.
    Raises:
        ConfigError: with all that cannot be, each with its place in the file.
    """
    found = []
    for at, metric in enumerate(scorecard.metrics):
        if metric.complexity is not None:
            says = _problems(metrics[metric.use], metric.complexity["by"])
            found += [(metric_place(scorecard, at), f"complexity: {each}") for each in says]
    if found:
        raise ConfigError(report(source_of(scorecard), found))


def _problems(metric: Metric, names: Sequence[str]) -> list[str]:
    parts = call(f"metric {metric.name!r}", metric.parts)
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
