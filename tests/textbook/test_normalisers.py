"""The normalisers that come with kpicore, in figures that can be checked by hand, and what holds for all of them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore import textbook
from kpicore.errors import ConfigError, PeersError, ShapeError
from kpicore.model.check import ProblemsError

OFFERS = {offer.name: offer for offer in textbook.normalisers()}
NAN = np.nan
DECLARED: dict[str, dict[str, Any]] = {
    "bands": {"cuts": [-5, 0, 50], "worth": [0.2, 0.4, 0.4, 1]},
    "goalposts": {"low": -100, "high": 250},
    "target": {"target": 50, "baseline": -100, "stretch": 200},
}
"""Goalposts that the scorecard gives, for metrics of which more is better."""
COMPARED: dict[str, dict[str, Any]] = {
    "distance_to_maximum": {},
    "distance_to_reference": {},
    "distance_to_target": {"target": 120},
    "logistic": {},
    "min_max": {},
    "percentile": {},
    "rank": {"ties": "mid"},
    "t_score": {},
    "z_score": {},
}
"""Goalposts that are fitted to the peers."""
VALUES = st.lists(st.integers(-1000, 1000).map(float), min_size=2, max_size=20)
WAYS = pytest.mark.parametrize("direction", ["higher", "lower"])


def shares(name: str, values: list[float], direction: Any = "higher", peers: list[float] | None = None, **given_: Any) -> list[float]:
    """Fit to the peers (or the values themselves) and apply."""
    offer, column = OFFERS[name], np.array(values)
    posts = offer.fit(column if peers is None else np.array(peers), direction, offer.parameters(**given_))
    return [float(share) for share in offer.apply(column, posts)]


def test_every_offer_is_shown_to_keep_the_invariants() -> None:
    """A normaliser that is added here is added to one of the lists above."""
    assert sorted(OFFERS) == sorted([*DECLARED, *COMPARED])


def test_goalposts_need_no_peers() -> None:
    """A straight line between the bounds, or one by the logarithm: from 100 to 10,000, 1,000 is half of the way."""
    assert [0.25, 1.5] == shares("goalposts", [30.0, 180.0], low=0, high=120)
    assert [0.75] == shares("goalposts", [30.0], "lower", low=0, high=120)
    assert pytest.approx([0.0, 0.5, 1.0]) == shares("goalposts", [100.0, 1000.0, 10000.0], low=100, high=10000, scale="log")
    assert pytest.approx([1.0, 0.5]) == shares("goalposts", [100.0, 1000.0], "lower", low=100, high=10000, scale="log")


def test_bands_favour_who_is_at_a_cut() -> None:
    """Half is reached at 0.5 where higher is better, and at most 8 hours take 8 hours where lower is."""
    assert [0.0, 0.4, 0.4, 1.0] == shares("bands", [0.29, 0.3, 0.49, 0.5], cuts=[0.3, 0.5], worth=[0, 0.4, 1])
    assert [1.0, 1.0, 0.5, 0.5, 0.0] == shares("bands", [2.0, 8.0, 8.1, 24.0, 25.0], "lower", cuts=[8, 24], worth=[1, 0.5, 0])


def test_distance_to_the_best_peer() -> None:
    """The worst peer is worth 0, the best 1."""
    assert [0.0, 0.5, 1.0] == shares("distance_to_maximum", [10.0, 15.0, 20.0])
    assert [1.0, 0.5, 0.0] == shares("distance_to_maximum", [10.0, 15.0, 20.0], "lower")


def test_distance_to_a_target_starts_at_the_worst_peer() -> None:
    """From 10 to a target of 30, 20 is half of the way; from 40 down to 10, 25 is."""
    assert [0.0, 0.5, 1.5] == shares("distance_to_target", [10.0, 20.0, 40.0], target=30)
    assert [1.0, 0.5, 0.0] == shares("distance_to_target", [10.0, 25.0, 40.0], "lower", target=10)


@WAYS
def test_a_target_that_everybody_reached_is_worth_everything(direction: Any) -> None:
    """COINr's line turns round there, and the best would be worth least."""
    sign = 1.0 if direction == "higher" else -1.0
    peers = [sign * 10, sign * 20, sign * 10]

    assert [1.0, 1.0, 0.0] == shares("distance_to_target", [sign * 10, sign * 99, sign * 9], direction, peers, target=sign * 10)


def test_distance_to_a_reference() -> None:
    """The median unless said otherwise; the upper quartile is that of the better ones; a value stands for whom one likes."""
    peers = [0.0, 10.0, 20.0, 30.0, 90.0]

    assert pytest.approx([0, 0.5, 1, 1.5, 4.5]) == shares("distance_to_reference", peers)
    assert pytest.approx([0, 1 / 3, 2 / 3, 1, 3]) == shares("distance_to_reference", peers, of="mean")
    assert pytest.approx([1, 0.5, 2]) == shares("distance_to_reference", [30.0, 15.0, 60.0], peers=peers, of="upper_quartile")
    assert pytest.approx([1, 0]) == shares("distance_to_reference", [10.0, 90.0], "lower", peers, of="upper_quartile")
    assert pytest.approx([1, 0.5]) == shares("distance_to_reference", [100.0, 50.0], peers=peers, value=100)


def test_rank_is_the_place_over_the_number() -> None:
    """The worst of four is worth a quarter and the best 1; ties share the smallest or the middle rank."""
    assert [0.25, 0.5, 0.5, 1.0] == shares("rank", [1.0, 2.0, 2.0, 5.0])
    assert [1.0, 0.5, 0.5, 0.25] == shares("rank", [1.0, 2.0, 2.0, 5.0], "lower")
    assert [0.25, 0.625, 0.625, 1.0] == shares("rank", [1.0, 2.0, 2.0, 5.0], ties="mid")


def test_t_score_is_over_100() -> None:
    """1, 2, 3 have deviation 1 and the T scores 40, 50, 60."""
    assert pytest.approx([0.4, 0.5, 0.6]) == shares("t_score", [1.0, 2.0, 3.0])
    assert pytest.approx([0.6, 0.5, 0.4]) == shares("t_score", [1.0, 2.0, 3.0], "lower")


def test_logistic_curve_of_the_peers_and_as_declared() -> None:
    """1, 2, 3: midpoint 2, scale 1; one scale above the midpoint is worth e / (1 + e)."""
    above = np.e / (1 + np.e)

    assert pytest.approx([1 - above, 0.5, above]) == shares("logistic", [1.0, 2.0, 3.0])
    assert pytest.approx([above, 0.5, 1 - above]) == shares("logistic", [1.0, 2.0, 3.0], "lower")
    assert pytest.approx([0.5, above]) == shares("logistic", [10.0, 14.0], peers=[], midpoint=10, scale=4)
    assert pytest.approx([0.5]) == shares("logistic", [10.0], peers=[1.0, 2.0, 3.0], midpoint=10)


@pytest.mark.parametrize(
    ("parameters", "given_", "says"),
    [
        (textbook.Bounds, {"low": 2, "high": 2}, "low must be below high (got low = 2, high = 2)"),
        (textbook.Bounds, {"low": 0, "high": 2, "scale": "log"}, "a logarithm needs a low above 0 (got 0); raise it"),
        (textbook.Bounds, {"low": 1, "high": 2, "scale": "lg"}, "scale 'lg' is unknown; did you mean 'log'?"),
        (textbook.Bounds, {"low": 1, "high": NAN}, "high must be a finite number (got nan)"),
        (textbook.Bands, {"cuts": [], "worth": [1]}, "cuts must be one or more ascending finite numbers (got [])"),
        (textbook.Bands, {"cuts": [2, 1], "worth": [0, 0.5, 1]}, "ascending finite numbers (got [2.0, 1.0])"),
        (textbook.Bands, {"cuts": [1, 2], "worth": [0, 1]}, "2 cuts make 3 bands, and worth must give each of them a number"),
        (textbook.Bands, {"cuts": [1], "worth": [0, 40]}, "worth must be from 0 to 1 in each band (got [0.0, 40.0])"),
        (textbook.DistanceToTarget, {"target": np.inf}, "target must be a finite number (got inf)"),
        (textbook.DistanceToReference, {"of": "meadian"}, "of 'meadian' is unknown; did you mean 'median'?"),
        (textbook.DistanceToReference, {"of": "mean", "value": 3}, "value and of both say what is worth 1"),
        (textbook.Rank, {"ties": "max"}, "ties must be 'min' or 'mid' (got 'max')"),
        (textbook.Logistic, {"scale": -1}, "scale must be a number above 0 (got -1); which way is better is known from the metric"),
        (textbook.Logistic, {"midpoint": NAN}, "midpoint must be a finite number (got nan)"),
    ],
)
def test_parameters_that_contradict_themselves(parameters: Any, given_: dict[str, Any], says: str) -> None:
    """Each contradiction is named."""
    with pytest.raises(ProblemsError) as caught:
        parameters(**given_)

    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("direction", "worth", "says"),
    [
        ("higher", [1, 0.5, 0], "higher is better here, so worth must rise from band to band, or stay (got [1.0, 0.5, 0.0])"),
        ("lower", [0, 0.5, 1], "lower is better here, so worth must fall from band to band, or stay (got [0.0, 0.5, 1.0])"),
    ],
)
def test_a_better_band_is_not_worth_less(direction: Any, worth: list[float], says: str) -> None:
    """The worths must go the way of the metric."""
    with pytest.raises(ConfigError) as caught:
        shares("bands", [1.0], direction, cuts=[1, 2], worth=worth)

    assert says == str(caught.value)


def test_goalposts_of_another_normaliser_are_refused() -> None:
    """A scorecard that was changed in mid-period is told, instead of a wrong score."""
    posts = OFFERS["percentile"].fit(np.array([1.0, 2.0]), "higher", textbook.Percentile())

    with pytest.raises(ConfigError, match=r"goalpost 'worst' must be one number here \(got None\); it was made by another normaliser"):
        OFFERS["min_max"].apply(np.array([1.0]), posts)
    with pytest.raises(ConfigError, match="goalpost 'cuts' must be a list of numbers here"):
        OFFERS["bands"].apply(np.array([1.0]), {**posts, "sign": 1.0})


@WAYS
@pytest.mark.parametrize("name", COMPARED)
def test_peers_that_do_not_differ(name: str, direction: Any) -> None:
    """Nobody is the worst of equals: all get the neutral value, and the goalposts say so."""
    offer = OFFERS[name]
    same = 0.1 + 0.2

    posts = offer.fit(np.array([same, NAN, same]), direction, offer.parameters(**_turned(COMPARED[name], direction)))

    assert 1.0 == posts["constant"]
    assert pytest.approx([0.5, NAN], nan_ok=True) == offer.apply(np.array([same, NAN]), posts)


@WAYS
@pytest.mark.parametrize("name", COMPARED)
def test_one_peer_and_infinity(name: str, direction: Any) -> None:
    """Without a second value there is nothing to compare with, and infinity is no measurement."""
    with pytest.raises(PeersError, match="at least 2"):
        shares(name, [4.0, NAN], direction, **COMPARED[name])
    with pytest.raises(ShapeError, match="must be finite"):
        shares(name, [4.0, 5.0, np.inf], direction, **COMPARED[name])


@WAYS
@pytest.mark.parametrize("name", [*DECLARED, *COMPARED])
@given(values=VALUES, data=st.data())
def test_invariants(name: str, direction: Any, values: list[float], data: st.DataObject) -> None:
    """What every score relies on.

    Row order changes nothing, a better value never gets less, gaps change nothing, inputs are not written to, goalposts survive JSON,
    and with frozen goalposts a new colleague moves nobody.
    """
    offer = OFFERS[name]
    parameters = offer.parameters(**_turned({**DECLARED, **COMPARED}[name], direction))
    column = np.array(values)
    before, turn = column.copy(), list(data.draw(st.permutations(range(len(values)))))

    posts = offer.fit(column, direction, parameters)
    came = offer.apply(column, posts)

    assert came[turn].tolist() == offer.apply(column[turn], offer.fit(column[turn], direction, parameters)).tolist()
    assert posts == offer.fit(np.append(column, NAN), direction, parameters)
    read = {key: tuple(post) if isinstance(post, list) else post for key, post in json.loads(json.dumps(dict(posts))).items()}
    joined = offer.apply(np.array([*values, NAN, 12345.0, -12345.0]), read)
    assert came.tolist() == joined[: len(values)].tolist()
    assert np.isnan(joined).tolist() == [False] * len(values) + [True, False, False]
    probes = np.sort(np.array([*values, 12345.0, -12345.0]))
    steps = np.diff(offer.apply(probes, posts))
    assert ((steps if direction == "higher" else -steps) >= -1e-12).all()
    assert before.tolist() == column.tolist()


@WAYS
@pytest.mark.parametrize("name", set(COMPARED) - {"distance_to_target"})
@given(values=VALUES, shift=st.integers(-50, 50), unit=st.sampled_from([0.5, 2.0, 64.0]))
def test_the_unit_does_not_matter(name: str, direction: Any, values: list[float], shift: int, unit: float) -> None:
    """Minutes or hours, and from which zero they are counted: what is fitted to the peers gives the same."""
    expected = shares(name, values, direction, **COMPARED[name])

    actual = shares(name, [unit * (value + shift) for value in values], direction, **COMPARED[name])

    np.testing.assert_allclose(actual, expected, rtol=1e-9, atol=1e-9)


def _turned(given_: dict[str, Any], direction: str) -> dict[str, Any]:
    """Turn declared goalposts round where lower is better."""
    if direction == "higher":
        return given_
    turned = dict(given_)
    if "worth" in turned:
        turned["worth"] = turned["worth"][::-1]
    for key in {"target", "baseline", "stretch"} & set(turned):
        turned[key] = -turned[key]
    return turned
