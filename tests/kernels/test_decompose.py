"""Mix and rate effects: worked figures, exact additivity, symmetry, and segments that come and go."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kpicore.errors import ShapeError
from kpicore.kernels.decompose import rate_change, volume_change


def array(*rows: tuple[float, float]) -> np.ndarray:
    """Return segments as rows: before, now."""
    return np.array(rows, dtype=float)


def test_a_rate_by_hand() -> None:
    """Two segments of 10 % and 50 %: shares go from .5 to .8 and the first rate to 20 %; .3 becomes .26."""
    exposure = array((50, 80), (50, 20))
    amount = array((5, 16), (25, 10))
    found = rate_change(amount, exposure)

    assert [0.3 * (0.15 - 0.28), -0.3 * (0.5 - 0.28)] == pytest.approx(found.mix.tolist())
    assert [0.65 * 0.1, 0.0] == pytest.approx(found.rate.tolist())
    assert 26 / 100 - 30 / 100 == pytest.approx(found.mix.sum() + found.rate.sum())


def test_kitagawa_totals() -> None:
    """The sums are her components: (s1 - s0) r̄ for composition and s̄ (r1 - r0) for rates."""
    exposure, amount = array((100, 300), (200, 100), (50, 80)), array((20, 90), (80, 35), (5, 4))
    share, rate = exposure / exposure.sum(axis=0), amount / exposure
    found = rate_change(amount, exposure)

    assert (share[:, 1] - share[:, 0]) @ rate.mean(axis=1) == pytest.approx(found.mix.sum())
    assert share.mean(axis=1) @ (rate[:, 1] - rate[:, 0]) == pytest.approx(found.rate.sum())


def test_a_segment_that_is_new_is_all_mix() -> None:
    """It had no rate that could have changed."""
    found = rate_change(array((10, 10), (0, 30)), array((100, 100), (0, 100)))

    assert [0.0, 0.0] == pytest.approx(found.rate.tolist())
    assert 0.2 - 0.1 == pytest.approx(found.mix.sum())


def test_an_amount_without_exposure_counts_as_rate() -> None:
    """Revenue of a team that has no target still is part of revenue over targets."""
    found = rate_change(array((10, 10), (0, 5)), array((10, 10), (0, 0)))

    assert [0.0, 0.5] == pytest.approx(found.rate.tolist())
    assert [0.0, 0.0] == pytest.approx(found.mix.tolist())


def test_a_total_by_hand() -> None:
    """One segment: 10 cases of 5 become 20 of 6, so there is no mix; volume 10 x 5.5, rate 1 x 15."""
    found = volume_change(array((50, 120)), array((10, 20)))

    assert (55.0, 0.0, 15.0) == pytest.approx((found.volume[0], found.mix[0], found.rate[0]))


def test_das_gupta_is_the_mean_over_all_orders() -> None:
    """Changing N, s and m one after the other, in each of the six orders, and taking the mean gives the same effects."""
    cases, amount = array((30, 60), (70, 20)), array((90, 300), (700, 160))
    factors = np.stack([np.broadcast_to(cases.sum(axis=0), (2, 2)), cases / cases.sum(axis=0), amount / cases])
    slow = np.zeros((3, 2))
    for order in permutations(range(3)):
        state = factors[:, :, 0].copy()
        for each in order:
            before = state.prod(axis=0)
            state[each] = factors[each, :, 1]
            slow[each] += (state.prod(axis=0) - before) / 6

    assert slow.ravel() == pytest.approx(np.stack(volume_change(amount, cases)).ravel())


def test_a_count_has_no_rate_effect() -> None:
    """Its amount per case is 1 in both periods."""
    counts = array((3, 9), (4, 0), (0, 2))
    found = volume_change(counts, counts)

    assert [0.0] * 3 == pytest.approx(found.rate.tolist(), abs=1e-12)
    assert [6.0, -4.0, 2.0] == pytest.approx((found.volume + found.mix).tolist())


def test_a_first_period_without_cases_is_all_volume() -> None:
    """Nothing can be said of a mix that was not there."""
    found = volume_change(array((0, 12), (0, 4)), array((0, 3), (0, 1)))

    assert [12.0, 4.0] == pytest.approx(found.volume.tolist())


numbers = st.floats(1e-3, 1e6) | st.just(0.0)
tables = st.integers(1, 8).flatmap(lambda size: st.tuples(*[arrays(float, (size, 2), elements=numbers) for _ in range(2)]))


@given(tables)
def test_effects_add_up_to_the_change(given_: tuple[np.ndarray, np.ndarray]) -> None:
    """To the last digits of a double, whatever the segments are; and exchanging the periods only turns the signs."""
    amount, exposure = given_
    there = np.where(exposure > 0, amount, 0.0)
    parts = volume_change(there, exposure)
    # Effects may be far larger than what is left of them together.
    digits = 1e-12 * max(1.0, float(np.abs(parts).max()))
    assert (there[:, 1] - there[:, 0]).tolist() == pytest.approx(np.sum(parts, axis=0).tolist(), rel=0, abs=digits)

    if (exposure.sum(axis=0) < 1).any():
        return
    found = rate_change(amount, exposure)
    rates = amount.sum(axis=0) / exposure.sum(axis=0)
    digits = 1e-12 * max(1.0, float(rates.max()), float(np.abs(found).max()))
    assert rates[1] - rates[0] == pytest.approx(found.mix.sum() + found.rate.sum(), rel=0, abs=digits)
    turned = rate_change(amount[:, ::-1], exposure[:, ::-1])
    assert (-found.mix).tolist() == pytest.approx(turned.mix.tolist(), rel=0, abs=digits)


@given(tables, st.randoms(use_true_random=False))
def test_the_order_of_segments_is_of_no_matter(given_: tuple[np.ndarray, np.ndarray], random: object) -> None:
    """Rows move with their segment, and inputs are not written to."""
    amount, exposure = given_
    order = list(range(len(amount)))
    random.shuffle(order)  # type: ignore[attr-defined]  # of random.Random
    kept = amount.copy(), exposure.copy()
    one, other = volume_change(amount, exposure), volume_change(amount[order], exposure[order])

    digits = 1e-12 * max(1.0, float(np.abs(one).max()))
    assert one.mix[order].tolist() == pytest.approx(other.mix.tolist(), rel=1e-9, abs=digits)
    assert (kept[0] == amount).all()
    assert (kept[1] == exposure).all()


@pytest.mark.parametrize(
    ("amount", "exposure", "says"),
    [
        (np.ones((2, 3)), np.ones((2, 3)), r"shape \(segments, 2\)"),
        (np.ones((2, 2)), np.ones((3, 2)), "the same for both"),
        (array((1, np.inf)), np.ones((1, 2)), "amount must be finite"),
        (np.ones((1, 2)), array((0, 1)), "must not be 0 in sum"),
    ],
)
def test_what_is_refused(amount: np.ndarray, exposure: np.ndarray, says: str) -> None:
    """With what must hold and what came."""
    with pytest.raises(ShapeError, match=says):
        rate_change(amount, exposure)
