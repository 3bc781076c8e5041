"""Drift of the case mix: relabelled cases show, honest changes do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from kpicore.kernels import drift

if TYPE_CHECKING:
    from numpy.typing import NDArray

KAPPA = np.array([0.8, 1.0, 1.5])


def two_periods(seed: int, n: int = 400, shift: float = 0.0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw two periods of 40 people with mixes of their own, which all shift towards the hard class; the first person has n cases."""
    rng = np.random.default_rng(seed)
    many = np.concatenate([[n], rng.integers(5, 300, 39)])
    mix = np.array([0.25, 0.55, 0.2]) * np.exp(0.3 * rng.normal(size=(40, 3)))
    both = []
    for tilt in (0.0, shift):
        chance = mix * np.exp(tilt * np.array([-1.0, 0.0, 1.0]))
        both.append([rng.multinomial(size, p) for size, p in zip(many, chance / chance.sum(axis=1)[:, None], strict=True)])
    return np.array(both[0], dtype=float), np.array(both[1], dtype=float)


def test_mean_coefficient_by_hand() -> None:
    """(2 * .8 + 6 * 1 + 2 * 1.5) / 10 = 1.06; without cases it is unknown."""
    found = drift.mean_coefficient(np.array([[2.0, 6.0, 2.0], [0.0, 0.0, 0.0]]), KAPPA)

    assert pytest.approx([1.06, np.nan], nan_ok=True) == found.tolist()


def test_relabelled_cases_show() -> None:
    """A fifth of 400 cases moved from ordinary to hard is flagged in eight of ten draws, and the mean coefficient says by how much."""
    seen = []
    for seed in range(40):
        before, now = two_periods(seed)
        now[0] += [0, -80, 80]
        found = drift.drift(before, now, KAPPA)
        seen.append(found.z[0] > drift.UNUSUAL)
        assert found.now[0] - drift.mean_coefficient(now - [[0, -80, 80]] * np.eye(40)[:, :1], KAPPA)[0] == pytest.approx(0.1)

    assert np.mean(seen) > 0.8


def test_honest_changes_do_not_show() -> None:
    """When everybody's mix shifts, few of a thousand are flagged, those with few cases no more than the others."""
    flags = [drift.drift(*two_periods(seed, n=12, shift=0.4), KAPPA).z > drift.UNUSUAL for seed in range(50)]

    assert np.mean(flags) < 0.005
    assert np.mean([flag[0] for flag in flags]) < 0.05


def test_a_few_cases_are_no_proof() -> None:
    """Three of five ordinary cases called hard is chance for all one can tell."""
    before, now = two_periods(1)
    before[0], now[0] = [0, 5, 0], [0, 2, 3]

    assert drift.drift(before, now, KAPPA).z[0] < drift.UNUSUAL


def test_the_peers_change_is_told_and_gaps_stay_gaps() -> None:
    """Who was not there before has no drift, and spoils nobody else's."""
    before, now = two_periods(2, shift=0.4)
    whole = drift.drift(before, now, KAPPA)
    before[3] = 0.0

    found = drift.drift(before, now, KAPPA)

    assert 0.05 < found.peers < 0.2
    assert np.isnan(found.z[3])
    assert np.isfinite(np.delete(found.z, 3)).all()
    assert pytest.approx(np.delete(whole.z, 3), abs=0.3) == np.delete(found.z, 3)


def test_few_peers_have_no_drift() -> None:
    """With five people there is no telling what happened to everybody."""
    found = drift.drift(np.ones((5, 3)), np.ones((5, 3)), KAPPA)

    assert np.isnan(found.z).all()
    assert np.isnan(found.peers)
    assert pytest.approx(1.1) == found.now[0]
