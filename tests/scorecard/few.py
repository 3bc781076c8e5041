"""People of whom little was observed, for the tests of small samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve

from kpicore.model.small import SmallSamples
from kpicore.scorecard import people, score
from tests.scorecard.cases import OFFERS, to_target
from tests.scorecard.chances import uncertain

if TYPE_CHECKING:
    from kpicore.matrix import MetricMatrix
    from kpicore.model.result import MetricCell, Score, Unscored
    from kpicore.model.scorecard import Scorecard, ScorecardMetric
    from kpicore.scorecard import Scored

TRIALS = np.array([4.0, 10.0, 20.0, 40.0, 80.0, 100.0])
WON = np.array([4.0, 2.0, 12.0, 18.0, 44.0, 30.0])
SHARE = WON / TRIALS
PEERS = SmallSamples("peers")


def team(**more: Any) -> MetricMatrix:
    """Six people with a share of 4 to 100 trials, and other metrics as asked for."""
    return uncertain({"share": (SHARE, TRIALS, SHARE * (1 - SHARE) / TRIALS, "binomial"), **more})


def scored(matrix: MetricMatrix, scorecard: Scorecard, **given: Any) -> Scored:
    """Score; higher is better."""
    return score(matrix, scorecard, OFFERS, dict.fromkeys(matrix.metrics, "higher"), **given)


def told(matrix: MetricMatrix, scorecard: Scorecard, **given: Any) -> dict[str, Score | Unscored]:
    """Score, and return everybody by id."""
    found = people(scored(matrix, scorecard, **given))
    return {each.subject: each for part in found for each in part}


def share(**given: Any) -> ScorecardMetric:
    """Make a metric whose share is its normalised value."""
    return evolve(to_target("share", 1, 1.0), **given)


def cell(person: Score | Unscored, at: int = 0) -> MetricCell:
    """Return one metric of a person."""
    return person.metrics[at]
