"""Coefficients that results stand for."""

from __future__ import annotations

import numpy as np
import pytest

from kpicore.kernels import casemix, implied

KAPPA, CASES = np.array([0.8, 1.0, 1.6]), np.array([50.0, 40.0, 10.0])


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_the_review_finds_what_was_declared(better: casemix.Better) -> None:
    """Expectations made of declared coefficients stand for just these, scaled to 1 on average."""
    scaled = casemix.normalised(KAPPA, CASES)

    means = implied.by_means(casemix.declared_means(KAPPA, CASES, 7.0, better), CASES, better)
    shares = implied.by_shares(casemix.declared_shares(KAPPA, CASES, 30.0, better), CASES, better)

    assert pytest.approx(scaled) == means
    assert pytest.approx(scaled) == shares


def test_what_stands_for_no_coefficient_is_unknown() -> None:
    """A mean of 0 or below, or a share of 0 or 1, is no ratio to another; the others still have theirs."""
    means = implied.by_means(np.array([-1.0, 2.0, 4.0]), np.ones(3), "lower")
    shares = implied.by_shares(np.array([0.0, 1.0, 0.5]), np.ones(3), "higher")

    assert pytest.approx([np.nan, 2 / 3, 4 / 3], nan_ok=True) == means.tolist()
    assert pytest.approx([np.nan, np.nan, 1.0], nan_ok=True) == shares.tolist()
