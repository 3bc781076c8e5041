"""Treatment of outliers in a scorecard: what is asked for, what is frozen, and what people are told."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import ConfigError
from kpicore.model.choice import Choice
from kpicore.model.scale import Scale
from kpicore.model.scorecard import ScorecardMetric
from kpicore.scorecard import score, treating
from kpicore.scorecard.holding import Held
from kpicore.scorecard.prepare import prepare
from tests.scorecard.cases import OFFERS, card, matrix, run

VALUES = [*map(float, range(1, 21)), 90.0, 100.0]
"""20 people from 1 to 20, and two far out."""
HIGHER = {"x": "higher"}


def _have_two(values: list[float | None]) -> bool:
    return sum(value is not None for value in values) > 1


def ranged(treat: Any, **normalise: Any) -> ScorecardMetric:
    """Make a metric between the worst and the best of the peers."""
    return ScorecardMetric("x", {"by": "min_max", **normalise}, 1, treat=treat)


def test_outliers_do_not_decide_what_a_difference_is_worth() -> None:
    """Winsorised at 20: the 11th of 20 is in the middle, and those beyond share the top. The cell tells what it was reckoned as."""
    scores, _ = run(matrix({"x": VALUES}), card(ranged("winsorise")))

    cells = {one.subject: one.metrics[0] for one in scores}
    assert pytest.approx(10 / 19) == cells["k"].normalised
    assert [(1.0, 100.0, 20.0), (1.0, 90.0, 20.0), (1.0, 20.0, None)] == [
        (cells[who].normalised, cells[who].value, cells[who].treated) for who in "vut"
    ]
    assert "outliers were winsorised: 2 of 22 values (skewness 2.81 to -0.09, kurtosis 7.21 to -1.29)" == cells["v"].why
    assert cells["t"].why is None


def test_without_a_treatment_the_outlier_decides() -> None:
    """The same team without `treat`: the 11th of 20 is near the bottom."""
    scores, _ = run(matrix({"x": VALUES}), card(ranged(None)))

    assert pytest.approx(10 / 99) == next(one.metrics[0].normalised for one in scores if one.subject == "k")


@pytest.mark.parametrize(
    ("treat", "expected"),
    [
        ({"by": "winsorise", "points": 1}, {"winsorise": 1.0, "high": 90.0}),
        ({"by": "winsorise", "share": 0.1}, {"winsorise": 1.0, "low": 3.1, "high": 19.9}),
        ("outliers", {"winsorise": 1.0, "high": 20.0}),
        ({"by": "outliers", "points": 1}, {"log": 1.0, "low": 1.0, "high": 100.0}),
        ("log", {"log": 1.0, "low": 1.0, "high": 100.0}),
    ],
)
def test_what_is_frozen_of_a_treatment(treat: Any, expected: dict[str, float]) -> None:
    """Plain numbers beside the goalposts; a limit that is left open is left out."""
    came = score(matrix({"x": VALUES}), card(ranged(treat)), OFFERS, HIGHER).scale

    assert expected.keys() == came.treatments["x"].keys()
    assert pytest.approx(expected) == dict(came.treatments["x"])


def test_a_long_lower_tail_is_mirrored() -> None:
    """The logarithm spreads the end at which most people are."""
    came = score(matrix({"x": [-value for value in VALUES]}), card(ranged("log")), OFFERS, HIGHER).scale

    assert {"log": 1.0, "low": -100.0, "high": -1.0, "mirrored": 1.0} == came.treatments["x"]


def test_nothing_to_treat_is_frozen_too() -> None:
    """A newcomer who is far out does not make the others' treatment."""
    rules = card(ranged("outliers"))
    before = score(matrix({"x": VALUES[:20]}), rules, OFFERS, HIGHER)

    after = score(matrix({"x": [*VALUES[:20], 5000.0]}), rules, OFFERS, HIGHER, before.scale)

    assert {"nothing": 1.0} == before.scale.treatments["x"] == after.scale.treatments["x"]
    assert before.published.score.tolist() == after.published.score[:20].tolist()


def test_nobody_with_a_value_leaves_nothing_to_treat() -> None:
    """Which is frozen as that, so that a later run can be given the scale."""
    rules = card(ScorecardMetric("x", {"by": "target", "target": 10.0}, 1, treat="winsorise"))
    came = score(matrix({"x": [None, None]}), rules, OFFERS, HIGHER)

    assert {"x": {"nothing": 1.0}} == came.scale.treatments
    assert [80.0] == score(matrix({"x": [8.0]}), rules, OFFERS, HIGHER, came.scale).published.score.tolist()


@pytest.mark.parametrize("treat", ["winsorise", "outliers", "log", {"by": "winsorise", "share": 0.2}])
@given(
    values=st.lists(st.integers(-50, 50).map(float) | st.none(), min_size=3, max_size=25).filter(_have_two),
    newcomer=st.integers(-9999, 9999),
)
def test_a_newcomer_moves_nobody(treat: Any, values: list[float | None], newcomer: int) -> None:
    """With the scale of before, also after it was stored as JSON; nor does the order of people matter, and nobody overtakes anybody."""
    names = [f"p{at:02d}" for at in range(len(values))]
    rules = card(ranged(treat))
    before = score(matrix({"x": values}, names), rules, OFFERS, HIGHER)

    joined = matrix({"x": [*values, float(newcomer)]}, [*names, "new"])
    after = score(joined, rules, OFFERS, HIGHER, Scale.from_dict(before.scale.to_dict()))
    turned = score(matrix({"x": values[::-1]}, names[::-1]), rules, OFFERS, HIGHER)

    np.testing.assert_array_equal(before.published.score, after.published.score[:-1])
    np.testing.assert_array_equal(before.published.score, turned.published.score[::-1])
    share = after.normalised.share[:, 0]
    order = np.argsort(joined.cell("x").value[:, 0], kind="stable")
    known = share[order][~np.isnan(share[order])]
    assert (np.diff(known) >= -1e-12).all()


@pytest.mark.parametrize(
    ("treat", "normalise", "says"),
    [
        ("winsorize", {}, "treatment 'winsorize' is unknown; did you mean 'winsorise'?"),
        ({"by": "winsorise", "points": 0}, {}, "points must be a whole number of 1 or more (got 0)"),
        ({"by": "winsorise", "share": 0.5}, {}, "share must be above 0 and below 0.5, as it is drawn in at each end (got 0.5)"),
        ({"by": "winsorise", "share": 0.1, "points": 2}, {}, "points and share both say how much is drawn in; keep one of them"),
        ({"by": "log", "points": 2}, {}, "treat: unknown key 'points'"),
        (
            "log",
            {"low": 0.0, "high": 10.0},
            'min_max gives low, high in the metric\'s unit; use treat = "winsorise", or { by = "goalposts", low = ..., high = ..., scale',
        ),
    ],
)
def test_treatments_that_cannot_be(treat: Any, normalise: dict[str, Any], says: str) -> None:
    """Each is named with its place."""
    with pytest.raises(ConfigError) as caught:
        run(matrix({"x": [1.0]}), card(ranged(treat, **normalise)))

    assert str(caught.value).startswith("scorecard 'agent', [[metric]] 1 (x): ")
    assert says in str(caught.value)


def test_a_declared_target_can_be_winsorised_and_not_logged() -> None:
    """A target in hours says nothing about the logarithm of hours."""
    target = {"by": "target", "target": 10.0}
    scores, _ = run(matrix({"x": VALUES}), card(ScorecardMetric("x", target, 1, treat="winsorise")))

    assert [1.0] == [one.metrics[0].clipped for one in scores if one.subject == "v"]
    with pytest.raises(ConfigError, match=r"'outliers' may take logarithms, but target gives target in the metric's unit; use treat"):
        run(matrix({"x": VALUES}), card(ScorecardMetric("x", target, 1, treat="outliers")))


@pytest.mark.parametrize(
    ("before", "now", "says"), [(None, "log", "without a treatment .* asks for one"), ("log", None, "with a .* for no")]
)
def test_a_scale_of_other_treatment_is_refused(before: Any, now: Any, says: str) -> None:
    """Goalposts of logarithms are none for the values themselves."""
    scale = score(matrix({"x": VALUES}), card(ranged(before)), OFFERS, HIGHER).scale

    with pytest.raises(ConfigError, match=rf"\[\[metric\]\] 1 \(x\), treat: the given scale was made {says}"):
        score(matrix({"x": VALUES}), card(ranged(now)), OFFERS, HIGHER, scale)


def test_a_treatment_that_no_result_holds_is_refused() -> None:
    """A result that was edited by hand is told so."""
    with pytest.raises(ConfigError, match=r"must be limits, a logarithm, or nothing, as a result holds it \(got \{'log': 1.0\}\)"):
        treating.of_posts({"log": 1.0})


def test_gates_look_at_what_was_measured() -> None:
    """An outlier that is drawn in for the score still is what it is."""
    came = score(matrix({"x": VALUES}), card(ranged("winsorise")), OFFERS, HIGHER)

    assert VALUES == came.measured.value[:, 0].tolist()


def test_treat_is_a_name_or_a_table() -> None:
    """As in the file; a choice is left as it is."""
    metric = ranged({"by": "winsorise", "points": 3})

    assert Choice("winsorise", {"points": 3}) == metric.treat
    assert Choice("log") == ranged("log").treat
    assert metric == attrs.evolve(metric)


@pytest.mark.parametrize("treat", ["winsorise", "log", {"by": "winsorise", "share": 0.2}, None])
def test_a_scorecard_held_still_treats_as_it_did(treat: Any) -> None:
    """Scored once more, the measured values give the published scores; others are treated with the same limits."""
    values = matrix({"x": [*VALUES, None], "y": [*VALUES[::-1], 4.0]})
    rules = card(ranged(treat), ScorecardMetric("y", {"by": "target", "target": 30}, 1))
    ways = {"x": "higher", "y": "higher"}
    scored = score(values, rules, OFFERS, ways)
    held = Held.of(scored, prepare(rules, OFFERS, ways))

    units = held.units(np.stack([scored.measured.value, scored.measured.value + 1000.0]), np.arange(23))

    assert np.rint(scored.published.score * 1e4).tolist() == units[0].tolist()
    assert {1_000_000} == set(units[1].tolist())
