"""Weightings that a scorecard can name, and those that only advise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kpicore import textbook
from kpicore.config.structure import structure
from kpicore.errors import ConfigError, PeersError, ScorecardError
from kpicore.model.check import ProblemsError
from kpicore.model.offer import WeightBasis

OFFERS = {offer.name: offer for offer in textbook.weightings()}
ADVICE = [name for name, offer in OFFERS.items() if offer.is_advice]
PEERS = np.array([[0.1, 0.9, 0.4], [0.5, 0.2, 0.3], [0.9, 0.4, 0.8], [0.3, 0.7, 0.7]])


def weights(
    name: str, given: dict[str, Any] | None = None, declared: tuple[float, ...] = (1.0, 1.0, 1.0), peers: Any = PEERS
) -> list[float]:
    """Weigh the metrics x, y and z, with parameters as a scorecard file gives them."""
    offer = OFFERS[name]
    basis = WeightBasis(tuple("xyz"[: len(declared)]), np.array(declared), np.array(peers))
    return [float(weight) for weight in offer.weigh(basis, structure(offer.parameters, given or {}, "weighting"))]


def test_comparisons_go_by_name() -> None:
    """With z 4 times y, x twice y and half of z: 2 to 1 to 4, in the scorecard's order."""
    comparisons = {"z": {"y": 4}, "x": {"y": 2, "z": 0.5}}

    assert pytest.approx([2 / 7, 1 / 7, 4 / 7]) == weights("ahp", {"comparisons": comparisons})


def test_a_metric_that_counts_nothing_need_not_be_compared() -> None:
    """It keeps its weight of 0, and a single metric needs no comparison at all."""
    assert pytest.approx([0.75, 0.25, 0.0]) == weights("ahp", {"comparisons": {"x": {"y": 3}}}, (1.0, 1.0, 0.0))
    assert [1.0] == weights("ahp", {"comparisons": {}}, (1.0,), [[0.5], [0.6]])


@pytest.mark.parametrize(
    ("comparisons", "says"),
    [
        ({"x": {"y": 3, "z": 5}}, "y and z must be compared"),
        ({"x": {"y": 3, "z": 5}, "y": {"z": 0}}, r"y over z must be a number above 0 \(got 0\)"),
        ({"x": {"y": 3, "z": 5}, "y": {"z": float("nan")}}, r"y over z must be a number above 0 \(got nan\)"),
        ({"x": {"y": 3, "z": 5, "x": 1}, "y": {"z": 2}}, "x must not be compared with itself"),
        ({"x": {"y": 3, "z": 5}, "y": {"z": 2, "x": 1 / 3}}, "y and x are compared twice; keep one"),
        ({f"m{at:02}": {f"m{other:02}": 1 for other in range(at + 1, 16)} for at in range(15)}, r"at most 15 metrics .* \(got 16\)"),
    ],
)
def test_incomplete_comparisons_are_refused(comparisons: dict[str, dict[str, float]], says: str) -> None:
    """Each pair once, above 0, and not too many."""
    with pytest.raises(ProblemsError, match=says):
        textbook.Ahp(comparisons)


def test_comparisons_that_contradict_each_other_are_refused() -> None:
    """Fourfold in a circle: lambda is 1 + 4 + 1/4, so CI = 1.125 and CR = 1.125 / 0.58; a judgement to look at first is named."""
    with pytest.raises(ProblemsError) as caught:
        textbook.Ahp({"x": {"y": 4}, "y": {"z": 4}, "z": {"x": 4}})

    assert "the comparisons contradict each other (consistency ratio 1.94, " in str(caught.value)
    assert "at most 0.10 is usable); look first at " in str(caught.value)
    assert "and the others imply" in str(caught.value)


def test_points_of_judges_go_by_name() -> None:
    """100 points of Ann and 10 of a small committee would not do; 100 and 100 do."""
    judges = {"Ann": {"x": 50, "y": 30, "z": 20}, "Bob": {"z": 40, "x": 30, "y": 30}}

    assert pytest.approx([0.4, 0.3, 0.3]) == weights("budget_allocation", {"judges": judges})


@pytest.mark.parametrize(
    ("judges", "says"),
    [
        ({}, "at least one judge"),
        ({"Ann": {"x": 50, "y": 50}, "Bob": {"x": 60, "y": 30}}, r"the same points in all, more than 0 \(got Ann 100, Bob 90\)"),
        ({"Ann": {"x": 0, "y": 0}}, "more than 0"),
        ({"Ann": {"x": 50, "y": 50}, "Bob": {"x": 100}}, "Bob must say how many points y gets; give 0 if it is to get none"),
        ({"Ann": {"x": 150, "y": -50}}, r"not negative \(got -50.* of Ann for y\)"),
    ],
)
def test_judges_who_did_not_judge_the_same_are_refused(judges: dict[str, dict[str, float]], says: str) -> None:
    """Unequal budgets, forgotten metrics, negative points, nobody."""
    with pytest.raises(ProblemsError, match=says):
        textbook.BudgetAllocation(judges)


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        (
            "ahp",
            {"comparisons": {"x": {"y": 3}}},
            r"must compare every metric of the scorecard, or the metric has weight = 0 \(none for z\)",
        ),
        ("ahp", {"comparisons": {"x": {"yy": 3}}}, r"must compare metrics of the scorecard only \(got 'yy'\); did you mean 'y'\?"),
        ("budget_allocation", {"judges": {"Ann": {"x": 1, "y": 2}}}, "must judge every metric"),
        ("ahp", {"comparisons": {"x": {"y": "three"}}}, "must be a number"),
        ("budget_allocation", {"judges": {"Ann": 3}}, "must be a table"),
        ("ahp", {}, "comparisons is required"),
        ("optimised", {"maximum_move": 0}, r"maximum_move must be above 0 and at most 1 \(got 0"),
    ],
)
def test_what_does_not_fit_is_refused(name: str, given: dict[str, Any], says: str) -> None:
    """Metrics left out or unknown, and what is no number."""
    with pytest.raises(ConfigError, match=says):
        weights(name, given)


@pytest.mark.parametrize("name", ADVICE)
def test_advice_leaves_out_what_counts_nothing(name: str) -> None:
    """Its weight stays 0, the others sum to 1, and the peers are left as they are."""
    before = PEERS.copy()

    came = weights(name, {"maximum_move": 1} if name == "optimised" else {}, (2.0, 0.0, 1.0))

    assert 0.0 == came[1]
    assert pytest.approx(1.0) == sum(came)
    assert min(came) >= 0
    assert (before == PEERS).all()


def test_a_constant_metric_keeps_its_weight_for_the_declared_importance() -> None:
    """No weight gives it importance, so the others are weighed among themselves."""
    peers = PEERS.copy()
    peers[:, 1] = 1.0

    came = weights("optimised", {"maximum_move": 1}, (1.0, 2.0, 1.0), peers)

    sd = PEERS.std(axis=0)
    assert pytest.approx([0.5 * sd[2] / (sd[0] + sd[2]), 0.5, 0.5 * sd[0] / (sd[0] + sd[2])]) == came


def test_advice_without_differences_says_so() -> None:
    """Nobody differs, or the move is too short."""
    with pytest.raises(PeersError, match="on which the subjects differ"):
        weights("entropy", {}, peers=np.full((4, 3), 0.5))
    with pytest.raises(ScorecardError, match=r"no weights within 0\.001 of the present ones"):
        weights("optimised", {"maximum_move": 0.001}, (8.0, 1.0, 1.0))
