"""The gamma-gamma model: what customers spend at a time, told from the few times that each has bought.

What a customer spends varies by a gamma distribution of shape p around its own mean; the means vary between customers by an inverse
gamma distribution (q, v). How much and how often customers buy are taken to be independent.

Source: Fader & Hardie (2013), The gamma-gamma model of monetary value; Colombo & Jiang (1999), Journal of Interactive Marketing 13(3).
"""

from __future__ import annotations

import numpy as np
from attrs import frozen

from kpicore_value.likelihood import FloatArray, maximise, scipy_part


@frozen
class GammaGamma:
    """A fitted gamma-gamma model."""

    p: float
    q: float
    v: float
    """gamma in the source."""
    log_likelihood: float = np.nan

    def expected(self, frequency: FloatArray, mean: FloatArray) -> FloatArray:
        """Return what each customer is expected to spend at a time: E[M | m, x] = p (v + x m) / (p x + q - 1).

        Args:
            frequency: (customers,), x, over how many purchases the mean was taken; 0 gives the mean of all customers.
            mean: (customers,), m, money; of no purchase it does not matter.
        Returns:
            (customers,), money.
        """
        spent = np.where(frequency > 0, frequency * mean, 0.0)
        return np.asarray(self.p * (self.v + spent) / (self.p * frequency + self.q - 1.0), dtype=np.float64)


def fit(frequency: FloatArray, mean: FloatArray) -> GammaGamma:
    """Fit the model by maximum likelihood, with q above 1, as there is no mean otherwise.

    Args:
        frequency: (customers,), above 0.
        mean: (customers,), money, above 0.
    Raises:
        ConfigError: scipy is not installed.
    """
    special = scipy_part("special")
    gammaln, digamma = special.gammaln, special.digamma
    scale = float(mean.mean())
    x, m = frequency, mean / scale

    def log_likelihood(parameters: FloatArray) -> tuple[float, FloatArray]:
        p, above, v = parameters
        q, px = above + 1.0, p * x
        spread = np.log(x * m + v)
        value = gammaln(px + q) - gammaln(px) - gammaln(q) + q * np.log(v) + (px - 1.0) * np.log(m) + px * np.log(x) - (px + q) * spread
        by_p = x * (digamma(px + q) - digamma(px) + np.log(m) + np.log(x) - spread)
        by_q = digamma(px + q) - digamma(q) + np.log(v) - spread
        by_v = q / v - (px + q) / (x * m + v)
        return float(value.sum()), np.array([by_p.sum(), by_q.sum(), by_v.sum()])

    (p, above, v), best = maximise(log_likelihood, (1.0, 1.0, 1.0))
    return GammaGamma(float(p), float(above) + 1.0, float(v) * scale, best - len(m) * float(np.log(scale)))
