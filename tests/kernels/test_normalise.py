"""Normalisation kernels: hand-computed figures and property tests; published ones are in test_published_indices.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import PeersError, ShapeError
from kpicore.kernels import normalise

if TYPE_CHECKING:
    from collections.abc import Callable

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 6))
COLUMNS = st.lists(NUMBERS, min_size=2, max_size=30)


def test_curve_reads_between_and_beyond_its_places() -> None:
    """Between places on a straight line, beyond them the last piece goes on, NaN stays NaN."""
    values = np.array([0.40, 0.515, 0.63, 0.69, 0.81, 0.17, np.nan])

    share = normalise.curve(values, [0.40, 0.63, 0.75], [0.0, 0.8, 1.0])

    assert pytest.approx([0.0, 0.4, 0.8, 0.9, 1.1, -0.8, np.nan], nan_ok=True) == share


def test_curve_falls_for_descending_places() -> None:
    """Lower is better: the places descend and nothing else changes."""
    share = normalise.curve(np.array([48.0, 36.0, 24.0, 12.0]), [48.0, 24.0, 12.0], [0.0, 0.8, 1.0])

    assert pytest.approx([0.0, 0.4, 0.8, 1.0]) == share.tolist()


@pytest.mark.parametrize("at", [[1.0, 1.0], [1.0, 3.0, 2.0], [1.0]])
def test_curve_refuses_places_out_of_order(at: list[float]) -> None:
    """Equal, disordered or single places are no curve."""
    with pytest.raises(ShapeError, match="strict order"):
        normalise.curve(np.array([1.0]), at, [0.0] * len(at))


def test_min_max_places_between_worst_and_best() -> None:
    """(x - worst) / (best - worst), for both directions, with negative values."""
    values = np.array([-4.0, -2.0, -1.0])

    assert pytest.approx([0.0, 2 / 3, 1.0]) == normalise.min_max(values, -4.0, -1.0).tolist()
    assert pytest.approx([1.0, 1 / 3, 0.0]) == normalise.min_max(values, -1.0, -4.0).tolist()


def test_constant_column_is_neutral() -> None:
    """Peers that do not differ are neither best nor worst."""
    same = np.array([3.0, np.nan, 3.0])

    assert pytest.approx([0.5, np.nan, 0.5], nan_ok=True) == normalise.min_max(same, 3.0, 3.0)
    assert pytest.approx([0.0, np.nan, 0.0], nan_ok=True) == normalise.z_score(same, 3.0, 0.0)
    assert pytest.approx([0.5, np.nan, 0.5], nan_ok=True) == normalise.percentile(same, *normalise.percentile_places(same[[0, 2]]))


@pytest.mark.parametrize(("ties", "expected"), [("min", [0.0, 0.25, 0.25, 0.75, 1.0]), ("mid", [0.0, 0.375, 0.375, 0.75, 1.0])])
def test_percentile_shares_ranks_of_ties(ties: normalise.Ties, expected: list[float]) -> None:
    """Five peers, two tied at ranks 2 and 3: both get rank 2 (min) or 2.5 (mid)."""
    peers = np.array([1.0, 2.0, 2.0, 5.0, 9.0])

    assert expected == normalise.percentile(peers, *normalise.percentile_places(peers, ties)).tolist()


def test_percentile_of_someone_who_is_no_peer() -> None:
    """Between two peers on a straight line, beyond them flat."""
    share = normalise.percentile(np.array([0.0, 3.5, 99.0]), *normalise.percentile_places(np.array([1.0, 2.0, 5.0])))

    assert [0.0, 0.75, 1.0] == share.tolist()


def test_clip_says_what_it_cut_off() -> None:
    """Above positive, below negative, within 0."""
    inside, cut = normalise.clip(np.array([1.5, -0.25, 0.5, np.nan]))

    assert pytest.approx([1.0, 0.0, 0.5, np.nan], nan_ok=True) == inside
    assert pytest.approx([0.5, -0.25, 0.0, np.nan], nan_ok=True) == cut


def test_too_few_peers_cannot_be_compared() -> None:
    """One peer is none to compare with."""
    with pytest.raises(PeersError, match="at least 2 of them with a value \\(got 1\\)"):
        normalise.known_peers(np.array([np.nan, 4.0]))


def test_infinite_values_are_refused() -> None:
    """Infinity is no measurement."""
    with pytest.raises(ShapeError, match=r"values of the peers must be finite .*got 1 infinite"):
        normalise.known_peers(np.array([np.inf, 4.0, 5.0]))


@given(COLUMNS, st.sampled_from(["min", "mid"]))
def test_percentile_matches_counting(values: list[float], ties: normalise.Ties) -> None:
    """The slow definition: others strictly below, plus half of the other tied ones for 'mid'."""
    peers = np.array(values)

    share = normalise.percentile(peers, *normalise.percentile_places(peers, ties))

    for value, came in zip(values, share, strict=True):
        behind = sum(other < value for other in values) + (values.count(value) - 1) / 2 * (ties == "mid")
        assert pytest.approx(0.5 if len(set(values)) == 1 else behind / (len(values) - 1)) == came


@given(COLUMNS, st.data())
def test_nan_never_spreads_and_inputs_stay(values: list[float], data: st.DataObject) -> None:
    """A missing value changes nobody else's result, and arrays are not written to."""
    column = np.array(values)
    at = data.draw(st.integers(0, len(values) - 1))
    holed = column.copy()
    holed[at] = np.nan
    before = holed.copy()
    places = normalise.percentile_places(column)

    functions: list[Callable[[normalise.FloatArray], normalise.FloatArray]] = [
        lambda x: normalise.min_max(x, 0.0, 10.0),
        lambda x: normalise.curve(x, [0.0, 5.0, 7.0], [0.0, 0.8, 1.0]),
        lambda x: normalise.z_score(x, 1.0, 2.0),
        lambda x: normalise.percentile(x, *places),
        lambda x: normalise.clip(x)[0],
    ]
    for function in functions:
        assert np.delete(function(column), at).tolist() == np.delete(function(holed), at).tolist()
        assert np.isnan(function(holed)[at])
    assert np.array_equal(holed, before, equal_nan=True)


def test_t_score_has_mean_50_and_deviation_10() -> None:
    """1, 2, 3 have deviation 1; without a deviation all get 50."""
    assert [40.0, 50.0, 60.0] == normalise.t_score(np.array([1.0, 2.0, 3.0]), 2.0, 1.0).tolist()
    assert [50.0] == normalise.t_score(np.array([3.0]), 3.0, 0.0).tolist()


def test_logistic_bends_towards_both_ends() -> None:
    """0.5 in the middle, e / (1 + e) one scale above, falling for a negative scale, and no overflow far out."""
    values = np.array([0.0, 2.0, 4.0, 1e300, -1e300, np.nan])

    share = normalise.logistic(values, 2.0, 2.0)

    assert pytest.approx([1 / (1 + np.e), 0.5, np.e / (1 + np.e), 1.0, 0.0, np.nan], nan_ok=True) == share
    np.testing.assert_allclose(normalise.logistic(values, 2.0, -2.0), 1 - share, atol=1e-15)
    assert [0.5] == normalise.logistic(np.array([3.0]), 3.0, 0.0).tolist()


def test_several_metrics_at_once() -> None:
    """One figure per metric gives what one metric at a time gives; a constant metric is neutral and the others are not touched."""
    values = np.array([[1.0, 7.0, np.nan], [2.0, 7.0, -3.0], [4.0, 7.0, -9.0]])
    worst, best = np.array([1.0, 7.0, -3.0]), np.array([4.0, 7.0, -9.0])
    for kernel in (normalise.min_max, normalise.z_score, normalise.t_score, normalise.logistic):
        each = [kernel(values[:, at], float(worst[at]), float(best[at])) for at in range(3)]
        np.testing.assert_array_equal(np.column_stack(each), kernel(values, worst, best))
    np.testing.assert_allclose(normalise.min_max(values, worst, best), [[0, 0.5, np.nan], [1 / 3, 0.5, 0], [1, 0.5, 1]])


def test_logarithmic_range_counts_doublings() -> None:
    """From 1 to 16 each doubling is a quarter; below 1 the line goes on with slope 1 / ln 16, so that 0 has a finite place."""
    values = np.array([1.0, 2.0, 4.0, 16.0, 32.0, 0.0, np.nan])

    expected = [0.0, 0.25, 0.5, 1.0, 1.25, -1 / np.log(16), np.nan]
    assert pytest.approx(expected, nan_ok=True) == normalise.log_min_max(values, 1.0, 16.0)
    np.testing.assert_allclose(normalise.log_min_max(values, 16.0, 1.0), 1 - np.array(expected), atol=1e-15)
    with pytest.raises(ShapeError, match=r"above 0 \(got worst = 0.0, best = 4.0\)"):
        normalise.log_min_max(values, 0.0, 4.0)
