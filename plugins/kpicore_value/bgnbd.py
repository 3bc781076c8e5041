"""The BG/NBD model: how often customers will buy again who come and go without saying so.

While a customer is there it buys at a rate that is gamma distributed between customers (r, alpha); after each purchase it leaves with a
probability that is beta distributed between them (a, b). Of each customer three numbers suffice: how many times it bought again (x),
when it last did (t_x) and how long it has been known (T), both since its first purchase.

Source: Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2), 275-284.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from attrs import frozen

from kpicore_value.likelihood import FloatArray, IntArray, maximise, scipy_part

NODES = 64
"""Enough for horizons of a hundred times (alpha + T)."""


@frozen(eq=False)
class Histories:
    """What customers did; all arrays (customers,), times in any one unit, weeks as a rule."""

    frequency: FloatArray
    """x: how many times a customer bought again; purchases on one day are one."""
    recency: FloatArray
    """t_x: from the first purchase to the last; 0 where there is one."""
    age: FloatArray
    """T: from the first purchase to now."""

    @cached_property
    def distinct(self) -> tuple[Histories, FloatArray, IntArray]:
        """The different histories, how many customers have each, and which of them each customer has."""
        rows = np.column_stack([self.frequency, self.recency, self.age])
        found, place, counts = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
        return Histories(*found.T), counts.astype(np.float64), place.reshape(-1).astype(np.int64)


@frozen
class BetaGeometric:
    """A fitted BG/NBD model."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float = np.nan

    def expected(self, histories: Histories, t: FloatArray) -> FloatArray:
        """Return how many times each customer is expected to buy in the times `t` after its age: E[Y(t) | x, t_x, T].

        Given that a customer is still there and leaves with probability p after a purchase, it is
        (1 - (1 + p t / (alpha + T))^-(r + x)) / p; of that the mean is taken over p ~ Beta(a, b + x). The published formula is the same
        integral as a hypergeometric function, which overflows for many purchases and is 0 / 0 at a = 1.

        Args:
            histories: of the customers.
            t: (horizons,), in the unit of the histories.
        Returns:
            (customers, horizons), purchases.
        """
        found = np.empty((len(histories.age), len(t)))
        for x in np.unique(histories.frequency):
            rows = histories.frequency == x
            leaving, weight = beta_quadrature(self.a, self.b + x)
            reach = np.log1p(t[:, None] / (self.alpha + histories.age[rows])[:, None, None] * leaving)
            found[rows] = -np.expm1(-(self.r + x) * reach) @ (weight / leaving)
        return found * self.alive(histories)[:, None]

    def alive(self, histories: Histories) -> FloatArray:
        """Return the probability that each customer has not left: 1 / (1 + a / (b + x - 1) ((alpha + T) / (alpha + t_x))^(r + x)).

        Who bought once cannot have left, as customers only leave after buying again.

        Source:
            Fader & Hardie (2008), Computing P(alive) using the BG/NBD model.
        """
        x = histories.frequency
        odds = (self.r + x) * (np.log(self.alpha + histories.age) - np.log(self.alpha + histories.recency))
        left = np.log(self.a) - np.log(np.maximum(self.b + x - 1.0, 1e-300)) + odds
        return np.asarray(np.where(x > 0, 1.0 / (1.0 + np.exp(np.minimum(left, 700.0))), 1.0), dtype=np.float64)


def beta_quadrature(a: float, b: float, nodes: int = NODES) -> tuple[FloatArray, FloatArray]:
    """Return points in (0, 1) and weights by which means over a beta distribution are taken, exact for polynomials below 2 x nodes.

    Args:
        a: first parameter of the distribution.
        b: second parameter.
        nodes: how many points.
    Source:
        Golub & Welsch (1969), Calculation of Gauss quadrature rules, Mathematics of Computation 23; the weight is Jacobi's.
    """
    n = np.arange(1.0, nodes)
    left, right = b - 1.0, a - 1.0
    width = 2.0 * n + left + right
    centre = np.append((right - left) / (a + b), (right - left) * (right + left) / (width * (width + 2.0)))
    first = 4.0 * a * b / ((a + b) ** 2 * (a + b + 1.0))
    square = 4.0 * n * (n + left) * (n + right) * (n + left + right) / (width**2 * (width + 1.0) * np.where(n > 1, width - 1.0, 1.0))
    square[0] = first
    roots, vectors = np.linalg.eigh(np.diag(centre) + np.diag(np.sqrt(square), 1) + np.diag(np.sqrt(square), -1))
    return np.clip((1.0 + roots) / 2.0, 1e-300, 1.0), vectors[0] ** 2


def fit(histories: Histories) -> BetaGeometric:
    """Fit the model by maximum likelihood; customers with the same history are reckoned once.

    Raises:
        ConfigError: scipy is not installed.
    """
    special = scipy_part("special")
    found, counts, _ = histories.distinct
    x, recency, age = found.frequency, found.recency, found.age
    gammaln, digamma = special.gammaln, special.digamma
    again = x > 0

    def log_likelihood(parameters: FloatArray) -> tuple[float, FloatArray]:
        r, alpha, a, b = parameters
        here = -(r + x) * np.log(alpha + age)
        gone = np.where(again, np.log(a) - np.log(np.where(again, b + x - 1.0, 1.0)) - (r + x) * np.log(alpha + recency), -np.inf)
        either = np.logaddexp(here, gone)
        rate = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        leaving = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
        w_here, w_gone = np.exp(here - either), np.exp(gone - either)
        by_r = digamma(r + x) - digamma(r) + np.log(alpha) - w_here * np.log(alpha + age) - w_gone * np.log(alpha + recency)
        by_alpha = r / alpha - (r + x) * (w_here / (alpha + age) + w_gone / (alpha + recency))
        by_a = digamma(a + b) - digamma(a + b + x) + w_gone / a
        by_b = digamma(a + b) + digamma(b + x) - digamma(b) - digamma(a + b + x) - w_gone / np.where(again, b + x - 1.0, 1.0)
        gradient = np.array([counts @ part for part in (by_r, by_alpha, by_a, by_b)])
        return float(counts @ (rate + leaving + either)), gradient

    (r, alpha, a, b), best = maximise(log_likelihood, (1.0, max(float(counts @ age / counts.sum()), 1e-6), 1.0, 1.0))
    return BetaGeometric(float(r), float(alpha), float(a), float(b), best)
