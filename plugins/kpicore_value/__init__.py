"""Metrics of what customers are worth: `orders` for buying again and spending, `losses` for those who leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore import hookimpl
from kpicore_value import losses, orders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpicore import Metric


@hookimpl
def kpicore_metrics() -> Sequence[Metric]:
    """Offer the metrics of customer value."""
    return [*orders.metrics(), *losses.metrics()]
