"""Metrics of customer service. `times` says how long tickets take, `outcomes` how they end, `answers` what customers say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore import hookimpl
from kpicore_service import answers, outcomes, times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpicore import Metric, Parameters


@hookimpl
def kpicore_metrics(parameters: Parameters) -> Sequence[Metric]:
    """Offer the service metrics, built with the parameters that the project gives."""
    return [*times.metrics(), *outcomes.metrics(parameters), *answers.metrics(parameters)]
