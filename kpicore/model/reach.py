"""From where to where a metric's values can lie, as far as its kind and unit say it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from kpicore.model.kinds import Conversion, Mean, Proportion, Quantile

if TYPE_CHECKING:
    from kpicore.model.metric import Metric

Reach: TypeAlias = tuple[float, float]

EVERYWHERE: Reach = (-math.inf, math.inf)
WHOLE: Reach = (0.0, 1.0)
"""Of what is a part of a whole."""


def reach(metric: Metric) -> Reach:
    """Return the lowest and the highest value that there can be; a growth or a ratio may well be a share above 1."""
    if metric.unit == "share" and isinstance(metric, (Proportion, Conversion, Mean, Quantile)):
        return WHOLE
    return (0.0, math.inf) if metric.unit in ("count", "days", "hours", "minutes") else EVERYWHERE
