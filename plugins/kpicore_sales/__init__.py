"""Metrics of acquisition and the sales process. Start at `deals` for opportunities, at `revenue` for what was signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore import hookimpl
from kpicore_sales import campaigns, channels, conversion, customers, deals, leads, meetings, output, payments, pipeline, revenue, stages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpicore import Metric, Parameters


@hookimpl
def kpicore_metrics(parameters: Parameters) -> Sequence[Metric]:
    """Offer the sales metrics, built with the parameters that the project gives."""
    modules = (conversion, payments, leads, meetings, customers, pipeline, output, campaigns, channels, stages)
    return [*deals.metrics(), *revenue.metrics(), *(metric for module in modules for metric in module.metrics(parameters))]
