"""Connected components against hand-drawn graphs and a slow search."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import ShapeError
from kpicore.kernels.components import connected


def labels(count: int, pairs: list[tuple[int, int]]) -> list[int]:
    """Return the labels of a graph."""
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    found: list[int] = connected(count, ends[:, 0], ends[:, 1]).tolist()
    return found


def slow(count: int, pairs: list[tuple[int, int]]) -> list[int]:
    """Return the labels by walking."""
    found = list(range(count))
    for _ in range(count):
        for a, b in pairs:
            found[a] = found[b] = min(found[a], found[b])
    return found


def test_chains_close() -> None:
    """4-3, 3-1 and 0-2 make two groups and leave 5 alone."""
    assert [0, 1, 0, 1, 1, 5] == labels(6, [(4, 3), (1, 3), (2, 0)])


def test_no_pairs() -> None:
    """Without pairs each is its own; of nothing there is nothing."""
    assert [0, 1, 2] == labels(3, [])
    assert [] == labels(0, [])


@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=40))
def test_as_a_walk(pairs: list[tuple[int, int]]) -> None:
    """The labels are those that walking finds, in whatever order the pairs come."""
    assert slow(20, pairs) == labels(20, pairs) == labels(20, pairs[::-1])


def test_long_chain() -> None:
    """A chain of a hundred thousand closes in a moment."""
    ends = np.random.default_rng(1).permutation(100_000)

    assert not connected(100_000, ends[1:], ends[:-1]).any()


def test_wrong_pairs_are_refused() -> None:
    """Nodes must exist, and each pair has two ends."""
    with pytest.raises(ShapeError, match="nodes from 0 to 2"):
        labels(3, [(0, 3)])
    with pytest.raises(ShapeError, match="two ends"):
        connected(3, np.zeros(2, dtype=np.int64), np.zeros(1, dtype=np.int64))
