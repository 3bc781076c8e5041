"""Metrics of what customers are worth.

`orders` for buying again and spending, `losses` for those who leave, `clv` for what all of it comes to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore import hookimpl
from kpicore_value import clv, costs, growth, health, losses, orders, recurring, silence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpicore import Metric, Parameters


@hookimpl
def kpicore_metrics(parameters: Parameters) -> Sequence[Metric]:
    """Offer the metrics of customer value, built with the parameters that the project gives."""
    built = (losses, recurring, costs, clv, growth, silence, health)
    return [*orders.metrics(), *(metric for module in built for metric in module.metrics(parameters))]
