"""Rank kernel."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kpicore.kernels.rank import order, rank


def test_ties_share_the_smallest_rank() -> None:
    """1, 2, 2, 4; unscored has no rank."""
    assert [2, 1, 2, 0, 4] == rank(np.array([70.0, 90.0, 70.0, np.nan, 10.0])).tolist()


def test_order_is_by_score_then_id() -> None:
    """Equal scores stand by id, whatever the order of the rows; unscored are left out."""
    assert [1, 2, 0] == order(np.array([70.0, 90.0, 70.0, np.nan]), ["d", "b", "a", "c"]).tolist()


@given(st.lists(st.sampled_from([10.0, 20.0, 30.0, np.nan]), max_size=20))
def test_rank_counts_those_above(scores: list[float]) -> None:
    """The slow definition."""
    came = rank(np.array(scores, dtype=float)).tolist()

    assert [0 if np.isnan(score) else 1 + sum(other > score for other in scores) for score in scores] == came
