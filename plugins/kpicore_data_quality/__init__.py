"""Metrics of data quality.

`cells` for what is filled, `validity` for what of it can be right, `duplicates` for records that say the same, `age` for how fresh they
are, and `amounts` for deals that say what was signed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore import hookimpl
from kpicore_data_quality import age, amounts, cells, duplicates, validity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpicore import Metric, Parameters


@hookimpl
def kpicore_metrics(parameters: Parameters) -> Sequence[Metric]:
    """Offer the data quality metrics, built with the parameters that the project gives."""
    modules = (cells, validity, duplicates, age, amounts)
    return [metric for module in modules for metric in module.metrics(parameters)]
