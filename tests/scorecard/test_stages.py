"""Offers of third parties that do not give what they must."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from kpicore.errors import PluginError
from kpicore.scorecard import Offers, score
from tests.scorecard.cases import OFFERS, card, matrix, to_target

if TYPE_CHECKING:
    from kpicore.model.offer import Aggregator, Normaliser, Weighting

VALUES = matrix({"x": [50.0, None]})
TARGET = OFFERS.normalisers["target"]
DECLARED = OFFERS.weightings["declared"]
ARITHMETIC = OFFERS.aggregators["arithmetic"]


def boom(*_: Any) -> Any:
    """Fail as a plugin would."""
    return 1 / 0


def quit_all(*_: Any) -> Any:
    """Try to end the process."""
    sys.exit(3)


def normaliser(**changed: Any) -> Offers:
    """Offer a broken `target`."""
    offer: Normaliser = attrs.evolve(TARGET, **changed)
    return attrs.evolve(OFFERS, normalisers={"target": offer})


def weighting(weigh: Any) -> Offers:
    """Offer a broken `declared`."""
    offer: Weighting = attrs.evolve(DECLARED, weigh=weigh)
    return attrs.evolve(OFFERS, weightings={"declared": offer})


def aggregator(points: Any) -> Offers:
    """Offer a broken `arithmetic`."""
    offer: Aggregator = attrs.evolve(ARITHMETIC, points=points)
    return attrs.evolve(OFFERS, aggregators={"arithmetic": offer})


@pytest.mark.parametrize(
    ("offers", "says"),
    [
        (normaliser(fit=boom), "normaliser 'target' failed: ZeroDivisionError: division by zero"),
        (normaliser(apply=boom), "normaliser 'target' failed: ZeroDivisionError: division by zero"),
        (normaliser(apply=quit_all), "normaliser 'target' failed: SystemExit: 3"),
        (normaliser(apply=lambda *_: 0.5), "normaliser 'target' must return an array of floats of shape (2,) (got float)"),
        (
            normaliser(apply=lambda *_: np.zeros(3)),
            "normaliser 'target' must return an array of floats of shape (2,) (got shape (3,), float64)",
        ),
        (
            normaliser(apply=lambda *_: np.zeros(2)),
            "normaliser 'target' must return finite numbers, and NaN where the value is missing (x)",
        ),
        (
            normaliser(apply=lambda v, _: v * np.inf),
            "normaliser 'target' must return finite numbers, and NaN where the value is missing (x)",
        ),
        (weighting(boom), "weighting 'declared' failed: ZeroDivisionError"),
        (weighting(lambda *_: np.ones(2) / 2), "weighting 'declared' must return one weight per metric, an array of shape (1,)"),
        (weighting(lambda *_: np.array([0.9])), "weighting 'declared' must return weights that are not negative and sum to 1 (got [0.9])"),
        (
            weighting(lambda *_: np.array([np.nan])),
            "weighting 'declared' must return weights that are not negative and sum to 1 (got [nan])",
        ),
        (aggregator(boom), "aggregator 'arithmetic' failed: ZeroDivisionError"),
        (aggregator(lambda *_: np.ones(2)), "aggregator 'arithmetic' must return points of shape (2, 1) (got shape (2,), float64)"),
        (aggregator(lambda x, *_: 300 * x), "aggregator 'arithmetic' must return points that sum to 0 to 100 per subject"),
        (aggregator(lambda x, *_: np.nan_to_num(x)), "aggregator 'arithmetic' must return points that sum to 0 to 100 per subject"),
    ],
)
def test_broken_offers_are_named(offers: Offers, says: str) -> None:
    """No number comes from a plugin that failed, and the error says which one it is."""
    with pytest.raises(PluginError) as caught:
        score(VALUES, card(to_target("x", 1)), offers, {"x": "higher"})

    assert says in str(caught.value)


def test_offers_cannot_write_to_what_was_measured() -> None:
    """Plugins work on copies."""

    def scribble(values: Any, _: Any) -> Any:
        values[:] = 0.5
        return values

    def spoil(values: Any, weights: Any, _: Any) -> Any:
        points = 100 * values * weights
        values[:] = weights[:] = 0.0
        return points

    values = matrix({"x": [50.0, 70.0]})
    offers = attrs.evolve(normaliser(apply=scribble), aggregators=aggregator(spoil).aggregators)

    came = score(values, card(to_target("x", 1)), offers, {"x": "higher"})

    assert values.value[:, 0, 0].tolist() == came.measured.value[:, 0].tolist() == [50.0, 70.0]
    assert [[0.5], [0.5]] == came.filled.tolist()
