"""Standardised rates with their intervals: direct, by the mix of a reference, and indirect, by the rates of a reference.

Directly standardised rates may be compared with each other, because all are weighed by the same mix; they need cases in every class.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]


class Standardised(NamedTuple):
    """A rate or ratio and its interval."""

    value: float
    low: float
    high: float


def direct(events: FloatArray, exposure: FloatArray, reference: FloatArray, level: float = 0.95) -> Standardised:
    """Weigh the rates of the classes by the mix of a reference: sum_c w_c O_c / n_c, w_c = N_c / N.

    The interval treats the events as Poisson and the weighted sum as gamma, with the quantiles of Wilson and Hilferty.

    Args:
        events: (classes,), O_c.
        exposure: (classes,), n_c, above 0.
        reference: (classes,), N_c.
        level: of the interval.
    Source: Fay & Feuer 1997, Statistics in Medicine 16:791; Selvin 2004, Statistical Analysis of Epidemiologic Data.
    """
    per_event = reference / reference.sum() / exposure
    rate, variance, largest = per_event @ events, (per_event * per_event) @ events, per_event.max()
    tail, upper, spread = (1.0 - level) / 2.0, rate + largest, variance + largest * largest
    low = _gamma(tail, rate * rate / variance, variance / rate) if rate > 0 else 0.0
    return Standardised(float(rate), low, _gamma(1.0 - tail, upper * upper / spread, spread / upper))


def _gamma(probability: float, shape: float, scale: float) -> float:
    ninth = 1.0 / (9.0 * shape)
    root = 1.0 - ninth + NormalDist().inv_cdf(probability) * ninth**0.5
    return float(scale * shape * max(root, 0.0) ** 3)


def indirect(
    events: FloatArray, exposure: FloatArray, reference_events: FloatArray, reference: FloatArray, level: float = 0.95
) -> tuple[Standardised, Standardised]:
    """Hold events against what the rates of a reference would lead to: O / E, and O / E times the reference's crude rate.

    E = sum_c n_c R_c / N_c; the interval is exp(-+ z / sqrt(O)) around either.

    Args:
        events: (classes,), O_c.
        exposure: (classes,), n_c.
        reference_events: (classes,), R_c.
        reference: (classes,), N_c, above 0.
        level: of the interval.
    Returns:
        The standardised ratio, and the standardised rate.
    Source: Selvin 2004, Statistical Analysis of Epidemiologic Data.
    """
    observed, expectation = events.sum(), exposure @ (reference_events / reference)
    ratio, crude = observed / expectation, reference_events.sum() / reference.sum()
    step = np.exp(NormalDist().inv_cdf(0.5 + level / 2.0) / np.sqrt(observed))
    one, two = ((float(centre), float(centre / step), float(centre * step)) for centre in (ratio, ratio * crude))
    return Standardised(*one), Standardised(*two)
