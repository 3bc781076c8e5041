"""Shrinkage of means: published figures, coverage by simulation, and property tests."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import ShapeError
from kpicore.kernels import heterogeneity, interval, shrink
from kpicore.kernels.shrink import Prior

if TYPE_CHECKING:
    from pathlib import Path

    from kpicore.kernels.shrink import FloatArray

FIGURES = st.lists(st.tuples(st.floats(-100, 100), st.floats(0.01, 100)), min_size=1, max_size=20)


def columns(path: Path, *names: str) -> list[FloatArray]:
    """Read columns of numbers of a CSV file."""
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [np.array([float(row[name]) for row in rows]) for name in names]


def arrays(figures: list[tuple[float, float]]) -> tuple[FloatArray, FloatArray]:
    """Make values and variances of pairs."""
    return np.array([value for value, _ in figures]), np.array([variance for _, variance in figures])


def test_thirteen_trials_of_a_vaccine(shared_data: Path) -> None:
    """Best linear unbiased predictions with REML, as in metafor: no correction, and the variance of mu added."""
    value, variance, blup, error = columns(shared_data / "scoring/eb/bcg_trials_blup_reml.csv", "yi", "vi", "blup", "blup_se")
    learnt = shrink.fit(value, variance, between=heterogeneity.restricted_likelihood)

    posterior = shrink.apply(value, variance, Prior(learnt.mean, learnt.between))

    of_mean = 1 / heterogeneity.weighted_mean(value, variance + learnt.between)[1].sum()
    assert np.abs(posterior.mean - blup).max() <= 1e-6
    assert np.abs(np.sqrt(posterior.variance + (1 - posterior.reliability) ** 2 * of_mean) - error).max() <= 1e-6


def test_six_batches_of_dyestuff(shared_data: Path) -> None:
    """Davies & Goldsmith, as in lme4: variances 1764.05 between and 2451.25 within, and the six predictions to 1e-4."""
    (yields,) = columns(shared_data / "scoring/eb/dyestuff.csv", "Yield")
    (blup,) = columns(shared_data / "scoring/eb/dyestuff_blup_reml.csv", "blup")
    batches = yields.reshape(6, 5)
    n = np.full(6, 5.0)

    variance = shrink.pooled(batches.var(axis=1, ddof=1) / n, n)
    learnt = shrink.fit(batches.mean(axis=1), variance)
    posterior = shrink.apply(batches.mean(axis=1), variance, Prior(learnt.mean, learnt.between))

    assert pytest.approx(2451.25, abs=1e-8) == 5 * variance[0]
    assert pytest.approx(1764.05, abs=1e-2) == learnt.between
    assert np.abs(posterior.mean - learnt.mean - blup).max() <= 1e-4


def test_eighteen_baseball_players(shared_data: Path) -> None:
    """Efron & Morris 1975 and 1977: the averages of 45 at bats keep 0.2117 of their distance; on the arcsine scale 18 of 18 to 3 dp."""
    hits, plain, printed, scaled = columns(
        shared_data / "scoring/eb/efron_morris_1970.csv", "r", "js_plain_scale_1977", "js_1975_recalled_3dp", "arcsine_x"
    )
    share, trials = hits / 45, np.full(18, 45.0)
    mean = share.mean()

    shrunk = shrink.james_stein(share, mean * (1 - mean) / 45)
    x = shrink.arcsine(share, trials)
    back = shrink.from_arcsine(shrink.james_stein(x, 1.0), trials)

    assert pytest.approx(0.2117, abs=5e-5) == (shrunk[0] - mean) / (share[0] - mean)
    assert np.abs(shrunk - plain).max() <= 5e-4
    assert np.abs(x - scaled).max() <= 5e-3
    assert printed.tolist() == back.round(3).tolist()


def test_morris_by_hand() -> None:
    """Five people, v = 3, tau^2 = 7: B = 2/4 * 3/10 = 0.15, and the variances follow from the formula."""
    value, variance = np.array([0.0, 2.0, 4.0, 6.0, 8.0]), np.full(5, 3.0)

    prior = shrink.fit(value, variance)
    posterior = shrink.apply(value, variance, prior)

    assert pytest.approx((4.0, 7.0, 3.0, 5.0)) == tuple(prior)
    assert pytest.approx([0.6, 2.3, 4.0, 5.7, 7.4]) == posterior.mean.tolist()
    least = 3 * (1 - 0.15 * 4 / 5)
    assert pytest.approx([least + 0.15**2 * 16, least + 0.15**2 * 4, least]) == posterior.variance[:3].tolist()
    assert pytest.approx([0.7] * 5) == posterior.reliability.tolist()


def test_three_peers_are_not_pooled() -> None:
    """They say nothing about how much people differ: figures stay, unless the numbers are declared."""
    value, variance = np.array([1.0, 5.0, 9.0]), np.ones(3)

    alone = shrink.apply(value, variance, shrink.fit(value, variance))
    declared = shrink.apply(value, variance, Prior(mean=5.0, between=1.0))

    assert (value.tolist(), variance.tolist()) == (alone.mean.tolist(), alone.variance.tolist())
    assert ([3.0, 5.0, 7.0], [0.5] * 3) == (declared.mean.tolist(), declared.variance.tolist())


def test_nobody_and_one_person() -> None:
    """Without peers nothing is learnt, and nothing fails."""
    nobody, one = np.full(2, np.nan), np.array([4.0])

    assert np.isnan(shrink.apply(nobody, nobody, shrink.fit(nobody, nobody)).mean).all()
    assert [4.0] == shrink.apply(one, np.ones(1), shrink.fit(one, np.ones(1))).mean.tolist()


def test_zero_variance_and_equal_figures() -> None:
    """What is known exactly stays; equal figures stay what they are."""
    exact, same = np.array([1.0, 2.0, 3.0, 4.0]), np.full(5, 3.5)

    assert exact.tolist() == shrink.apply(exact, np.zeros(4), shrink.fit(exact, np.zeros(4))).mean.tolist()
    for variance in (np.zeros(5), np.arange(1.0, 6.0)):
        assert pytest.approx(same.tolist()) == shrink.apply(same, variance, shrink.fit(same, variance)).mean.tolist()


def test_pooled_variance_by_hand() -> None:
    """s^2 = (1 * 4 + 3 * 8) / 4 = 7 for the small ones, one of them with a single observation; the large one keeps its own."""
    n, own = np.array([2.0, 4.0, 1.0, 0.0]), np.array([4.0, 8.0, np.nan, np.nan])

    assert pytest.approx([3.5, 1.75, 7.0, np.nan], nan_ok=True) == shrink.pooled(own / np.where(n > 0, n, 1), n).tolist()
    assert pytest.approx(0.3) == shrink.pooled(np.array([0.3, 5.0]), np.array([20.0, 3.0]))[0]


def test_an_unknown_variance_is_left_alone() -> None:
    """Nobody can say how far chance went: the figure stays, without variance and reliability."""
    value, variance = np.array([1.0, 2.0, 3.0, 9.0, 50.0]), np.array([1.0, 1.0, 1.0, 1.0, np.nan])

    posterior = shrink.apply(value, variance, shrink.fit(value, variance))

    assert 50.0 == posterior.mean[4]
    assert np.isnan([posterior.variance[4], posterior.reliability[4]]).all()


def test_shrinkage_to_what_each_can_expect() -> None:
    """Those who stand exactly at their own expectation stay there, however far it is from the others'."""
    value, expected = np.array([10.0, 20.0, 30.0, 41.0, 49.0]), np.array([10.0, 20.0, 30.0, 40.0, 50.0])
    variance = np.ones(5)

    prior = shrink.fit(value, variance, expected)
    shrunk = shrink.apply(value, variance, prior, expected).mean

    assert pytest.approx(0.0) == prior.mean
    assert pytest.approx([10.0, 20.0, 30.0, 40.5, 49.5]) == shrunk.tolist()


@pytest.mark.parametrize(("value", "variance"), [(np.inf, 1.0), (1.0, np.inf), (1.0, -1.0)])
def test_impossible_figures_are_refused(value: float, variance: float) -> None:
    """Infinity is no measurement and no variance is negative."""
    with pytest.raises(ShapeError, match="must be finite"):
        shrink.fit(np.array([value, 1.0]), np.array([variance, 1.0]))


@pytest.mark.parametrize("people", [8, 15, 30, 100])
def test_intervals_hold_the_truth_as_often_as_they_say(people: int) -> None:
    """95 % intervals of shrunk figures hold 94 to 96 of 100 true ones, with 3 to 40 observations each; and they are nearer to the truth."""
    rng = np.random.default_rng(people)
    held, off, off_raw = [], [], []
    for _ in range(24_000 // people):
        truth, n = rng.normal(0.0, 0.3, people), rng.integers(3, 41, people)
        seen = rng.normal(truth, 1 / np.sqrt(n))
        variance = 1 / n
        posterior = shrink.apply(seen, variance, shrink.fit(seen, variance))
        low, high = interval.normal(posterior.mean, posterior.variance)
        held.append(((low <= truth) & (truth <= high)).mean())
        off.append(((posterior.mean - truth) ** 2).mean())
        off_raw.append(((seen - truth) ** 2).mean())

    assert 0.94 <= np.mean(held) <= 0.96
    assert np.mean(off) < np.mean(off_raw)


@given(FIGURES, st.permutations(range(20)))
def test_order_does_not_matter(figures: list[tuple[float, float]], order: list[int]) -> None:
    """Rows in another order give the same figures in that order, to the last bit."""
    value, variance = arrays(figures)
    turn = [at for at in order if at < value.size]

    straight = shrink.apply(value, variance, shrink.fit(value, variance))
    turned = shrink.apply(value[turn], variance[turn], shrink.fit(value[turn], variance[turn]))

    for one, other in zip(straight, turned, strict=True):
        assert np.array_equal(one[turn], other, equal_nan=True)


@given(FIGURES)
def test_shrunk_lies_between_raw_and_mean(figures: list[tuple[float, float]]) -> None:
    """Never beyond the mean, never away from it; reliability within 0 and 1."""
    value, variance = arrays(figures)
    before = value.copy(), variance.copy()

    prior = shrink.fit(value, variance)
    posterior = shrink.apply(value, variance, prior)

    low, high = np.minimum(value, prior.mean), np.maximum(value, prior.mean)
    assert ((low - 1e-9 <= posterior.mean) & (posterior.mean <= high + 1e-9)).all()
    assert (posterior.variance > 0).all()
    known = posterior.reliability[~np.isnan(posterior.reliability)]
    assert ((known >= 0) & (known <= 1)).all()
    assert known.size == (value.size if value.size > 3 else 0)
    assert np.array_equal(before, (value, variance))


@given(FIGURES, st.sampled_from([0.01, 3.0, 1000.0]), st.floats(-50, 50))
def test_scale_and_origin_do_not_matter(figures: list[tuple[float, float]], scale: float, origin: float) -> None:
    """Minutes or hours, from now or from noon: the same figures in the other unit."""
    value, variance = arrays(figures)

    one = shrink.apply(value, variance, shrink.fit(value, variance)).mean
    moved, scaled = scale * value + origin, scale**2 * variance
    other = shrink.apply(moved, scaled, shrink.fit(moved, scaled)).mean

    assert pytest.approx((scale * one + origin).tolist(), rel=1e-6, abs=1e-5 * scale) == other.tolist()


@given(FIGURES, st.data())
def test_a_hole_or_a_newcomer_changes_nobody(figures: list[tuple[float, float]], data: st.DataObject) -> None:
    """With frozen numbers each figure stands for itself; a missing one spreads nowhere, and the peers learn without it."""
    value, variance = arrays(figures)
    prior = Prior(1.0, 4.0, 2.0, 10.0)
    at = data.draw(st.integers(0, value.size - 1))
    holed = value.copy()
    holed[at] = np.nan

    whole, without = (shrink.apply(column, variance, prior) for column in (value, holed))
    more = shrink.apply(np.append(value, 77.0), np.append(variance, 0.5), prior)

    for one, holed_one, longer in zip(whole, without, more, strict=True):
        assert np.isnan(holed_one[at])
        assert np.delete(one, at).tolist() == np.delete(holed_one, at).tolist()
        assert one.tolist() == longer[:-1].tolist()
    assert repr(shrink.fit(holed, variance)) == repr(shrink.fit(np.delete(value, at), np.delete(variance, at)))
