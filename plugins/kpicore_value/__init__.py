"""Metrics of what customers are worth: `orders` for buying again and spending, `losses` for those who leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore import hookimpl
from kpicore_value import clv, costs, losses, orders, recurring

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpicore import Metric, Parameters


@hookimpl
def kpicore_metrics(parameters: Parameters) -> Sequence[Metric]:
    """Offer the metrics of customer value, built with the parameters that the project gives."""
    return [
        *orders.metrics(),
        *losses.metrics(parameters),
        *recurring.metrics(parameters),
        *costs.metrics(parameters),
        *clv.metrics(parameters),
    ]
