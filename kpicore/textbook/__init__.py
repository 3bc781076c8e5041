"""What comes with kpicore for scoring: complexity methods, normalisers, weightings and aggregators, as parameters around the kernels."""

from kpicore.textbook.aggregators import aggregators
from kpicore.textbook.complexities import complexities
from kpicore.textbook.normalisers import normalisers
from kpicore.textbook.orders import Percentile, Rank
from kpicore.textbook.ranges import DistanceToReference, DistanceToTarget, MinMax
from kpicore.textbook.spreads import Logistic, ZScore
from kpicore.textbook.targets import Bands, Bounds, Target
from kpicore.textbook.weightings import Ahp, BudgetAllocation, Optimised, weightings

__all__ = [
    "Ahp",
    "Bands",
    "Bounds",
    "BudgetAllocation",
    "DistanceToReference",
    "DistanceToTarget",
    "Logistic",
    "MinMax",
    "Optimised",
    "Percentile",
    "Rank",
    "Target",
    "ZScore",
    "aggregators",
    "complexities",
    "normalisers",
    "weightings",
]
