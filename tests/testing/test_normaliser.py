"""`check_normaliser`: what it promises it catches, each promise broken by a normaliser made for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from attrs import evolve, field, frozen

from kpicore.errors import ScorecardError
from kpicore.model.offer import Normaliser
from kpicore.testing import check_normaliser

if TYPE_CHECKING:
    from kpicore.model.cells import FloatArray
    from kpicore.model.offer import Direction, Goalposts


@frozen
class Nothing:
    """No parameters."""


@frozen
class Wanted:
    """A parameter without a default."""

    width: float


def fit(peers: FloatArray, direction: Direction, parameters: Any) -> Goalposts:
    """Return the range of the peers; refuse a group without a value."""
    del parameters
    known = peers[np.isfinite(peers)]
    if not known.size:
        raise ScorecardError("nobody has a value")
    return {"low": float(known.min()), "high": float(known.max()), "sign": 1.0 if direction == "higher" else -1.0}


def apply(values: FloatArray, goalposts: Any) -> FloatArray:
    """Return the place in the range, 0.5 where there is no range."""
    reach = goalposts["high"] - goalposts["low"]
    place = (values - goalposts["low"]) / reach if reach else values * 0 + 0.5
    return np.clip(place if goalposts["sign"] > 0 else 1 - place, 0, 1)


GOOD = Normaliser("acme_range", {"en": "Range", "zh": "范围"}, Nothing, fit, apply)


def test_a_right_normaliser_passes() -> None:
    """It may refuse awkward peers, here those without any value."""
    check_normaliser(GOOD)


def spoiling_fit(peers: FloatArray, direction: Direction, parameters: Any) -> Goalposts:
    """Sort in place, as one does by mistake."""
    peers.sort()
    return fit(peers, direction, parameters)


def spoiling_apply(values: FloatArray, goalposts: Any) -> FloatArray:
    """Fill in place, as one does by mistake."""
    scores = apply(values, goalposts)
    values[np.isnan(values)] = 0
    return scores


def first_peer(peers: FloatArray, direction: Direction, parameters: Any) -> Goalposts:
    """Let the first peer decide, as an unsorted query result would."""
    return {**fit(peers, direction, parameters), "low": float(peers[0]) - 10.0}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"apply": lambda values, posts: 100 * apply(values, posts)}, "the middle peer must score from 0 to 1"),
        ({"apply": lambda values, posts: np.nan_to_num(apply(values, posts))}, "a missing value must stay missing (got 0.0)"),
        ({"apply": lambda values, posts: np.where(values > posts["high"], np.nan, apply(values, posts))}, "must not become missing"),
        ({"apply": lambda values, posts: apply(values, {**posts, "sign": 1.0})}, "a better value must not score less"),
        ({"apply": lambda values, posts: 1 - apply(values, posts)}, "a better value must not score less"),
        ({"apply": lambda values, posts: apply(values, posts)[:-1]}, "scores must have the shape of the values"),
        ({"apply": lambda values, posts: apply(values, posts) * np.linspace(0.9, 1, values.size)}, "the order of people must not matter"),
        ({"apply": spoiling_apply}, "apply must not change the values"),
        ({"apply": lambda values, posts: apply(values, posts) / 0 if posts else values}, "it raised"),
        ({"fit": spoiling_fit}, "fit must not change the peers' values"),
        ({"fit": first_peer}, "the order of peers must not matter"),
        (
            {"fit": lambda *given: {**fit(*given), "peers": given[0]}},
            "plain numbers or tuples of them (got others in peers)",
        ),
        ({"fit": lambda *given: {**fit(*given), "low": np.float32(0)}}, "goalposts must be plain numbers"),
        ({"title": {"en": "Range"}}, "missing: zh"),
        ({"name": "acme.range"}, "name must be"),
        ({"parameters": dict}, "parameters must be an attrs class"),
        ({"in_unit": ("floor", "cut")}, "in_unit must name parameters (got cut, floor, which"),
        ({"fit": None}, "fit must be a function"),
    ],
)
def test_a_broken_promise_is_caught(change: dict[str, Any], says: str) -> None:
    """Each fault is told in words, with the peers that showed it."""
    with np.errstate(all="raise"), pytest.raises(AssertionError, match=r"^normaliser 'acme") as caught:
        check_normaliser(evolve(GOOD, **change))

    assert says in str(caught.value)


def test_a_normaliser_that_refuses_all_peers_is_caught() -> None:
    """To refuse one direction is fine, to refuse both is of no use."""

    def refuse(peers: FloatArray, direction: Direction, parameters: Any) -> Goalposts:
        if direction == "lower" or parameters.both:
            raise ScorecardError("not for me")
        return fit(peers, direction, parameters)

    @frozen
    class Refusing:
        both: bool = field(default=False)

    picky = evolve(GOOD, parameters=Refusing, fit=refuse)

    check_normaliser(picky)
    with pytest.raises(AssertionError, match="refused both: not for me"):
        check_normaliser(picky, Refusing(both=True))


def test_parameters_without_defaults_must_be_passed() -> None:
    """The message says how."""
    wanting = evolve(GOOD, parameters=Wanted)

    check_normaliser(wanting, Wanted(width=1.0))
    with pytest.raises(AssertionError, match="parameters without defaults; pass some"):
        check_normaliser(wanting)
