"""Weights from pairwise comparisons."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import ShapeError
from kpicore.kernels import ahp


def test_judgements_that_agree_give_back_their_weights() -> None:
    """4 : 2 : 1 compared pairwise is 4/7, 2/7, 1/7, and nothing contradicts."""
    comparisons = np.array([[1, 2, 4], [0.5, 1, 2], [0.25, 0.5, 1]])

    weights, lambda_max = ahp.principal_eigenvector(comparisons)

    assert pytest.approx([4 / 7, 2 / 7, 1 / 7]) == weights
    assert pytest.approx(3.0) == lambda_max
    assert pytest.approx(0.0, abs=1e-12) == ahp.consistency_ratio(lambda_max, 3)


def test_judgements_in_a_circle_are_inconsistent() -> None:
    """A beats B, B beats C and C beats A threefold: all weigh alike, and the ratio is far above the limit."""
    comparisons = np.array([[1, 3, 1 / 3], [1 / 3, 1, 3], [3, 1 / 3, 1]])

    weights, lambda_max = ahp.principal_eigenvector(comparisons)

    # lambda = 1 + 3 + 1/3, so CI = (4.3333 - 3) / 2 and CR = CI / 0.58.
    assert pytest.approx([1 / 3] * 3) == weights
    assert pytest.approx(13 / 3) == lambda_max
    assert pytest.approx(2 / 3) == ahp.consistency_index(lambda_max, 3)
    assert pytest.approx(2 / 3 / 0.58) == ahp.consistency_ratio(lambda_max, 3)
    assert ahp.consistency_ratio(lambda_max, 3) > ahp.CONSISTENT


def test_the_worst_judgement_is_named() -> None:
    """8 : 4 : 2 : 1, but the first is said to count only as much as the last: the others imply far more."""
    importance = np.array([8.0, 4.0, 2.0, 1.0])
    comparisons = importance[:, None] / importance
    comparisons[0, 3] = comparisons[3, 0] = 1.0

    i, j, implied = ahp.worst_judgement(comparisons, ahp.principal_eigenvector(comparisons)[0])

    assert (0, 3) == (i, j)
    assert implied > 2


def test_one_or_two_metrics_cannot_contradict() -> None:
    """Saaty's index of random judgements is 0 there."""
    assert ([1.0], 1.0) == (ahp.principal_eigenvector(np.ones((1, 1)))[0].tolist(), ahp.consistency_ratio(1.0, 1) + 1.0)
    assert pytest.approx([0.75, 0.25]) == ahp.principal_eigenvector(np.array([[1, 3], [1 / 3, 1]]))[0]
    assert 0.0 == ahp.consistency_ratio(2.0, 2)


@pytest.mark.parametrize(
    ("comparisons", "says"),
    [
        (np.ones((2, 3)), "square table of 1 to 15 metrics"),
        (np.ones((16, 16)), r"square table of 1 to 15 metrics \(got shape \(16, 16\)\)"),
        (np.array([[1.0, 0.0], [1.0, 1.0]]), "finite and above 0"),
        (np.array([[1.0, np.nan], [1.0, 1.0]]), "finite and above 0"),
        (np.array([[1.0, -3.0], [-1 / 3, 1.0]]), "finite and above 0"),
        (np.array([[1.0, 3.0], [3.0, 1.0]]), r"must be reciprocal.*got 3 in row 1, column 2, and 3 in row 2, column 1"),
        (np.array([[2.0, 1.0], [1.0, 1.0]]), "must be reciprocal"),
    ],
)
def test_what_is_no_comparison_is_refused(comparisons: np.ndarray, says: str) -> None:
    """Not square, too many, not above 0, not reciprocal."""
    with pytest.raises(ShapeError, match=says):
        ahp.principal_eigenvector(comparisons)


def test_rounded_reciprocals_are_accepted() -> None:
    """0.33 is written for a third, 0.14 for a seventh."""
    assert 1 == round(ahp.principal_eigenvector(np.array([[1, 3, 7], [0.33, 1, 2], [0.14, 0.5, 1]]))[0].sum(), 9)


@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=15), st.data())
def test_any_ratios_come_back_in_any_order(importance: list[float], data: st.DataObject) -> None:
    """Consistent judgements return the ratios they were made of; another order of metrics reorders the weights and nothing else."""
    w = np.array(importance)
    comparisons = w[:, None] / w
    turn = list(data.draw(st.permutations(range(w.size))))
    before = comparisons.copy()

    weights, lambda_max = ahp.principal_eigenvector(comparisons)
    turned, _ = ahp.principal_eigenvector(comparisons[np.ix_(turn, turn)])

    assert pytest.approx(w / w.sum(), rel=1e-6) == weights
    assert pytest.approx(weights[turn], rel=1e-6) == turned
    assert pytest.approx(w.size, rel=1e-9) == lambda_max
    assert (before == comparisons).all()


def test_the_power_method_agrees() -> None:
    """Multiplying by the matrix again and again finds the same weights."""
    rng = np.random.default_rng(3)
    upper = np.triu(rng.choice([1 / 5, 1 / 3, 1, 3, 5], (7, 7)), k=1)
    comparisons = upper + np.eye(7) + np.divide(1, upper.T, out=np.zeros((7, 7)), where=upper.T > 0)
    slow = np.ones(7)
    for _ in range(500):
        slow = comparisons @ slow
        slow /= slow.sum()

    assert pytest.approx(slow, rel=1e-9) == ahp.principal_eigenvector(comparisons)[0]
