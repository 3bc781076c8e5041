"""Transitive closure: from pairs that belong together to the groups that they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kpicore.errors import ShapeError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def connected(count: int, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each node the smallest node of its component.

    label_i = min {j : a chain of pairs leads from i to j}

    Every round hangs each root below the smallest root that a pair joins it to, and then shortens all chains; the number of roots
    of a component at least halves, so that rounds are few.

    Args:
        count: number of nodes, 0 to count - 1.
        left: one end of each pair (pairs,).
        right: the other end (pairs,).
    Returns:
        The labels (count,); a node in no pair is its own.
    Raises:
        ShapeError: the ends differ in number, or a node does not exist.

    Source: Union by minimum with pointer jumping, after Shiloach and Vishkin, An O(log n) Parallel Connectivity Algorithm, 1982.
    """
    _check(count, left, right)
    labels = np.arange(count, dtype=np.int64)
    while True:
        a, b = labels[left], labels[right]
        is_open = a != b
        if not is_open.any():
            return labels
        left, right = left[is_open], right[is_open]
        np.minimum.at(labels, np.maximum(a, b)[is_open], np.minimum(a, b)[is_open])
        labels = _shortened(labels)


def _shortened(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    while True:
        further = labels[labels]
        if np.array_equal(further, labels):
            return labels
        labels = further


def _check(count: int, left: NDArray[np.int64], right: NDArray[np.int64]) -> None:
    if left.shape != right.shape or left.ndim != 1:
        raise ShapeError(f"pairs must have two ends each (got {left.shape} and {right.shape})")
    nodes = np.concatenate([left, right])
    if nodes.size and (nodes.min() < 0 or nodes.max() >= count):
        raise ShapeError(f"pairs must name nodes from 0 to {count - 1} (got {nodes.min()} to {nodes.max()})")
