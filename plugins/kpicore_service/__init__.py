"""Metrics of customer service.

`times` says how long tickets take and `replies` how long each message waits, `outcomes` and `complaints` how they end, `workload` how much
there is to do, `answers` and `surveys` what customers say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore import hookimpl
from kpicore_service import answers, complaints, outcomes, replies, surveys, times, workload

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpicore import Metric, Parameters


@hookimpl
def kpicore_metrics(parameters: Parameters) -> Sequence[Metric]:
    """Offer the service metrics, built with the parameters that the project gives."""
    modules = (times, replies, outcomes, complaints, workload, answers, surveys)
    return [metric for module in modules for metric in module.metrics(parameters)]
