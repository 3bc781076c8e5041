"""Every hook that a plugin may implement, in the order in which a run calls them.

A hook returns a list of values and changes nothing. Implementations may take fewer arguments than the specification, and import what is
heavy only where it is used, as every hook is called when a registry is loaded. All hooks collect: the core's own offers come first, then
those of the other plugins by the plugin's name; of two offers of one name the first is used and the other is a failure, told with both
plugins' names. What an implementation raises is a failure of its plugin, and the other plugins go on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kpicore.model.matching import Matcher
    from kpicore.model.metric import Metric
    from kpicore.model.offer import Aggregator, Complexity, Normaliser, Report, Weighting
    from kpicore.model.rule import CreditRule
    from kpicore.model.source import Source

hookspec = pluggy.HookspecMarker("kpicore")
hookimpl = pluggy.HookimplMarker("kpicore")
"""Marks a plugin's implementation of a hook."""


@hookspec
def kpicore_sources() -> Sequence[Source]:
    """Offer kinds of sources that `kpicore load` can read and `kpicore init` can start from.

    Called once per registry; `Source.open` only when a project is loaded. Since 0.1.
    """
    raise NotImplementedError


@hookspec
def kpicore_matchers() -> Sequence[Matcher]:
    """Offer matchers, which find the records of one customer.

    Called once per registry; `Matcher.links` only when a project names the matcher. Since 0.1.
    """
    raise NotImplementedError


@hookspec
def kpicore_metrics(parameters: Mapping[str, Mapping[str, object]]) -> Sequence[Metric]:
    """Offer metrics.

    Called once per registry, before anything is measured.

    Args:
        parameters: the project's `[parameters."metric.name"]` and `[parameters.rule]` tables. A metric states in its own
            `parameters` what it was built with; a table or key that no metric or rule states is an error of the project file.

    Since 0.1.
    """
    raise NotImplementedError


@hookspec
def kpicore_rules(parameters: Mapping[str, Mapping[str, object]]) -> Sequence[CreditRule]:
    """Offer credit rules: what each row of a fact counts for, and for which reasons some count for less or nothing.

    Called once per registry. Every rule whose facts a scorecard's metrics use is reported with the scores.

    Args:
        parameters: the same tables as for `kpicore_metrics`. A rule states in its own `parameters` what it was built with; metrics
            that count by a rule read its table, so that they and the rule cannot disagree.

    Since 0.1.
    """
    raise NotImplementedError


@hookspec
def kpicore_complexities() -> Sequence[Complexity]:
    """Offer complexity methods, which allow for the mix of cases of each person. Called once per registry. Since 0.1."""
    raise NotImplementedError


@hookspec
def kpicore_normalisers() -> Sequence[Normaliser]:
    """Offer normalisers, which bring a metric to the range 0 to 1. Called once per registry. Since 0.1."""
    raise NotImplementedError


@hookspec
def kpicore_weightings() -> Sequence[Weighting]:
    """Offer weightings, which give a scorecard's nominal weights. Called once per registry. Since 0.1."""
    raise NotImplementedError


@hookspec
def kpicore_aggregators() -> Sequence[Aggregator]:
    """Offer aggregators, which make one score of the normalised metrics. Called once per registry. Since 0.1."""
    raise NotImplementedError


@hookspec
def kpicore_reports() -> Sequence[Report]:
    """Offer reports, which render the result of a run. Called once per registry; `Report.render` when a result is shown. Since 0.1."""
    raise NotImplementedError
