"""Metrics of the use of the CRM itself: `writes` for who works in it, and from where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore import hookimpl
from kpicore_adoption import writes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpicore import Metric, Parameters


@hookimpl
def kpicore_metrics(parameters: Parameters) -> Sequence[Metric]:
    """Offer the adoption metrics, built with the parameters that the project gives."""
    return writes.metrics(parameters)
