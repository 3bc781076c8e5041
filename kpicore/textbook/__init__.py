"""What comes with kpicore for scoring: complexity methods, normalisers, weightings and aggregators, as parameters around the kernels."""

from kpicore.textbook.aggregators import aggregators
from kpicore.textbook.complexities import complexities
from kpicore.textbook.normalisers import MinMax, Percentile, Target, ZScore, normalisers
from kpicore.textbook.weightings import weightings

__all__ = ["MinMax", "Percentile", "Target", "ZScore", "aggregators", "complexities", "normalisers", "weightings"]
