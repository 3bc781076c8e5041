"""Band kernel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import ShapeError
from kpicore.kernels.bands import band


def test_bands_are_half_open() -> None:
    """A score on the edge belongs to the band that starts there; 100 belongs to the last; NaN to none."""
    score = np.array([0.0, 39.9999, 40.0, 84.9999, 85.0, 100.0, np.nan])

    assert [0, 0, 1, 1, 2, 2, -1] == band(score, [0.0, 40.0, 85.0]).tolist()


def test_no_bands() -> None:
    """Without bands every score has none."""
    assert [-1, -1] == band(np.array([0.0, 50.0]), []).tolist()


def test_disordered_bands_are_refused() -> None:
    """Starts must ascend strictly."""
    with pytest.raises(ShapeError, match="strictly ascending"):
        band(np.array([1.0]), [0.0, 50.0, 50.0])


@given(st.sets(st.floats(0.01, 100), max_size=8), st.floats(0, 100))
def test_bands_cover_the_range(starts: set[float], score: float) -> None:
    """Every score from 0 to 100 lies in exactly one band."""
    edges = [0.0, *sorted(starts)]

    found = int(band(np.array([score]), edges)[0])

    ends = [*edges[1:], np.inf]
    assert [found] == [at for at, (low, high) in enumerate(zip(edges, ends, strict=True)) if low <= score < high]
