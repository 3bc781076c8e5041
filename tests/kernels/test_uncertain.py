"""Uncertainty of scores and ranks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kpicore.errors import ShapeError
from kpicore.kernels import rank, uncertain

FEW = np.array([[70, 60, 60], [65, 66, 50], [70, 71, 72], [80, 60, 55]], dtype=np.int32)
TIED = arrays(np.int32, st.tuples(st.integers(1, 6), st.integers(1, 8)), elements=st.integers(0, 5))


def normal_draws(mean: np.ndarray, variance: np.ndarray, count: int = 40_000) -> np.ndarray:
    """Return independent normal scores, (draws, subjects)."""
    return np.random.default_rng(5).normal(mean, np.sqrt(variance), (count, mean.size))


def test_four_draws_by_hand() -> None:
    """Ranks, chances and pairs counted on paper."""
    assert [[1, 2, 2], [2, 1, 3], [3, 2, 1], [1, 2, 3]] == uncertain.ranks(FEW).tolist()
    assert [0.75, 0.25, 0.25] == uncertain.reaches(FEW, 70).tolist()
    assert [0.5, 0.625] == uncertain.above(FEW, np.array([0, 1]), np.array([1, 2])).tolist()


@given(TIED)
def test_ranks_are_those_of_each_draw(drawn: np.ndarray) -> None:
    """The fast ranking of many draws against ranking one draw after the other, ties and all."""
    slow = [rank.rank(row.astype(float)).tolist() for row in drawn]

    assert slow == uncertain.ranks(drawn).tolist()


@given(TIED, st.randoms())
def test_order_of_rows_does_not_matter(drawn: np.ndarray, random: st.DataObject) -> None:
    """Subjects in another order have the same ranks, and pairs turned round add up to 1."""
    turn = np.random.default_rng(drawn.size).permutation(drawn.shape[1])
    pairs = uncertain.pairwise(drawn)

    np.testing.assert_array_equal(uncertain.ranks(drawn)[:, turn], uncertain.ranks(drawn[:, turn]))
    np.testing.assert_allclose(pairs + pairs.T, 1.0)
    np.testing.assert_allclose(pairs[np.ix_(turn, turn)], uncertain.pairwise(drawn[:, turn]))


@given(TIED)
def test_pairs_are_counted(drawn: np.ndarray) -> None:
    """The blocked matrix against the definition, and against pair by pair."""
    slow = [[((one > other).mean() + (one >= other).mean()) / 2 for other in drawn.T] for one in drawn.T]

    np.testing.assert_allclose(np.array(slow), uncertain.pairwise(drawn))
    np.testing.assert_allclose(
        np.array(slow)[0], uncertain.above(drawn, np.zeros(drawn.shape[1], dtype=np.int64), np.arange(drawn.shape[1]))
    )


def test_expected_rank_of_normal_scores() -> None:
    """E rank_s = 1 + sum over t of Phi((m_t - m_s) / sqrt(v_s + v_t)): Goldstein & Spiegelhalter 1996, eq. for one normal measure."""
    random = np.random.default_rng(3)
    mean, variance = random.normal(60, 8, 30), random.uniform(1, 40, 30)
    gap = (mean[None] - mean[:, None]) / np.sqrt(variance[None] + variance[:, None])
    chance = np.array([[0.5 * math.erfc(-each / math.sqrt(2)) for each in row] for row in gap])
    np.fill_diagonal(chance, 0.0)

    drawn = normal_draws(mean, variance)

    assert pytest.approx(1 + chance.sum(axis=1), abs=0.12) == uncertain.ranks(drawn).mean(axis=0)
    np.fill_diagonal(chance, 0.5)
    assert pytest.approx(chance.T, abs=0.012) == uncertain.pairwise(drawn)


def test_intervals_of_normal_scores() -> None:
    """A 95 % interval reaches 1.96 standard errors to either side, and always contains what was published."""
    drawn = normal_draws(np.array([50.0, 70.0]), np.array([4.0, 25.0]))
    low, high = uncertain.interval(drawn, 0.95, np.array([50.0, 95.0]))

    assert pytest.approx([46.08, 60.2], abs=0.2) == low
    assert pytest.approx([53.92, 95.0], abs=0.2) == high


def test_rank_intervals_are_ranks_that_were_drawn() -> None:
    """Of ranks 1 1 2 3 4 5 9 9 9 9 the middle half is 2 to 9; a published rank outside widens it."""
    drawn = np.array([[1, 1, 2, 3, 4, 5, 9, 9, 9, 9]], dtype=np.int32).T

    assert ([2], [9]) == tuple(part.tolist() for part in uncertain.rank_interval(drawn, 0.5, np.array([4])))
    assert ([2], [12]) == tuple(part.tolist() for part in uncertain.rank_interval(drawn, 0.5, np.array([12])))


@pytest.mark.parametrize("level", [0.0, 1.0, math.nan])
def test_a_level_must_be_a_share(level: float) -> None:
    """An interval of everything or nothing is none."""
    with pytest.raises(ShapeError, match="level"):
        uncertain.interval(FEW, level, np.zeros(3))


def test_draws_must_be_of_the_subjects() -> None:
    """Three subjects' draws do not fit two published scores."""
    with pytest.raises(ShapeError, match=r"\(4, 3\) and \(2,\)"):
        uncertain.interval(FEW, 0.9, np.zeros(2))


def test_grades_part_where_the_data_can() -> None:
    """Two clearly better, two in the middle that overlap with nobody, one last: three grades; with everybody alike there is one."""
    mean, table = np.array([90.0, 89.0, 60.0, 59.5, 20.0]), np.arange(5)

    assert [1, 1, 2, 2, 3] == uncertain.grades(normal_draws(mean, np.full(5, 9.0)), mean, table).tolist()
    assert [1, 1, 1, 1, 1] == uncertain.grades(normal_draws(mean, np.full(5, 9e4)), mean, table).tolist()


def test_a_grade_is_opened_by_who_differs_from_its_opener() -> None:
    """Standard error 3 each: .9 needs a lead of 1.2816 * sqrt(18) = 5.44 points, so 100 parts from 94 but not from 95."""
    mean = np.array([100.0, 95.0, 94.0, 90.0, 88.0])

    assert [1, 1, 2, 2, 3] == uncertain.grades(normal_draws(mean, np.full(5, 9.0)), mean, np.arange(5)).tolist()


def test_equal_scores_share_a_grade() -> None:
    """The second of two at 60 is known far better than the first, and parts from the opener only with it."""
    mean, variance = np.array([70.0, 60.0, 60.0, 59.0]), np.array([1.0, 900.0, 1.0, 1.0])

    assert [1, 1, 1, 2] == uncertain.grades(normal_draws(mean, variance), mean, np.arange(4)).tolist()


def test_grades_need_more_than_a_coin() -> None:
    """Below one half everybody would part from everybody."""
    with pytest.raises(ShapeError, match=r"at least 0\.5"):
        uncertain.grades(FEW, np.array([3.0, 2.0, 1.0]), np.arange(3), 0.4)


@given(TIED)
def test_grades_run_down_the_table(drawn: np.ndarray) -> None:
    """Grades start at 1, never skip, and never go up again on the way down."""
    published = drawn.mean(axis=0)
    table = rank.order(published, [f"{at:02d}" for at in range(published.size)])
    down = uncertain.grades(drawn, published, table)[table]

    assert 1 == down[0]
    assert set(np.diff(down)) <= {0, 1}


def test_nobody_has_no_ranks() -> None:
    """No subjects are no error."""
    none = np.zeros((5, 0), dtype=np.int32)

    assert (5, 0) == uncertain.ranks(none).shape
    assert (0, 0) == uncertain.pairwise(none).shape
    assert 0 == uncertain.grades(none, np.zeros(0), np.zeros(0, dtype=np.int64)).size


def test_delta_method_is_exact_where_the_score_is_linear() -> None:
    """Rates 2 and -1, variances 9 and 4: 36 + 4 = 40, which draws confirm; a missing cell adds nothing."""
    rates, variances = np.array([[2.0, -1.0], [2.0, np.nan]]), np.array([[9.0, 4.0], [9.0, np.nan]])
    drawn = normal_draws(np.zeros(2), variances[0]) @ rates[0]

    assert [40.0, 36.0] == uncertain.delta(rates, variances).tolist()
    assert pytest.approx(40.0, rel=0.03) == drawn.var()


def test_delta_method_needs_one_rate_per_cell() -> None:
    """Rates of other cells are refused."""
    with pytest.raises(ShapeError, match=r"\(1, 2\) and \(2,\)"):
        uncertain.delta(np.ones((1, 2)), np.ones(2))
