"""The normalisers, weightings and aggregators that come with kpicore."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore import textbook
from kpicore.errors import ConfigError, PeersError
from kpicore.model.check import ProblemsError

OFFERS = {offer.name: offer for offer in textbook.normalisers()}
NAN = np.nan


def shares(name: str, values: list[float], direction: Any = "higher", peers: list[float] | None = None, **given_: Any) -> list[float]:
    """Fit to the peers (or the values themselves) and apply."""
    offer, column = OFFERS[name], np.array(values)
    posts = offer.fit(column if peers is None else np.array(peers), direction, offer.parameters(**given_))
    return [float(share) for share in offer.apply(column, posts)]


def test_names() -> None:
    """What a scorecard can name."""
    assert sorted(OFFERS) == [offer.name for offer in textbook.normalisers()]
    assert ["declared", "equal", "ahp", "budget_allocation"] == [offer.name for offer in textbook.weightings() if not offer.is_advice]
    assert ["entropy", "critic", "pca", "variance", "optimised"] == [offer.name for offer in textbook.weightings() if offer.is_advice]
    assert ["arithmetic", "benefit_of_the_doubt", "copeland", "generalised_mean", "geometric", "harmonic"] == [
        offer.name for offer in textbook.aggregators()
    ]


def test_every_offer_is_titled_in_both_languages() -> None:
    """Reports need both."""
    for offers in (textbook.normalisers(), textbook.weightings(), textbook.aggregators()):
        titles = [offer.title for offer in offers]
        assert [{"en", "zh"}] * len(titles) == [set(title) for title in titles]


def test_target_without_a_stretch_is_worth_everything() -> None:
    """From 0 to the target on a straight line; beyond it the line goes on, to be clipped and reported."""
    assert pytest.approx([0.0, 0.5, 1.0, 1.5, NAN], nan_ok=True) == shares("target", [0.0, 20.0, 40.0, 60.0, NAN], target=40)


def test_target_with_a_stretch_is_worth_four_fifths() -> None:
    """Floor 0, target 0.8, stretch 1, straight between; another worth can be declared."""
    values = [0.40, 0.515, 0.63, 0.69, 0.75]

    assert pytest.approx([0, 0.4, 0.8, 0.9, 1]) == shares("target", values, floor=0.40, target=0.63, stretch=0.75)
    assert pytest.approx([0, 0.25, 0.5, 0.75, 1]) == shares("target", values, floor=0.40, target=0.63, stretch=0.75, at_target=0.5)


def test_lower_is_better_by_the_same_line() -> None:
    """Exactly at the target is 100 %, at the floor 0 %."""
    assert pytest.approx([0.0, 0.5, 1.0]) == shares("target", [48.0, 36.0, 24.0], "lower", floor=48, target=24)


def test_progress_counts_from_the_baseline() -> None:
    """50 to 100: at 75 half the way is made. 30 to 10, less is better: at the start nothing is, and a step back is visible."""
    assert pytest.approx([0.5]) == shares("target", [75.0], baseline=50, target=100)
    assert pytest.approx([0.0, 0.5, 1.0, -0.2]) == shares("target", [30.0, 20.0, 10.0, 34.0], "lower", baseline=30, target=10)


def test_target_goalposts_are_named() -> None:
    """What is stored can be read by people."""
    offer = OFFERS["target"]

    posts = offer.fit(np.array([]), "lower", textbook.Target(target=24, baseline=48, stretch=12))

    assert {"baseline": 48, "target": 24, "stretch": 12, "at_target": 0.8} == dict(posts)


@pytest.mark.parametrize(
    ("given_", "says"),
    [
        ({"target": NAN}, "target must be a finite number (got nan)"),
        ({"target": 1.0, "floor": 0.0, "baseline": 0.0}, "floor and baseline both say what is worth nothing; keep one of them"),
        (
            {"target": 1.0, "at_target": 0.5},
            "at_target has no effect without a stretch: the target itself is worth 1; add stretch or remove",
        ),
        ({"target": 1.0, "stretch": 2.0, "at_target": 1.0}, "at_target must be above 0 and below 1 (got 1.0)"),
    ],
)
def test_target_refuses_contradictions(given_: dict[str, float], says: str) -> None:
    """Each contradiction is named."""
    with pytest.raises(ProblemsError) as caught:
        textbook.Target(**given_)

    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("direction", "given_", "says"),
    [
        ("lower", {"target": 24}, "lower is better here, so the target needs a floor or a baseline"),
        ("lower", {"target": 24, "floor": 12}, "lower is better here, so floor > target must hold (got floor = 12, target = 24)"),
        (
            "higher",
            {"target": 24, "floor": 48, "stretch": 12},
            "so floor < target < stretch must hold (got floor = 48, target = 24, stretch = 12)",
        ),
        ("higher", {"target": -5}, "so floor < target must hold (got floor = 0.0, target = -5)"),
        ("higher", {"target": 5, "stretch": 5}, "so floor < target < stretch must hold"),
    ],
)
def test_target_refuses_disorder(direction: Any, given_: dict[str, Any], says: str) -> None:
    """Goalposts must stand in the order in which the metric gets better."""
    with pytest.raises(ConfigError) as caught:
        shares("target", [1.0], direction, **given_)

    assert says in str(caught.value)


def test_min_max_of_the_peers_and_of_bounds() -> None:
    """The peers' range, or declared bounds, which need no peers."""
    assert [0.0, 0.5, 1.0] == shares("min_max", [10.0, 15.0, 20.0])
    assert [1.0, 0.5, 0.0] == shares("min_max", [10.0, 15.0, 20.0], "lower")
    assert [0.25] == shares("min_max", [30.0], low=0, high=120)
    assert [0.75] == shares("min_max", [30.0], "lower", low=0, high=120)


@pytest.mark.parametrize(
    ("given_", "says"),
    [
        ({"low": 1.0}, "low and high go together"),
        ({"low": 2.0, "high": 2.0}, "low must be below high (got low = 2.0, high = 2.0)"),
        ({"low": 0.0, "high": float("inf")}, "high must be a finite number (got inf)"),
    ],
)
def test_min_max_refuses_bounds_that_bound_nothing(given_: dict[str, float], says: str) -> None:
    """Each contradiction is named."""
    with pytest.raises(ProblemsError) as caught:
        textbook.MinMax(**given_)

    assert says in str(caught.value)


def test_percentile_is_the_share_left_behind() -> None:
    """Best 1, worst 0, ties share the smaller rank; lower is better counts from the other end."""
    assert pytest.approx([0, 0.25, 0.25, 0.75, 1, NAN], nan_ok=True) == shares("percentile", [1.0, 2.0, 2.0, 5.0, 9.0, NAN])
    assert pytest.approx([1, 0.5, 0.5, 0.25, 0]) == shares("percentile", [1.0, 2.0, 2.0, 5.0, 9.0], "lower")
    assert pytest.approx([0, 0.375, 0.375, 0.75, 1]) == shares("percentile", [1.0, 2.0, 2.0, 5.0, 9.0], ties="mid")
    with pytest.raises(ProblemsError, match="ties must be 'min' or 'mid'"):
        textbook.Percentile(ties="max")  # type: ignore[arg-type]


def test_z_score_spans_three_deviations_to_either_side() -> None:
    """1, 2, 3 have deviation 1: 0.5 -/+ 1/6; with a spread of 5 it is a T score over 100."""
    assert pytest.approx([1 / 3, 1 / 2, 2 / 3]) == shares("z_score", [1.0, 2.0, 3.0])
    assert pytest.approx([2 / 3, 1 / 2, 1 / 3]) == shares("z_score", [1.0, 2.0, 3.0], "lower")
    assert pytest.approx([0.4, 0.5, 0.6]) == shares("z_score", [1.0, 2.0, 3.0], spread=5)
    with pytest.raises(ProblemsError, match="spread must be a number above 0"):
        textbook.ZScore(spread=0)


@pytest.mark.parametrize("name", ["min_max", "percentile", "z_score"])
@pytest.mark.parametrize("direction", ["higher", "lower"])
def test_peers_that_do_not_differ_are_neutral_and_flagged(name: str, direction: Any) -> None:
    """Nobody is the worst of equals."""
    offer = OFFERS[name]

    posts = offer.fit(np.array([0.1 + 0.2, NAN, 0.1 + 0.2]), direction, offer.parameters())

    assert 1.0 == posts["constant"]
    assert pytest.approx([0.5, NAN], nan_ok=True) == offer.apply(np.array([0.1 + 0.2, NAN]), posts)


@pytest.mark.parametrize("name", ["min_max", "percentile", "z_score"])
def test_one_peer_cannot_be_compared(name: str) -> None:
    """Without a second value there is nothing to compare with."""
    with pytest.raises(PeersError, match="at least 2"):
        shares(name, [4.0, NAN])


def test_ranges_of_the_sample_are_frozen_against_who_joins() -> None:
    """(0, 100), (18, 50), (36, 0) score 0.5 each; after (60, 0) joins 0.5, 0.4, 0.3, unless the goalposts stand still."""
    offer, parameters = OFFERS["min_max"], OFFERS["min_max"].parameters()
    before, after = np.array([[0.0, 100], [18, 50], [36, 0]]), np.array([[0.0, 100], [18, 50], [36, 0], [60, 0]])

    def scores(fitted_to: np.ndarray) -> Any:
        posts = [offer.fit(column, "higher", parameters) for column in fitted_to.T]
        return np.mean([offer.apply(column, post) for column, post in zip(after.T, posts, strict=True)], axis=0)[:3]

    assert pytest.approx([0.5, 0.5, 0.5]) == scores(before)
    assert pytest.approx([0.5, 0.4, 0.3]) == scores(after)


VALUES = st.lists(st.integers(-1000, 1000).map(float), min_size=2, max_size=20)


@pytest.mark.parametrize("name", ["min_max", "percentile", "z_score"])
@pytest.mark.parametrize("direction", ["higher", "lower"])
@given(values=VALUES, data=st.data())
def test_invariants_of_peers(name: str, direction: Any, values: list[float], data: st.DataObject) -> None:
    """Row order changes nothing, the better value never gets less, and frozen goalposts do not move when somebody joins."""
    offer = OFFERS[name]
    parameters = offer.parameters()
    posts = offer.fit(np.array(values), direction, parameters)
    turn = data.draw(st.permutations(range(len(values))))

    came = offer.apply(np.array(values), posts)
    again = offer.apply(np.array(values)[list(turn)], offer.fit(np.array(values)[list(turn)], direction, parameters))
    joined = offer.apply(np.array([*values, 12345.0]), posts)

    assert came[list(turn)].tolist() == again.tolist()
    assert came.tolist() == joined[:-1].tolist()
    better = np.argsort(values if direction == "higher" else [-value for value in values])
    assert (np.diff(came[better]) >= -1e-12).all()
