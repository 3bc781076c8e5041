"""What is checked before anything is scored."""

from __future__ import annotations

import re
from typing import Any

import attrs
import pytest

from kpicore.errors import ConfigError
from kpicore.model.offer import Weighting
from kpicore.model.scorecard import ScorecardMetric
from kpicore.scorecard import prepare
from tests.scorecard.cases import OFFERS, card, to_target


def test_steps_hold_read_parameters() -> None:
    """In the scorecard's order, with the metric's direction."""
    cards = card(to_target("x", 1, floor=10), ScorecardMetric("y", {"by": "z_score"}, 1), aggregate={"by": "geometric", "floor": 0.05})

    prepared = prepare(cards, OFFERS, {"x": "higher", "y": "lower"})
    steps = prepared.steps

    assert [("x", "target", "higher"), ("y", "z_score", "lower")] == [(step.metric, step.offer.name, step.direction) for step in steps]
    assert (10.0, 3.0) == (steps[0].parameters.floor, steps[1].parameters.spread)
    assert ("geometric", 0.05) == (prepared.aggregator.offer.name, prepared.aggregator.parameters.floor)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"aggregate": {"by": "geometric", "flor": 0.1}}, "aggregate: unknown key 'flor'; did you mean 'floor'?"),
        ({"aggregate": {"by": "geometric", "floor": 1}}, "aggregate: floor must be above 0 and below 1 (got 1"),
        ({"weighting": {"by": "equal", "x": 1}}, "weighting: unknown key 'x'"),
        ({"weighting": "drift"}, "weighting 'drift' follows the data and would move with every period"),
        ({"weighting": "entropy"}, "see what it advises with `kpicore weights`, and declare the weights you choose"),
        ({"weighting": "ahp"}, "weighting: comparisons is required"),
        (
            {"weighting": {"by": "ahp", "comparisons": {"y": {"z": 1}}}},
            "weighting: the weighting must compare metrics of the scorecard only",
        ),
        ({"weighting": {"by": "budget_allocation", "judges": {"Ann": {"x": 0}}}}, "weighting: every judge must give out the same points"),
    ],
)
def test_parameters_of_weighting_and_aggregator(given: dict[str, Any], says: str) -> None:
    """They are read as strictly as those of a normaliser, and advice is no weighting."""
    drift = Weighting("drift", {"en": "Drift", "zh": "漂移"}, lambda asked, _: asked.declared, is_advice=True)
    offers = attrs.evolve(OFFERS, weightings={**OFFERS.weightings, "drift": drift})

    with pytest.raises(ConfigError, match=re.escape(says)):
        prepare(card(to_target("x", 1), **given), offers, {"x": "higher"})


@pytest.mark.parametrize(
    ("metric", "says"),
    [
        (
            ScorecardMetric("x", {"by": "target", "traget": 1}, 1),
            "normalise has 2 errors:\n  target is required\n  unknown key 'traget'; did you mean 'target'?",
        ),
        (ScorecardMetric("x", {"by": "target", "target": "high"}, 1), "normalise: target must be a number (got 'high')"),
        (
            ScorecardMetric("x", {"by": "target", "target": 1, "floor": 2}, 1),
            "normalise: higher is better here, so floor < target must hold",
        ),
        (
            ScorecardMetric("y", {"by": "target", "target": 1}, 1),
            "normalise: lower is better here, so the target needs a floor or a baseline",
        ),
        (ScorecardMetric("z", {"by": "min_max"}, 1), "'z' says neither higher nor lower is better, so it cannot be scored"),
    ],
)
def test_errors_name_the_metric(metric: ScorecardMetric, says: str) -> None:
    """Where, what must hold, what came."""
    with pytest.raises(ConfigError) as caught:
        prepare(card(metric), OFFERS, {"x": "higher", "y": "lower", "z": "none"})

    assert str(caught.value).startswith(f"scorecard 'agent', [[metric]] 1 ({metric.use}): {says}")


def test_errors_of_all_metrics_are_told_together() -> None:
    """One run of `kpicore check` shows them all."""
    metrics = (ScorecardMetric("x", {"by": "target"}, 1), ScorecardMetric("z", {"by": "min_max"}, 1))

    with pytest.raises(ConfigError) as caught:
        prepare(card(*metrics), OFFERS, {"x": "higher", "z": "none"})

    assert [
        "scorecard 'agent' has 2 errors:",
        "  [[metric]] 1 (x): normalise: target is required",
        "  [[metric]] 2 (z): 'z' says neither higher nor lower is better, so it cannot be scored; use it in a gate instead",
    ] == str(caught.value).splitlines()
