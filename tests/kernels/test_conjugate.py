"""Shrinkage of shares and counts: published figures, textbook formulas, coverage by simulation, and property tests."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import ShapeError
from kpicore.kernels import conjugate
from kpicore.kernels.shrink import Prior

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kpicore.kernels.conjugate import Shapes
    from kpicore.kernels.shrink import FloatArray

    Fit = Callable[[FloatArray, FloatArray], Prior]
    Apply = Callable[[FloatArray, FloatArray, Prior], Shapes]

PAIRS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=20)
WAYS: dict[str, tuple[Fit, Apply]] = {
    "rates": (conjugate.fit_rates, conjugate.rates),
    "counts": (conjugate.fit_counts, conjugate.counts),
}


def arrays(pairs: list[tuple[int, int]]) -> tuple[FloatArray, FloatArray]:
    """Make hits and sizes, never more hits than the size."""
    hits = np.array([float(hit) for hit, _ in pairs])
    return hits, hits + np.array([float(miss) for _, miss in pairs])


def test_homicides_in_78_counties(shared_data: Path) -> None:
    """Marshall's global empirical Bayes rates, as in PySAL, to 1e-15."""
    with (shared_data / "scoring/eb/stl_homicide_marshall.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    events, people, weight, shrunk = (
        np.array([float(row[key]) for row in rows]) for key in ("events", "population", "weight", "eb_marshall")
    )

    posterior = conjugate.counts(events, people, Prior(*conjugate.marshall(events, people)))

    assert np.abs(posterior.mean - shrunk).max() <= 1e-15
    assert np.abs(posterior.reliability - weight).max() <= 1e-12


def test_a_declared_prior_is_the_textbook() -> None:
    """Beta(3, 7) and Gamma(6, 2): (x + alpha) / (n + alpha + beta) and (O + a) / (E + b), with exactly those posteriors."""
    share = conjugate.rates(np.array([4.0]), np.array([5.0]), Prior(0.3, 0.3 * 0.7 / 11))
    rate = conjugate.counts(np.array([9.0]), np.array([4.0]), Prior(3.0, 1.5))

    assert pytest.approx([7 / 15, 7, 8]) == [share.mean[0], share.first[0], share.second[0]]
    assert pytest.approx([7 / 15 * 8 / 15 / 16, 5 / 15]) == [share.variance[0], share.reliability[0]]
    assert pytest.approx([15 / 6, 15, 6]) == [rate.mean[0], rate.first[0], rate.second[0]]
    assert pytest.approx([15 / 36, 4 / 6]) == [rate.variance[0], rate.reliability[0]]


def test_moments_of_shares_by_hand() -> None:
    """Four people with 10 trials each, 1, 2, 5 and 8 successes: p = 0.4, rho = (30 * 0.1 / 0.24 - 3) / 27."""
    prior = conjugate.fit_rates(np.array([1.0, 2.0, 5.0, 8.0]), np.full(4, 10.0))

    rho = (10 * (0.09 + 0.04 + 0.01 + 0.16) / 0.24 - 3) / (40 - 10 - 3)
    assert pytest.approx((0.4, 0.24 * rho, 0.24 * (1 - rho) / 10, 4.0)) == tuple(prior)


def test_peers_who_do_not_differ_more_than_by_chance() -> None:
    """Equal shares: no variance between people, reliability 0, and all but Morris's share of the distance is taken."""
    prior = conjugate.fit_rates(np.full(5, 3.0), np.full(5, 10.0))

    newcomer = conjugate.rates(np.array([9.0]), np.array([10.0]), prior)

    assert 0.0 == prior.between == newcomer.reliability[0]
    assert pytest.approx(0.3 + (1 - 2 / 4) * 0.6) == newcomer.mean[0]


def test_three_peers_are_not_pooled() -> None:
    """Shares stay as they are, without a reliability, and have a posterior even at 0."""
    successes, trials = np.array([0.0, 5.0, 10.0]), np.full(3, 10.0)

    posterior = conjugate.rates(successes, trials, conjugate.fit_rates(successes, trials))

    assert [0.0, 0.5, 1.0] == posterior.mean.tolist()
    assert np.isnan(posterior.reliability).all()
    assert pytest.approx([0.5, 5.5, 10.5]) == posterior.first.tolist()
    assert pytest.approx([10.5, 5.5, 0.5]) == posterior.second.tolist()


@pytest.mark.parametrize("hits", [0.0, 10.0])
def test_nobody_or_everybody_succeeded(hits: float) -> None:
    """All at an end of the scale: they stay there, and the interval is as wide as the trials allow."""
    successes, trials = np.full(6, hits), np.full(6, 10.0)

    posterior = conjugate.rates(successes, trials, conjugate.fit_rates(successes, trials))
    low, high = conjugate.beta_interval(posterior)

    assert (successes / 10).tolist() == posterior.mean.tolist()
    assert 0.1 < (high - low)[0] < 0.3


@pytest.mark.parametrize(
    ("prior", "match"), [(Prior(0.3, 0.0), "must be above 0"), (Prior(0.3, 0.5), r"cannot differ by a variance of 0\.5")]
)
def test_an_impossible_declaration_is_refused(prior: Prior, match: str) -> None:
    """A declared variance of 0 would make all people one; beyond mu (1 - mu) there is none."""
    with pytest.raises(ShapeError, match=match):
        conjugate.rates(np.ones(1), np.ones(1), prior)


def test_impossible_counts_are_refused() -> None:
    """More successes than trials, and what is negative or infinite."""
    with pytest.raises(ShapeError, match=r"more successes than trials \(got 3 of 2\)"):
        conjugate.fit_rates(np.array([3.0]), np.array([2.0]))
    for hits in (-1.0, np.inf):
        with pytest.raises(ShapeError, match="finite and not negative"):
            conjugate.fit_counts(np.array([hits]), np.array([2.0]))


@pytest.mark.parametrize("people", [8, 15, 30, 100])
def test_intervals_of_shares_hold_the_truth(people: int) -> None:
    """95 % intervals of shrunk shares with 3 to 60 trials each hold 94 to 97 of 100 true ones; shrunk shares are nearer to them."""
    rng = np.random.default_rng(people)
    found = []
    for _ in range(8000 // people):
        truth, trials = rng.beta(9.5, 22.2, people), rng.integers(3, 60, people)
        successes, size = rng.binomial(trials, truth).astype(float), trials.astype(float)
        found.append((truth, successes / size, conjugate.rates(successes, size, conjugate.fit_rates(successes, size))))

    held, gain = tried(found, conjugate.beta_interval)

    assert 0.94 <= held <= 0.97
    assert gain < 0.6


@pytest.mark.parametrize("people", [8, 15, 30, 100])
def test_intervals_of_counts_hold_the_truth(people: int) -> None:
    """95 % intervals of shrunk rates with 2 to 20 events expected of each hold 93 to 97 of 100 true ones."""
    rng = np.random.default_rng(people)
    found = []
    for _ in range(8000 // people):
        truth, expected = rng.gamma(11.0, 1 / 11.0, people), rng.uniform(2, 20, people)
        seen = rng.poisson(truth * expected).astype(float)
        found.append((truth, seen / expected, conjugate.counts(seen, expected, conjugate.fit_counts(seen, expected))))

    held, gain = tried(found, conjugate.gamma_interval)

    assert 0.93 <= held <= 0.97
    assert gain < 0.6


def tried(
    found: list[tuple[FloatArray, FloatArray, Shapes]], limits: Callable[[Shapes], tuple[FloatArray, FloatArray]]
) -> tuple[float, float]:
    """Return how often intervals hold the truth, and the mean square error of shrunk figures over that of raw ones."""
    truth, raw = (np.concatenate([one[part] for one in found]) for part in (0, 1))
    shapes = type(found[0][2])(*(np.concatenate(parts) for parts in zip(*(one[2] for one in found), strict=True)))
    low, high = limits(shapes)
    held = float(((low <= truth) & (truth <= high)).mean())
    return held, float(((shapes.mean - truth) ** 2).mean() / ((raw - truth) ** 2).mean())


@given(PAIRS, st.sampled_from(sorted(WAYS)), st.permutations(range(20)))
def test_order_does_not_matter(pairs: list[tuple[int, int]], way: str, order: list[int]) -> None:
    """Rows in another order give the same figures in that order, to the last bit."""
    fit, apply = WAYS[way]
    hits, size = arrays(pairs)
    turn = [at for at in order if at < hits.size]

    straight, turned = apply(hits, size, fit(hits, size)), apply(hits[turn], size[turn], fit(hits[turn], size[turn]))

    for one, other in zip(straight, turned, strict=True):
        assert np.array_equal(one[turn], other, equal_nan=True)


@given(PAIRS, st.sampled_from(sorted(WAYS)))
def test_shrunk_lies_between_raw_and_mean(pairs: list[tuple[int, int]], way: str) -> None:
    """Never beyond the mean, never away from it; shapes are above 0 wherever there is a value; arrays are not written to."""
    fit, apply = WAYS[way]
    hits, size = arrays(pairs)
    before = hits.copy(), size.copy()

    prior = fit(hits, size)
    posterior = apply(hits, size, prior)

    known = size > 0
    raw = hits[known] / size[known]
    assert (np.minimum(raw, prior.mean) - 1e-12 <= posterior.mean[known]).all()
    assert (posterior.mean[known] <= np.maximum(raw, prior.mean) + 1e-12).all()
    assert ((posterior.first[known] > 0) & (posterior.second[known] > 0) & (posterior.variance[known] > 0)).all()
    assert np.isnan([part[~known] for part in posterior]).all()
    assert np.array_equal(before, (hits, size))


@given(PAIRS, st.sampled_from(sorted(WAYS)), st.data())
def test_a_hole_or_a_newcomer_changes_nobody(pairs: list[tuple[int, int]], way: str, data: st.DataObject) -> None:
    """With frozen numbers each figure stands for itself; a missing one spreads nowhere, and the peers learn without it."""
    fit, apply = WAYS[way]
    hits, size = arrays(pairs)
    at = data.draw(st.integers(0, hits.size - 1))
    holed, prior = hits.copy(), Prior(0.4, 0.02, 0.01, 12.0)
    holed[at] = np.nan

    whole, without = apply(hits, size, prior), apply(holed, size, prior)
    more = apply(np.append(hits, 1.0), np.append(size, 3.0), prior)

    for one, holed_one, longer in zip(whole, without, more, strict=True):
        assert np.isnan(holed_one[at])
        assert np.array_equal(np.delete(one, at), np.delete(holed_one, at), equal_nan=True)
        assert np.array_equal(one, longer[:-1], equal_nan=True)
    assert repr(fit(holed, size)) == repr(fit(np.delete(hits, at), np.delete(size, at)))
