"""Metrics of data quality: `cells` for what is filled, `duplicates` for records that say the same, `age` for how fresh they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore import hookimpl
from kpicore_data_quality import age, cells, duplicates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpicore import Metric, Parameters


@hookimpl
def kpicore_metrics(parameters: Parameters) -> Sequence[Metric]:
    """Offer the data quality metrics, built with the parameters that the project gives."""
    return [*cells.metrics(parameters), *duplicates.metrics(parameters), *age.metrics(parameters)]
