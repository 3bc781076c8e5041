"""The benefit of the doubt: published scores, bounds that hold, and what a gap or the order of people may not change."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoring_data import Table

from kpicore.errors import ConfigError, PeersError, ScorecardError
from kpicore.kernels import aggregate, missing, normalise
from kpicore.textbook import envelopment
from kpicore.textbook.envelopment import benefit_of_the_doubt

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

CELL = st.one_of(st.sampled_from([0.0, 0.3, 0.5, 1.0]), st.just(np.nan))
PEOPLE = st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=2, max_size=6)


def reshared(values: FloatArray) -> FloatArray:
    """Return weights of a half, three tenths and a fifth."""
    return missing.reshare(values, np.array([0.5, 0.3, 0.2]))


def test_published_scores(shared_data: Path) -> None:
    """Table 19 of the OECD/JRC Handbook: eight indicators of 23 countries, each with 10 % to 15 % of the weight."""
    folder = shared_data / "scoring/tai"
    raw, published = Table.read(folder / "tai_raw_23.csv"), Table.read(folder / "table19_bod_scores.csv")
    assert raw.columns["country"] == published.columns["country"]
    values = raw.numbers([name for name in raw.columns if name != "country"])
    share = np.stack([normalise.min_max(column, column.min(), column.max()) for column in values.T], axis=1)

    scores = aggregate.score(benefit_of_the_doubt(share, np.full(share.shape, 1 / 8), 0.8, 1.2)) / 100

    away = np.abs(scores - published.column("bod_score"))
    assert away.max() <= 0.0075
    assert (np.round(away, 3) <= 0.005).sum() >= 20


def test_bounds_of_one_leave_the_weights() -> None:
    """Without leeway it is the arithmetic mean, against the best of the peers."""
    share = np.array([[0.8, 0.4], [0.2, 0.6]])
    weights = np.tile([0.75, 0.25], (2, 1))

    points = benefit_of_the_doubt(share, weights, 1.0, 1.0)

    assert pytest.approx(aggregate.arithmetic(share, weights) / 0.7) == points


def test_weights_that_suit_each_by_hand() -> None:
    """(1, 0) and (0, 1) are the best at what they are good at; with 1 and 1, which leave both at 100, (0.25, 0.25) reaches 50."""
    share, weights = np.array([[1.0, 0.0], [0.0, 1.0], [0.25, 0.25]]), np.full((3, 2), 0.5)

    points = benefit_of_the_doubt(share, weights, 0.5, 1.5)

    assert pytest.approx(np.array([[100.0, 0.0], [0.0, 100.0], [25.0, 25.0]])) == points


@settings(max_examples=30)
@given(PEOPLE, st.randoms(use_true_random=False))
def test_what_holds_for_all(rows: list[list[float]], random: object) -> None:
    """Scores lie from 0 to 100, at least those of the weights themselves; gaps stay gaps, and the order of people does not matter."""
    values = np.array(rows)
    weights = reshared(values)
    for array in (values, weights):
        array.flags.writeable = False

    points = benefit_of_the_doubt(values, weights, 0.5, 2.0)

    assert (np.isnan(points) == np.isnan(values)).all()
    scores = aggregate.score(points)
    assert ((scores >= 0) & (scores <= 100 + 1e-9)).all()
    assert (scores >= aggregate.score(aggregate.arithmetic(values, weights)) - 1e-6).all()
    assert pytest.approx(points[::-1], nan_ok=True) == benefit_of_the_doubt(values[::-1], weights[::-1], 0.5, 2.0)


@settings(max_examples=20)
@given(PEOPLE, st.integers(0, 2), st.sampled_from([0.2, 0.7, 1.0]))
def test_better_is_never_worse(rows: list[list[float]], at: int, more: float) -> None:
    """Raising a value of one person does not lower that person's score."""
    values = np.array(rows)
    better = values.copy()
    better[0, at] = np.maximum(more, values[0, at])  # a gap stays one

    before, after = (aggregate.score(benefit_of_the_doubt(each, reshared(each), 0.5, 2.0))[0] for each in (values, better))

    assert after >= before - 1e-6


def test_a_metric_without_weight_changes_nothing() -> None:
    """Nor does who has only that."""
    share = np.array([[0.8, 0.4, 1.0], [0.2, 0.6, 0.0], [np.nan, np.nan, 0.5]])
    weights = missing.reshare(share, np.array([0.5, 0.5, 0.0]))

    points = benefit_of_the_doubt(share, weights, 0.5, 2.0)

    assert [0.0, 0.0, 0.0] == points[:, 2].tolist()
    assert pytest.approx(benefit_of_the_doubt(share[:2, :2], weights[:2, :2], 0.5, 2.0)) == points[:2, :2]


def test_one_person_and_too_many_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nobody to compare with, or the programmes would take too long."""
    with pytest.raises(PeersError, match=r"two or more \(got 1\)"):
        benefit_of_the_doubt(np.ones((1, 2)), np.full((1, 2), 0.5), 0.5, 2.0)
    monkeypatch.setattr(envelopment, "MOST", 2)
    with pytest.raises(ScorecardError, match=r"at most 2 \(got 3\)"):
        benefit_of_the_doubt(np.ones((3, 2)), np.full((3, 2), 0.5), 0.5, 2.0)


def test_without_scipy_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else is computed instead."""
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    with pytest.raises(ConfigError, match=r"pip install 'kpicore\[stats\]'"):
        benefit_of_the_doubt(np.ones((2, 2)), np.full((2, 2), 0.5), 0.5, 2.0)
