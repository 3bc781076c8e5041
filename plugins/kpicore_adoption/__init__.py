"""Metrics of the use of the CRM itself.

`writes` says who works in it and from where, `process` how much of the core process runs inside it, `links` whether what is known comes
together,
`journey` whether hand-overs arrive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore import hookimpl
from kpicore_adoption import journey, links, process, writes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpicore import Metric, Parameters


@hookimpl
def kpicore_metrics(parameters: Parameters) -> Sequence[Metric]:
    """Offer the adoption metrics, built with the parameters that the project gives."""
    return [metric for module in (writes, process, links, journey) for metric in module.metrics(parameters)]
