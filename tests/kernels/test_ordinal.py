"""Ranks and bands: hand-computed figures, slow oracles and properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import PeersError, ShapeError
from kpicore.kernels import normalise, ordinal

NAN = np.nan
COLUMN = st.lists(st.one_of(st.integers(-5, 5).map(float), st.just(NAN)), min_size=1, max_size=15)


@pytest.mark.parametrize(("ties", "expected"), [("min", [5, 2, 2, 1, 4]), ("mid", [5, 2.5, 2.5, 1, 4])])
def test_ranks_state_their_ties(ties: normalise.Ties, expected: list[float]) -> None:
    """Two tied at ranks 2 and 3 both get 2 (min) or 2.5 (mid); Borda counts one less."""
    values = np.array([9.0, 2.0, 2.0, 1.0, 5.0])

    assert expected == ordinal.ranks(values, ties).tolist()
    assert [rank - 1 for rank in expected] == ordinal.borda(values, ties).tolist()


def test_ranks_of_several_metrics_and_periods() -> None:
    """Each metric of each period is ranked by itself, and gaps are not counted."""
    values = np.array([[[1.0, 9.0], [NAN, 2.0]], [[3.0, 8.0], [5.0, NAN]], [[2.0, 7.0], [4.0, 1.0]]])

    np.testing.assert_array_equal([[[1, 3], [NAN, 2]], [[3, 2], [2, NAN]], [[2, 1], [1, 1]]], ordinal.ranks(values))


def test_percentile_rank_of_a_constant_metric_is_neutral() -> None:
    """COINr gives everybody 0, the worst score; nobody is the worst of equals."""
    values = np.array([[3.0, 1.0], [3.0, 2.0], [NAN, 3.0]])

    np.testing.assert_array_equal([[0.5, 0.0], [0.5, 0.5], [NAN, 1.0]], ordinal.percentile_rank(values))


def test_percentile_rank_of_one_is_refused() -> None:
    """One subject leaves nobody behind, and nobody leaves it behind."""
    with pytest.raises(PeersError, match=r"at least 2 values of each metric \(got 1\)"):
        ordinal.percentile_rank(np.array([[3.0, 1.0], [NAN, 2.0]]))


def test_steps_are_closed_below() -> None:
    """Who is at a cut point has reached the band above it."""
    values = np.array([0.29, 0.3, 0.5, 0.7, 5.0, -1.0, NAN])

    np.testing.assert_array_equal([0, 0.4, 0.7, 1, 1, 0, NAN], ordinal.steps(values, [0.3, 0.5, 0.7], [0.0, 0.4, 0.7, 1.0]))


@pytest.mark.parametrize(
    ("cuts", "worth", "says"),
    [
        ([2.0, 1.0], [0.0, 0.5, 1.0], r"strictly ascending \(got \[2.0, 1.0\]\)"),
        ([1.0, np.inf], [0.0, 0.5, 1.0], "finite and strictly ascending"),
        ([1.0, 2.0], [0.0, 1.0], r"2 cut points make 3 bands, each with its worth \(got 2: \[0.0, 1.0\]\)"),
    ],
)
def test_steps_refuse_what_makes_no_bands(cuts: list[float], worth: list[float], says: str) -> None:
    """Each contradiction is named."""
    with pytest.raises(ShapeError, match=says):
        ordinal.steps(np.array([1.0]), cuts, worth)


@given(COLUMN, st.sampled_from(["min", "mid"]), st.data())
def test_ranks_match_counting(values: list[float], ties: normalise.Ties, data: st.DataObject) -> None:
    """The slow definition, in any order of rows; the input is not written to."""
    column = np.array(values)
    before = column.copy()
    turn = data.draw(st.permutations(range(len(values))))

    came = ordinal.ranks(column, ties)

    for value, rank in zip(values, came, strict=True):
        expected = 1 + sum(other < value for other in values) + (values.count(value) - 1) / 2 * (ties == "mid")
        assert np.isnan(rank) if np.isnan(value) else expected == rank
    np.testing.assert_array_equal(came[turn], ordinal.ranks(column[turn], ties))
    np.testing.assert_array_equal(before, column)


@given(COLUMN.filter(lambda values: np.isfinite(values).sum() > 1), st.sampled_from(["min", "mid"]))
def test_percentile_rank_is_the_percentile_among_oneself(values: list[float], ties: normalise.Ties) -> None:
    """Ranking everybody at once gives what reading off the ranked peers gives."""
    column = np.array(values)

    expected = normalise.percentile(column, *normalise.percentile_places(normalise.known_peers(column), ties))

    np.testing.assert_allclose(ordinal.percentile_rank(column, ties), expected, rtol=1e-15)
