"""Scorecards with dimensions, and aggregators other than the arithmetic mean: weights, gaps, points and scores of both levels."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from kpicore.errors import PeersError, ScorecardError
from kpicore.model.dimension import Dimension
from kpicore.model.offer import Weighting
from kpicore.model.scorecard import Scorecard, ScorecardMetric
from kpicore.scorecard import score
from tests.scorecard import oracle
from tests.scorecard.cases import OFFERS, card, matrix, run, to_target

NAMES = ("m0", "m1", "m2", "m3")
MEANS: list[Any] = [
    "arithmetic",
    "geometric",
    "harmonic",
    {"by": "generalised_mean", "power": -2.0},
    {"by": "generalised_mean", "power": 3.0},
]
CELL = st.one_of(st.none(), st.integers(0, 100).map(float))


def two_by_two(**changes: Any) -> Scorecard:
    """Return a scorecard of two dimensions with two metrics each, by default arithmetic under geometric."""
    within = changes.pop("within", {})
    metrics = [evolve(to_target(name, 1), dimension=of) for name, of in zip(NAMES, ("growth", "growth", "care", "care"), strict=True)]
    dimensions = [Dimension("growth", **within), Dimension("care", **within)]
    return card(*metrics, **{"dimensions": dimensions, "aggregate": "geometric", **changes})


def test_arithmetic_under_geometric_by_hand() -> None:
    """Growth (100 + 60) / 2 = 80, care (20 + 20) / 2 = 20; sqrt(80 * 20) = 40, of which growth keeps what its logarithm leaves."""
    scores, _ = run(matrix({"m0": [100], "m1": [60], "m2": [20], "m3": [20]}), two_by_two())

    one = scores[0]
    lost = 60 * np.log(0.8) / (np.log(0.8) + np.log(0.2))
    assert 40.0 == one.score
    assert [("growth", 80.0, 0.5), ("care", 20.0, 0.5)] == [(each.name, each.score, each.weight) for each in one.dimensions]
    assert pytest.approx([50 - lost, 50 - (60 - lost)], abs=1e-3) == [each.points for each in one.dimensions]
    # All that growth lost, it lost by its second metric; the two of care lost alike.
    growth, care = one.metrics[:2], one.metrics[2:]
    assert 25.0 == growth[0].points
    assert pytest.approx(25 - lost, abs=1e-3) == growth[1].points
    assert pytest.approx(care[0].points, abs=1e-4) == care[1].points


def test_weights_of_dimensions_hold_those_of_their_metrics() -> None:
    """Care weighs three times growth, however many metrics it has and on whatever scale they are weighed."""
    dimensions = [Dimension("growth", weight=10), Dimension("care", weight=30)]
    metrics = [
        evolve(to_target(name, weight), dimension=of) for name, weight, of in (("x", 80, "growth"), ("y", 1, "care"), ("z", 3, "care"))
    ]

    scores, _ = run(matrix({"x": [0], "y": [100], "z": [0]}), card(*metrics, dimensions=dimensions))

    assert [0.25, 0.1875, 0.5625] == [cell.nominal_weight for cell in scores[0].metrics]
    assert 18.75 == scores[0].score


def test_without_weights_of_dimensions_they_follow_from_the_metrics() -> None:
    """Arithmetic on both levels is then the flat mean."""
    values = matrix({"m0": [10, 90], "m1": [20, 30], "m2": [50, 70], "m3": [80, 10]})
    flat = card(*(to_target(name, 1) for name in NAMES))

    nested, plain = run(values, two_by_two(aggregate="arithmetic"))[0], run(values, flat)[0]

    assert [(one.score, [cell.points for cell in one.metrics]) for one in plain] == [
        (one.score, [cell.points for cell in one.metrics]) for one in nested
    ]


def test_a_gap_is_reshared_inside_its_dimension_first() -> None:
    """Without m1, m0 carries growth alone; without both, care carries everything; effective weights sum to 1 either way."""
    values = matrix({"m0": [80, None], "m1": [None, None], "m2": [40, 40], "m3": [60, 60]})

    first, second = sorted(run(values, two_by_two(aggregate="arithmetic"))[0], key=lambda one: one.subject)

    assert [0.5, None, 0.25, 0.25] == [cell.weight for cell in first.metrics]
    assert 0.5 * 80 + 0.5 * 50 == first.score
    assert [None, None, 0.5, 0.5] == [cell.weight for cell in second.metrics]
    assert 50.0 == second.score
    empty = second.dimensions[0]
    assert (None, None, None) == (empty.score, empty.weight, empty.points)
    assert {"name": "growth", "score": None, "weight": None, "points": None} == empty.to_dict()


def test_a_dimension_without_weight_is_only_shown() -> None:
    """Its metrics have points of 0, and the score is that of the other one."""
    dimensions = [Dimension("growth", weight=0), Dimension("care", weight=1)]

    scores, _ = run(matrix({"m0": [100], "m1": [0], "m2": [20], "m3": [40]}), two_by_two(dimensions=dimensions))

    assert 30.0 == scores[0].score
    assert [0.0, 0.0] == [cell.points for cell in scores[0].metrics[:2]]


def test_a_weighting_must_leave_each_dimension_something() -> None:
    """A dimension that counts, but none of whose metrics does, would count for nothing in silence."""
    first = Weighting("first", {"en": "First"}, lambda basis, _: np.eye(len(basis.metrics))[0])
    dimensions = [Dimension("growth", weight=1), Dimension("care", weight=1)]

    with pytest.raises(ScorecardError, match="no weight to any metric of a dimension that has one"):
        score(
            matrix({name: [1.0] for name in NAMES}),
            two_by_two(dimensions=dimensions, weighting="first"),
            evolve(OFFERS, weightings={"first": first}),
            dict.fromkeys(NAMES, "higher"),
        )


def test_copeland_looks_at_the_others() -> None:
    """Three people in a row make 100, 50 and 0; without the middle one the others stay where they are."""
    rules = card(to_target("x", 1), to_target("y", 1), aggregate="copeland")

    assert [100.0, 50.0, 0.0] == [one.score for one in run(matrix({"x": [9, 5, 1], "y": [9, 5, 1]}), rules)[0]]
    assert [100.0, 0.0] == [one.score for one in run(matrix({"x": [9, 1], "y": [9, 1]}), rules)[0]]
    with pytest.raises(PeersError, match="aggregate one by a mean"):
        run(matrix({"x": [9], "y": [9]}), rules)


def test_benefit_of_the_doubt_by_hand() -> None:
    """With weights from a half to twice as declared: each is best at one metric, and both reach the frontier."""
    rules = card(to_target("x", 1), to_target("y", 1), aggregate="benefit_of_the_doubt")

    assert [100.0, 100.0] == [one.score for one in run(matrix({"x": [100, 0], "y": [0, 100]}), rules)[0]]


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, list[float | None]], Scorecard]:
    """Draw a team and a scorecard with two dimensions, or with none."""
    count = draw(st.integers(1, 6))
    values = {name: draw(st.lists(CELL, min_size=count, max_size=count)) for name in NAMES}
    where = ["a", "b", *draw(st.lists(st.sampled_from("ab"), min_size=2, max_size=2))] if draw(st.booleans()) else [None] * 4
    metrics = [
        ScorecardMetric(name, {"by": "target", "target": 80.0}, draw(st.integers(int(at < 2), 4)), dimension=of)
        for at, (name, of) in enumerate(zip(NAMES, where, strict=True))
    ]
    weights = draw(st.sampled_from([(None, None), (1, 2), (3, 0)]))
    dimensions = [Dimension(name, draw(st.sampled_from(MEANS)), weight) for name, weight in zip("ab", weights, strict=True)]
    policy = draw(st.sampled_from(["reshare", "neutral", "zero", "block"]))
    return values, card(*metrics, dimensions=dimensions if where[0] else (), aggregate=draw(st.sampled_from(MEANS)), missing=policy)


@settings(max_examples=300)
@given(cases())
def test_equals_the_slow_oracle(case: tuple[dict[str, list[float | None]], Scorecard]) -> None:
    """Plain Python gives the same; printed points of metrics sum to those of dimensions and to the score, to the last decimal."""
    values, rules = case
    by_person = {str(at): {name: values[name][at] for name in NAMES} for at in range(len(values["m0"]))}

    scores, unscored = run(matrix(values, list(by_person)), rules)

    wanted = oracle.score(by_person, rules, dict.fromkeys(NAMES, "higher"))
    assert {person for person, found in wanted.items() if found is None} == {one.subject for one in unscored}
    for one in scores:
        assert pytest.approx(wanted[one.subject], abs=0.5001e-4) == one.score
        points = {cell.metric: Decimal(str(cell.points or 0.0)) for cell in one.metrics}
        assert Decimal(str(one.score)) == sum(points.values())
        for each in one.dimensions:
            inside = [points[metric.use] for metric in rules.metrics if metric.dimension == each.name]
            assert Decimal(str(each.points or 0.0)) == sum(inside)
        assert pytest.approx(1.0, abs=1e-9) == sum(cell.weight for cell in one.metrics if cell.weight is not None)


@pytest.mark.parametrize("how", ["copeland", "benefit_of_the_doubt"])
@pytest.mark.parametrize("above", ["arithmetic", "geometric", "copeland"])
def test_comparing_aggregators_add_up_too(how: str, above: str) -> None:
    """Within dimensions and above them, with gaps; points sum to the score exactly."""
    rng = np.random.default_rng(6)
    values = {name: [None if rng.random() < 0.2 else float(rng.integers(0, 101)) for _ in range(12)] for name in NAMES}

    scores, _ = run(matrix(values), two_by_two(within={"aggregate": how}, aggregate=above))

    assert len(scores) > 8
    for one in scores:
        assert Decimal(str(one.score)) == sum(Decimal(str(cell.points or 0.0)) for cell in one.metrics)
        assert 0 <= one.score <= 100
