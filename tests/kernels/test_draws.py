"""Draws of the metrics' true values."""

from __future__ import annotations

import numpy as np
import pytest

from kpicore.errors import ShapeError
from kpicore.kernels import draws
from kpicore.kernels.draws import BETA, EXACT, GAMMA, MISSING, NORMAL, Posterior

POSTERIOR = Posterior(
    np.array([[NORMAL, BETA, GAMMA, EXACT], [GAMMA, MISSING, NORMAL, BETA]], dtype=np.int8),
    np.array([[50.0, 3.0, 7.5, 0.1], [0.5, np.nan, -2.0, 0.5]]),
    np.array([[9.0, 5.0, 2.0, np.nan], [1.0, np.nan, 0.0, 40.5]]),
)


def drawn(posterior: Posterior, keys: list[int], seed: int = 1, count: int = 20_000) -> np.ndarray:
    """Return all draws, (draws, subjects, metrics)."""
    return np.concatenate(list(draws.blocks(posterior, seed, keys, count)))


def test_moments_are_those_of_the_families() -> None:
    """Means and variances of 20,000 draws lie within five standard errors of the formulas."""
    came = drawn(POSTERIOR, [11, 12])
    mean, variance = POSTERIOR.mean(), POSTERIOR.variance()

    assert pytest.approx(np.array([[50.0, 0.375, 3.75, 0.1], [0.5, np.nan, -2.0, 0.5 / 41]]), nan_ok=True) == mean
    assert (
        pytest.approx(np.array([[9.0, 15 / (64 * 9), 7.5 / 4, 0.0], [0.5, np.nan, 0.0, 0.25 * 81 / (41**2 * 42)]]), nan_ok=True) == variance
    )
    known = ~np.isnan(mean)
    assert (np.abs(came.mean(axis=0) - mean)[known] <= 5 * np.sqrt(variance[known] / len(came)) + 1e-12).all()
    assert pytest.approx(variance[known], rel=0.12) == came.var(axis=0)[known]


def test_quantiles_are_those_of_the_families() -> None:
    """Beta(3, 5): a beta-binomial identity gives P(theta <= 0.375) = P(X >= 3), X of 7 trials. Normal: 2.5 % lie below -1.96."""
    came = drawn(POSTERIOR, [11, 12])
    exact = sum(np.prod([7 - i for i in range(k)]) / np.prod([i + 1 for i in range(k)]) * 0.375**k * 0.625 ** (7 - k) for k in range(3, 8))

    assert pytest.approx(exact, abs=0.02) == (came[:, 0, 1] <= 0.375).mean()
    assert pytest.approx(0.025, abs=0.006) == (came[:, 0, 0] < 50 - 1.96 * 3).mean()


def test_what_is_exact_stays_exact_and_what_is_missing_stays_missing() -> None:
    """A value without error is that value in every draw, to the last bit; so is a normal one of variance 0."""
    came = drawn(POSTERIOR, [11, 12], count=300)

    assert {0.1} == set(came[:, 0, 3])
    assert {-2.0} == set(came[:, 1, 2])
    assert np.isnan(came[:, 1, 1]).all()
    assert 1 == np.isnan(came).any(axis=0).sum()


def test_draws_stay_with_the_subject() -> None:
    """Neither the order of the rows nor who else is there changes anybody's draws, and fewer draws are the first ones."""
    both = drawn(POSTERIOR, [11, 12], count=300)
    turned = drawn(POSTERIOR.rows(np.array([1, 0])), [12, 11], count=300)
    alone = drawn(POSTERIOR.rows(np.array([1])), [12], count=200)

    np.testing.assert_array_equal(both, turned[:, ::-1])
    np.testing.assert_array_equal(both[:200, 1:], alone)
    assert not np.array_equal(both[:, 0, 0], drawn(POSTERIOR, [11, 12], seed=2, count=300)[:, 0, 0])


def test_subjects_are_drawn_independently() -> None:
    """Two subjects with the same posterior do not move together."""
    same = Posterior(np.full((2, 1), NORMAL, dtype=np.int8), np.zeros((2, 1)), np.ones((2, 1)))
    came = drawn(same, [1, 2])[:, :, 0]

    assert abs(np.corrcoef(came.T)[0, 1]) < 0.03


def test_a_share_is_never_lost_between_two_zeros() -> None:
    """Beta(1e-6, 1e-6): nearly every draw of the two Gammas underflows, and each share is still from 0 to 1."""
    tiny = Posterior(np.full((1, 1), BETA, dtype=np.int8), np.full((1, 1), 1e-6), np.full((1, 1), 1e-6))
    came = drawn(tiny, [1], count=1000)

    assert ((came >= 0) & (came <= 1)).all()


def test_inputs_are_not_written_to() -> None:
    """Blocks are new arrays, and writing to one changes nothing else."""
    before = [part.copy() for part in POSTERIOR]
    for block in draws.blocks(POSTERIOR, 1, [11, 12], 300):
        block[:] = 0.0

    for old, new in zip(before, POSTERIOR, strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize(
    ("family", "first", "second"), [(NORMAL, 0.0, -1.0), (NORMAL, np.inf, 1.0), (EXACT, np.nan, 0.0), (BETA, 0.0, 1.0), (GAMMA, 1.0, 0.0)]
)
def test_an_impossible_posterior_is_refused(family: int, first: float, second: float) -> None:
    """The message tells the cell and what it holds."""
    wrong = Posterior(np.array([[family]], dtype=np.int8), np.array([[first]]), np.array([[second]]))

    with pytest.raises(ShapeError, match=r"finite parameters.*at \(0, 0\)"):
        next(draws.blocks(wrong, 1, [1], 10))


def test_shapes_and_keys_must_fit() -> None:
    """One key per subject, and parameters for every cell."""
    with pytest.raises(ShapeError, match=r"one key per subject \(2; got 1\)"):
        next(draws.blocks(POSTERIOR, 1, [1], 10))
    with pytest.raises(ShapeError, match="subjects, metrics"):
        next(draws.blocks(POSTERIOR._replace(first=np.zeros((1, 4))), 1, [1, 2], 10))
