"""Complexity within a scoring: adjusted values are held against goalposts, coefficients can be frozen, gaps are told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from attrs import evolve

from kpicore.errors import ConfigError, PluginError, ScorecardError
from kpicore.model.casemix import CaseMix
from kpicore.model.cells import Cells
from kpicore.model.complexity import Adjusted
from kpicore.model.offer import Complexity
from kpicore.model.scale import Scale
from kpicore.model.scorecard import Gate, ScorecardMetric
from kpicore.scorecard import Offers, people, prepare, score
from kpicore.scorecard.complexity import drifts, refuse_unfit
from kpicore.textbook import complexities
from tests.scorecard.cases import OFFERS, card, matrix

if TYPE_CHECKING:
    from kpicore.matrix import MetricMatrix
    from kpicore.scorecard import Scored

DECLARED = {"by": ["size"], "method": "declared", "coefficients": {"large": 1.5}, "approved_by": "sales operations"}
EXPECTED = {"by": ["size"], "method": "expected"}
WAYS = {"x": "higher", "y": "higher"}


def metric(complexity: dict[str, Any], name: str = "x") -> ScorecardMetric:
    """Make a metric with complexity, for which a value of 100 is worth everything."""
    return ScorecardMetric(name, {"by": "target", "target": 100.0}, 1, complexity=complexity)


def counts(amount: Any, **more: Any) -> tuple[MetricMatrix, dict[str, CaseMix]]:
    """Make a matrix of one volume and its mix by size."""
    cases = np.array(amount, dtype=float)
    mix = CaseMix("volume", ("size",), (("large",), ("small",)), cases, cases, **more)
    return matrix({"x": cases.sum(axis=1).tolist(), "y": [1.0] * len(cases)}), {"x": mix}


def scored(amount: Any, complexity: dict[str, Any] | None = None, **given: Any) -> Scored:
    """Score one volume."""
    measured, mixes = counts(amount)
    return score(measured, card(metric(complexity or DECLARED)), OFFERS, WAYS, mixes=mixes, **given)


def test_the_adjusted_value_is_scored_and_both_are_told() -> None:
    """Of two with 50 deals each the one with large ones is credited 1.5 / 1.25, and scores 60 instead of 50."""
    (first, second), _ = people(scored([[50, 0], [0, 50]]))

    assert ("a", 60.0, "b", 40.0) == (first.subject, first.score, second.subject, second.score)
    (cell,) = first.metrics
    assert pytest.approx((50, 60, 1.2)) == (cell.value, cell.adjusted, cell.complexity)
    assert {"value": 50, "complexity": 1.2, "adjusted": 60}.items() <= cell.to_dict().items()


def test_frozen_coefficients_keep_everybodys_score() -> None:
    """Given the scale of the first run, as JSON keeps it, a colleague with large deals only moves nobody."""
    first = scored([[50, 0], [0, 50]])
    kept = Scale.from_dict(json.loads(json.dumps(first.scale.to_dict())))

    (new, one, other), _ = people(scored([[50, 0], [0, 50], [80, 0]], scale=kept))
    (_, refitted, _), _ = people(scored([[50, 0], [0, 50], [80, 0]]))

    assert (("c", 96.0), ("a", 60.0), ("b", 40.0)) == ((new.subject, new.score), (one.subject, one.score), (other.subject, other.score))
    assert 60.0 != refitted.score
    assert kept == first.scale


def test_coefficients_of_another_method_are_refused() -> None:
    """Frozen coefficients are for the way in which they were made."""
    kept = scored([[50, 0], [0, 50]]).scale

    with pytest.raises(ConfigError, match=r"\[\[metric\]\] 1 \(x\), complexity: the coefficients .* made in another way"):
        _by_product(kept)


def _by_product(kept: Scale) -> Scored:
    measured, _ = counts([[50, 0]])
    mix = CaseMix("volume", ("product",), (("large",), ("small",)), np.array([[50.0, 0.0]]), np.array([[50.0, 0.0]]))
    return score(measured, card(metric({**DECLARED, "by": ["product"]})), OFFERS, WAYS, kept, {"x": mix})


def test_who_is_scored_does_not_approve() -> None:
    """A table approved by one of the people whom it credits is refused."""
    with pytest.raises(ConfigError, match=r"\(x\), complexity: who approves .* must not be scored .* \(got 'b', who is\)"):
        scored([[50, 0], [0, 50]], {**DECLARED, "approved_by": "b"})


def test_gates_look_at_the_adjusted_value() -> None:
    """A gate below 55 spares who has 50 large deals, and fires for who has 50 small ones."""
    measured, mixes = counts([[50, 0], [0, 50]])
    scorecard = card(metric(DECLARED), gates=[Gate("x", {"void": True, "reason": "too little"}, below=55)])

    (first, second), _ = people(score(measured, scorecard, OFFERS, WAYS, mixes=mixes))

    assert (60.0, 0.0) == (first.score, second.score)
    assert 40.0 == second.gates[0].value


def test_a_mix_that_does_not_add_up_is_refused() -> None:
    """Cases lost or counted twice would make a wrong number; the person is named."""
    measured, mixes = counts([[50, 0], [0, 50]])
    wrong = {"x": evolve(mixes["x"], amount=mixes["x"].amount + 1.0)}

    with pytest.raises(ScorecardError, match=r"must add up to its values \(got 52 for a, whose value is 50\)"):
        score(measured, card(metric(DECLARED)), OFFERS, WAYS, mixes=wrong)


def test_a_mix_by_other_columns_is_refused() -> None:
    """The classes are those that the scorecard names."""
    measured, mixes = counts([[50, 0]])

    with pytest.raises(ScorecardError, match=r"must be by \['product'\] \(got \['size'\]\)"):
        score(measured, card(metric({**DECLARED, "by": ["product"]})), OFFERS, WAYS, mixes=mixes)


def test_what_cannot_be_adjusted_is_missing_with_the_reason() -> None:
    """One person alone has no expectation; the metric is missing, and its weight goes to the others."""
    cases = np.array([[6.0, 4.0]])
    mix = CaseMix("share", ("size",), (("large",), ("small",)), cases / 2, cases)
    measured = matrix({"x": [0.5], "y": [80.0]})
    scorecard = card(metric(EXPECTED), ScorecardMetric("y", {"by": "target", "target": 100.0}, 1))

    ((person,), _) = people(score(measured, scorecard, OFFERS, WAYS, mixes={"x": mix}))

    assert 80.0 == person.score
    assert "complexity: expectations need at least two people with cases" == person.metrics[0].why
    assert (0.5, None, None) == (person.metrics[0].value, person.metrics[0].adjusted, person.metrics[0].complexity)


def test_what_to_be_careful_about_is_told_in_the_cell() -> None:
    """Few expected successes and the own expectation are told for whom they concern."""
    cases = np.array([[40.0, 30.0], [2.0, 1.0], [30.0, 50.0]])
    mix = CaseMix("share", ("size",), (("large",), ("small",)), cases / 2, cases)
    measured = matrix({"x": [0.5] * 3, "y": [1.0] * 3})

    scores, _ = people(score(measured, card(metric(EXPECTED)), OFFERS, WAYS, mixes={"x": mix}))
    told = {each.subject: each.metrics[0].why or "" for each in scores}

    assert "fewer than 5" in told["b"]
    assert "without the own cases" in told["a"]
    assert "without the own cases" not in told["b"]


def test_complexity_is_not_silently_ignored() -> None:
    """Without a mix of cases the metric is missing: its raw value does not pass for an adjusted one."""
    scores, unscored = people(score(matrix({"x": [1.0]}), card(metric(EXPECTED)), OFFERS, WAYS))

    assert () == scores
    assert "x: complexity: the mix of cases was not measured" in unscored[0].why


@pytest.mark.parametrize(("form", "factor"), [("difference", 1.0), ("ratio", None)])
def test_an_unknown_variance_is_carried_over(form: str, factor: float | None) -> None:
    """Where the mix does not say how a ratio varies, a shift leaves the raw variance and a factor scales it."""
    cases = np.array([[40.0, 10.0], [10.0, 40.0]])
    value = np.array([[0.5], [0.25]])
    mix = CaseMix("ratio", ("size",), (("large",), ("small",)), cases * value, cases)
    cells = Cells.of(value, cases.sum(axis=1, keepdims=True), np.full((2, 1), 0.01))
    measured = matrix({"x": [0.5, 0.25]}).build(["a", "b"], ["2017-Q3"], {"x": cells})

    found = score(measured, card(metric({**EXPECTED, "form": form})), OFFERS, WAYS, mixes={"x": mix}).allowed

    scale = (found.adjusted / value) ** 2 if factor is None else 1.0
    assert pytest.approx(np.broadcast_to(0.01 * scale, (2, 1))) == found.variance


def test_drift_is_told_per_person() -> None:
    """A fifth of the first person's small deals became large ones overnight, the mix of the others is as it was."""
    before = np.array([[0.0, 400.0], *[[100.0 + at, 300.0 - at] for at in range(20)]])
    now = before.copy()
    now[0] = [80.0, 320.0]
    measured, mixes = counts(now, before=before)

    done = score(measured, card(metric(DECLARED)), OFFERS, WAYS, mixes=mixes)
    moved = drifts(done.allowed, done.subjects)["x"]

    assert ["a"] == [each.subject for each in moved if each.is_unusual]
    assert pytest.approx(1.1, rel=1e-5) == (moved[0].now or 0) / (moved[0].before or 1)
    assert {"subject", "before", "now", "z", "is_unusual"} == set(moved[0].to_dict())


@pytest.mark.parametrize(
    ("kind", "complexity", "says"),
    [
        ("volume", EXPECTED, r"scorecard 'agent', \[\[metric\]\] 1 \(x\), complexity: a volume has no expectation"),
        ("mean", {**EXPECTED, "estimator": "logistic"}, "logistic is for proportions"),
        ("mean", {**DECLARED, "form": "odds"}, "form is for proportions only"),
    ],
)
def test_what_does_not_suit_a_metric_shows_before_anything_is_measured(kind: Any, complexity: dict[str, Any], says: str) -> None:
    """Methods are tried out on made-up cases of the metric's kind."""
    steps = prepare(card(metric(complexity)), OFFERS, WAYS).steps

    with pytest.raises(ConfigError, match=says):
        refuse_unfit(steps, {"x": kind})
    refuse_unfit(steps, {})
    refuse_unfit(prepare(card(metric(DECLARED)), OFFERS, WAYS).steps, {"x": kind})


@pytest.mark.parametrize(
    ("complexity", "says"),
    [
        ({"method": "expected"}, "must name the columns that make the classes"),
        ({"by": [], "method": "expected"}, "must name the columns"),
        ({"by": "size", "method": "expected"}, "must name the columns"),
        ({"by": ["a", "a"], "method": "expected"}, "each column once"),
        ({"by": ["a"]}, "must name its method"),
    ],
)
def test_the_table_is_checked(complexity: dict[str, Any], says: str) -> None:
    """It names columns and a method."""
    with pytest.raises(ConfigError, match=says):
        metric(complexity)


@pytest.mark.parametrize(
    ("complexity", "says"),
    [
        ({**DECLARED, "method": "declare"}, "complexity method 'declare' is unknown; did you mean 'declared'"),
        ({"by": ["size"], "method": "declared"}, "coefficients is required"),
        ({**EXPECTED, "estimater": "ridge"}, "unknown key 'estimater'; did you mean 'estimator'"),
    ],
)
def test_names_and_parameters_are_checked_with_the_scorecard(complexity: dict[str, Any], says: str) -> None:
    """Unknown methods and keys are told with the nearest valid one."""
    with pytest.raises(ConfigError, match=says):
        prepare(card(metric(complexity)), OFFERS, WAYS)


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (lambda mix, _: mix.amount, "must return values, variances and coefficients"),
        (lambda mix, _: Adjusted(mix.amount, mix.amount, mix.amount), r"of the shape \(2,\)"),
        (lambda mix, _: Adjusted(np.full(2, np.inf), np.ones(2), np.ones(2)), "must return finite numbers"),
        (lambda mix, _: 1 / 0, "complexity method 'declared' failed: ZeroDivisionError"),
    ],
)
def test_a_method_must_give_what_it_says(made: Any, says: str) -> None:
    """What a plugin returns is checked, and its failures are told with its name."""
    good = complexities()[0]
    bad = Complexity(good.name, good.title, good.parameters, good.fit, made)
    measured, mixes = counts([[50, 0], [0, 50]])
    offers = Offers(OFFERS.normalisers, OFFERS.weightings, OFFERS.aggregators, {"declared": bad})

    with pytest.raises(PluginError, match=says):
        score(measured, card(metric(DECLARED)), offers, WAYS, mixes=mixes)
