"""What comes with kpicore for scoring: normalisers, weightings and aggregators, as parameters around the kernels."""

from kpicore.textbook.aggregators import aggregators
from kpicore.textbook.normalisers import MinMax, Percentile, Target, ZScore, normalisers
from kpicore.textbook.weightings import Ahp, BudgetAllocation, Optimised, weightings

__all__ = [
    "Ahp",
    "BudgetAllocation",
    "MinMax",
    "Optimised",
    "Percentile",
    "Target",
    "ZScore",
    "aggregators",
    "normalisers",
    "weightings",
]
