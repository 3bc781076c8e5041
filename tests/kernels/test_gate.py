"""Gate kernels."""

from __future__ import annotations

import numpy as np
import pytest

from kpicore.kernels import gate

SCORE = np.array([80.0, 50.0, 80.0])
FIRED = np.array([True, True, False])


def test_cap_takes_what_is_above_the_limit() -> None:
    """80 falls to 60, 50 stays, and nothing happens where the gate did not fire."""
    assert [-20.0, 0.0, 0.0] == gate.cap(SCORE, FIRED, 60.0).tolist()


def test_discount_takes_a_share() -> None:
    """A quarter of 80 and of 50."""
    assert pytest.approx([-20.0, -12.5, 0.0]) == gate.discount(SCORE, FIRED, 0.25)


def test_void_takes_everything() -> None:
    """All points are lost where it fired."""
    assert pytest.approx([-80.0, -50.0, 0.0]) == gate.void(SCORE, FIRED)
