"""Treatment of outliers: hand-computed figures and properties; the computed ones are in test_coinr.py."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import ShapeError
from kpicore.kernels import treat

NAN = np.nan
TWO_OUTLIERS = np.array([*range(1, 21), 90.0, 100.0])
"""Numbers from 1 to 20, and two outliers."""
NUMBERS = st.integers(-1000, 1000).map(float)
PEERS = st.lists(NUMBERS, min_size=1, max_size=25)


def test_skewness_and_kurtosis_by_hand() -> None:
    """1, 2, 3, 10: m2 = 12.5, m3 = 45, m4 = 348.5, n = 4; a gap changes nothing."""
    values = np.array([1.0, 2.0, NAN, 3.0, 10.0])

    assert pytest.approx(math.sqrt(12) / 2 * 45 / 12.5**1.5) == float(treat.skewness(values))
    assert pytest.approx(3 / 2 * (5 * (348.5 / 12.5**2 - 3) + 6)) == float(treat.kurtosis(values))


def test_shape_of_too_few_or_equal_values_is_not_known() -> None:
    """Then there are no outliers either; 0.1 + 0.2 three times is equal in spite of its last digit."""
    for values in ([1.0, 5.0], [0.1 + 0.2] * 7, [], [NAN, NAN]):
        shape = treat.shape(np.array(values))
        assert math.isnan(shape.skewness)
        assert math.isnan(shape.kurtosis)
        assert not shape.has_outliers
    assert treat.Treatment() == treat.outlier_treatment(np.array([1.0, 5.0]))


def test_shape_does_not_depend_on_the_unit() -> None:
    """Fourth powers neither overflow nor vanish."""
    for unit in (1e-120, 1e120):
        assert pytest.approx(treat.shape(TWO_OUTLIERS)) == treat.shape(unit * TWO_OUTLIERS)


def test_winsorising_stops_when_nothing_stands_out() -> None:
    """100 becomes 90, and then both become 20; the lower end is left alone."""
    low, high = treat.winsor_limits(TWO_OUTLIERS)

    assert (-math.inf, 20.0) == (low, high)
    assert [*range(1, 21), 20.0, 20.0] == treat.winsorise(TWO_OUTLIERS, low, high).tolist()


def test_winsorising_draws_in_the_lower_end_of_a_mirror_image() -> None:
    """The end is the one to which the peers are skewed."""
    assert (-20.0, math.inf) == treat.winsor_limits(-TWO_OUTLIERS)


def test_winsorising_changes_no_more_than_allowed() -> None:
    """One point is allowed: 100 becomes 90. With 100 twice, both would change, so none does."""
    assert (-math.inf, 90.0) == treat.winsor_limits(TWO_OUTLIERS, points=1)
    assert (-math.inf, math.inf) == treat.winsor_limits(np.array([*range(20), 100.0, 100.0]), points=1)


def test_forced_winsorising_needs_no_outliers() -> None:
    """The most extreme values become the next ones until three are changed, in turn where the ends are alike."""
    assert (-math.inf, math.inf) == treat.winsor_limits(np.arange(10.0), points=3)
    assert (1.0, 7.0) == treat.winsor_limits(np.arange(10.0), points=3, force=True)
    assert (-math.inf, math.inf) == treat.winsor_limits(np.array([4.0, 4.0, 4.0]), points=3, force=True)


def test_quantile_limits() -> None:
    """A tenth of 0, 1, ... 10 at either end."""
    assert (1.0, 9.0) == treat.quantile_limits(np.arange(11.0), 0.1)
    with pytest.raises(ShapeError, match=r"from 0 to below 0.5 \(got 0.5\)"):
        treat.quantile_limits(np.arange(11.0), 0.5)


def test_logarithm_over_the_peers_range() -> None:
    """ln(x - low + 1 % of the range); below the least peer the line goes on straight, with slope 1 / a."""
    values = np.array([100.0, 200.0, 150.0, 99.0, NAN])

    logs = treat.log_coin(values, 100.0, 200.0)

    assert pytest.approx([0.0, math.log(101), math.log(51), -1.0, NAN], nan_ok=True) == logs
    mirrored = treat.log_coin(values, 100.0, 200.0, mirrored=True)
    assert pytest.approx([-math.log(101), 0.0, -math.log(51), -math.log(102), NAN], nan_ok=True) == mirrored


def test_gii_logarithm_transforms() -> None:
    """0 at the least, ln(high) at the greatest; COINr computes it and returns the values as they were."""
    values = np.array([2.0, 6.0, 10.0])

    assert pytest.approx([0.0, math.log(5.5), math.log(10)]) == treat.log_gii(values, 2.0, 10.0).tolist()


def test_gii_logarithm_refuses_to_reverse_the_order() -> None:
    """With a greatest value of 1 or less it would fall; scaled by 100 it rises."""
    values = np.array([0.2, 0.5, 0.9])

    with pytest.raises(ShapeError, match=r"above 1 after scaling \(got 1.0 \* 0.9\); choose a larger factor"):
        treat.log_gii(values, 0.2, 0.9)
    assert (np.diff(treat.log_gii(values, 0.2, 0.9, factor=100.0)) > 0).all()


@pytest.mark.parametrize("log", [treat.log_coin, treat.log_gii])
def test_logarithm_of_a_range_that_is_none(log: object) -> None:
    """Equal peers have no range."""
    with pytest.raises(ShapeError, match="least value below the greatest"):
        log(np.array([3.0]), 3.0, 3.0)  # type: ignore[operator]
    assert treat.Treatment() == treat.log_treatment(np.array([3.0, 3.0]))


def test_rule_takes_the_mildest_treatment_that_helps() -> None:
    """Nothing without outliers, limits for two, a logarithm where five do not help, mirrored for a long lower tail."""
    tail = np.exp(np.linspace(0.0, 12.0, 40))

    assert treat.Treatment() == treat.outlier_treatment(np.arange(10.0))
    assert treat.Treatment("winsorise", high=20.0) == treat.outlier_treatment(TWO_OUTLIERS)
    assert treat.Treatment("log", float(tail[0]), float(tail[-1])) == treat.outlier_treatment(tail, points=1)
    mirrored = treat.outlier_treatment(-tail, points=1)
    assert treat.Treatment("log", float(-tail[-1]), float(-tail[0]), is_mirrored=True) == mirrored
    assert not treat.shape(treat.treat(-tail, mirrored)).has_outliers


def test_audit_names_rows_and_values() -> None:
    """Who was changed, from what to what, and the shape before and after."""
    came = treat.audit(TWO_OUTLIERS, treat.treat(TWO_OUTLIERS, treat.outlier_treatment(TWO_OUTLIERS)))

    assert [20, 21] == came.rows.tolist()
    assert [90.0, 100.0] == came.before.tolist()
    assert [20.0, 20.0] == came.after.tolist()
    assert came.shape_before.has_outliers
    assert not came.shape_after.has_outliers


@given(PEERS, st.integers(0, 5), st.booleans())
def test_winsorising_keeps_its_promise(values: list[float], points: int, force: bool) -> None:  # noqa: FBT001 - drawn
    """At most that many values change, all of them at the ends and to a value of a peer."""
    column = np.array(values)

    low, high = treat.winsor_limits(column, points, force=force)
    after = treat.winsorise(column, low, high)

    assert (after != column).sum() <= points
    assert set(after.tolist()) <= set(values)


@given(PEERS, st.data())
def test_invariants(values: list[float], data: st.DataObject) -> None:
    """Row order changes nothing, order is kept beyond the peers too, gaps stay and change nothing, inputs are not written to."""
    column = np.array(values)
    turn = data.draw(st.permutations(range(len(values))))
    for fit in (treat.outlier_treatment, treat.log_treatment):
        fitted = fit(column)
        probes = np.array([*sorted(values), NAN, min(values) - 500.0, max(values) + 500.0])
        before = probes.copy()

        came = treat.treat(probes, fitted)

        assert fitted == fit(column[list(turn)]) == fit(np.append(column, NAN))
        assert np.isnan(came).tolist() == np.isnan(probes).tolist()
        assert (np.diff(came[np.argsort(probes)][:-1]) >= 0).all()
        np.testing.assert_array_equal(before, probes)
