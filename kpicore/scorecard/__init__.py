"""Scoring: metric matrix and scorecard to scores, with every figure behind them. Read run.py first."""

from kpicore.scorecard.assemble import people
from kpicore.scorecard.prepare import Offers, prepare
from kpicore.scorecard.review import WeightsReview, review
from kpicore.scorecard.run import Scored, score
from kpicore.scorecard.sensitivity import Sensitivity, sensitivity
from kpicore.scorecard.spread import Spread, spread

__all__ = [
    "Offers",
    "Scored",
    "Sensitivity",
    "Spread",
    "WeightsReview",
    "people",
    "prepare",
    "review",
    "score",
    "sensitivity",
    "spread",
]
