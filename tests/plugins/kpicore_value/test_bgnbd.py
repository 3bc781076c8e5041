"""The BG/NBD and gamma-gamma models against published figures, slow formulas and their own logic."""

from __future__ import annotations

import math
import sys
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpicore import ConfigError
from kpicore_value import bgnbd, gamma_gamma
from kpicore_value.bgnbd import BetaGeometric, Histories
from kpicore_value.gamma_gamma import GammaGamma

if TYPE_CHECKING:
    from pathlib import Path

PUBLISHED = BetaGeometric(0.243, 4.414, 0.793, 2.426)
"""Fader, Hardie & Lee (2005), table 2."""


def one(x: float, recency: float, age: float) -> Histories:
    """Return one customer."""
    return Histories(np.array([x]), np.array([recency]), np.array([age]))


@pytest.fixture(scope="module")
def sample(shared_data: Path) -> tuple[Histories, np.ndarray]:
    """Return the CDNOW sample up to 1997-09-30, in weeks, and the mean amount of the days on which customers bought again."""
    days: dict[str, dict[date, float]] = {}
    for line in (shared_data / "cdnow" / "CDNOW_sample.txt").read_text("ascii").splitlines():
        _, who, day, _, amount = line.split()
        if day <= "19970930":
            bought = days.setdefault(who, {})
            moment = date(int(day[:4]), int(day[4:6]), int(day[6:]))
            bought[moment] = bought.get(moment, 0.0) + float(amount)
    known = [sorted(bought) for bought in days.values()]
    last = date(1997, 9, 30)
    numbers = [(len(each) - 1, (each[-1] - each[0]).days / 7, (last - each[0]).days / 7) for each in known]
    means = [sum(bought[day] for day in each[1:]) / max(len(each) - 1, 1) for each, bought in zip(known, days.values(), strict=True)]
    return Histories(*np.array(numbers, dtype=float).T), np.array(means)


def test_published_parameters(sample: tuple[Histories, np.ndarray]) -> None:
    """CDNOW: r .2426, alpha 4.4136, a .7929, b 2.4259, and the likelihood (table 2, and the authors' spreadsheet)."""
    model = bgnbd.fit(sample[0])

    assert (0.2426, 4.4136, 0.7929, 2.4259) == pytest.approx((model.r, model.alpha, model.a, model.b), abs=1e-3)
    assert model.log_likelihood == pytest.approx(-9582.429, abs=0.01)
    assert model.expected(one(2, 30.43, 38.86), np.array([39.0]))[0] == pytest.approx([1.226], abs=5e-4)
    assert model.expected(sample[0], np.array([39.0])).sum() == pytest.approx(1653.409, abs=0.01)


def test_published_spending(sample: tuple[Histories, np.ndarray]) -> None:
    """CDNOW: p 6.25, q 3.74, gamma 15.44 (Fader & Hardie 2013), of the 946 who bought again."""
    again = sample[0].frequency > 0
    model = gamma_gamma.fit(sample[0].frequency[again], sample[1][again])

    assert again.sum() == 946
    assert (6.25, 3.74, 15.44) == pytest.approx((model.p, model.q, model.v), abs=5e-3)


def test_fit_is_the_top(sample: tuple[Histories, np.ndarray]) -> None:
    """A step of a thousandth in any direction lowers the likelihood, reckoned customer by customer with the published formula."""
    model = bgnbd.fit(sample[0])
    best = slow_likelihood(model, sample[0])

    assert best == pytest.approx(model.log_likelihood, abs=1e-6)
    for name in ("r", "alpha", "a", "b"):
        for factor in (0.999, 1.001):
            fields = {each: getattr(model, each) for each in ("r", "alpha", "a", "b")}
            assert slow_likelihood(BetaGeometric(**{**fields, name: fields[name] * factor}), sample[0]) < best


def slow_likelihood(model: BetaGeometric, histories: Histories) -> float:
    """Return the log-likelihood by equation 6 of the paper, with beta and gamma functions."""
    r, alpha, a, b = model.r, model.alpha, model.a, model.b

    def log_beta(one: float, two: float) -> float:
        return math.lgamma(one) + math.lgamma(two) - math.lgamma(one + two)

    found = 0.0
    for x, recency, age in zip(histories.frequency, histories.recency, histories.age, strict=True):
        buying = math.lgamma(r + x) - math.lgamma(r) + r * math.log(alpha)
        stays = log_beta(a, b + x) - log_beta(a, b) - (r + x) * math.log(alpha + age)
        leaves = log_beta(a + 1, b + x - 1) - log_beta(a, b) - (r + x) * math.log(alpha + recency) if x > 0 else -math.inf
        found += buying + stays + math.log1p(math.exp(leaves - stays))
    return found


def test_probability_of_being_there() -> None:
    """By hand: 1 / (1 + .793 / 3.426 (43.274 / 34.844)^2.243) = .7266; who bought once cannot have left."""
    assert PUBLISHED.alive(one(2, 30.43, 38.86)) == pytest.approx([0.7266], abs=5e-5)
    assert PUBLISHED.alive(one(0, 0, 38.86)) == pytest.approx([1.0])


def test_expected_purchases_by_the_published_formula() -> None:
    """Equation 10 of the paper as it stands, for customers of all kinds."""
    from scipy.special import hyp2f1

    for x, recency, age, t in [(0, 0, 10, 5), (1, 3, 10, 52), (7, 30, 38, 39), (25, 38.5, 38.86, 100)]:
        r, alpha, a, b = PUBLISHED.r, PUBLISHED.alpha, PUBLISHED.a, PUBLISHED.b
        z = t / (alpha + age + t)
        rest = ((alpha + age) / (alpha + age + t)) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, z)
        left = a / (b + x - 1) * ((alpha + age) / (alpha + recency)) ** (r + x) if x else 0.0
        expected = (a + b + x - 1) / (a - 1) * (1 - rest) / (1 + left)

        assert PUBLISHED.expected(one(x, recency, age), np.array([t]))[0] == pytest.approx([expected], rel=1e-9)


@settings(deadline=None)
@given(
    st.tuples(*[st.floats(0.05, 20)] * 4),
    st.integers(0, 400),
    st.floats(0, 1),
    st.floats(1, 500),
    st.floats(0.1, 300),
)
def test_expectation_is_sane(parameters: tuple[float, ...], x: int, share: float, age: float, t: float) -> None:
    """It is finite, not negative, grows with the horizon, and is below what a customer who never leaves would buy."""
    model = BetaGeometric(*parameters)
    who = one(float(x), age * share if x else 0.0, age)
    ((sooner, later),) = model.expected(who, np.array([t, 2 * t]))

    assert 0 <= model.alive(who)[0] <= 1
    assert -1e-9 <= sooner <= later * (1 + 1e-6) + 1e-6
    assert sooner <= (model.r + x) / (model.alpha + age) * t * (1 + 1e-6) + 1e-6


def test_where_the_formula_is_zero_by_zero() -> None:
    """At a = 1 the expectation is that of its neighbours."""
    beside = [BetaGeometric(0.3, 5.0, a, 2.0).expected(one(3, 20, 30), np.array([26.0]))[0, 0] for a in (0.999, 1.0, 1.001)]

    assert beside[1] == pytest.approx((beside[0] + beside[2]) / 2, rel=1e-4)


def test_expected_amount() -> None:
    """By hand: (6.25 (15.44 + 2 x 20)) / (6.25 x 2 + 2.74); without a purchase the mean of all, 6.25 x 15.44 / 2.74."""
    model = GammaGamma(6.25, 3.74, 15.44)

    found = model.expected(np.array([2.0, 0.0]), np.array([20.0, 999.0]))

    assert [346.5 / 15.24, 96.5 / 2.74] == pytest.approx(found)


def test_parameters_are_found_again() -> None:
    """Amounts drawn from the model give back its mean."""
    rng = np.random.default_rng(5)
    p, q, v = 4.0, 5.0, 60.0
    x = rng.integers(1, 12, 20_000).astype(float)
    m = rng.gamma(p * x, 1.0) / rng.gamma(q, 1 / v, len(x)) / x

    model = gamma_gamma.fit(x, m)

    assert model.expected(np.zeros(1), np.zeros(1)) == pytest.approx([p * v / (q - 1)], rel=0.02)


def test_without_scipy_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else is computed instead."""
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    with pytest.raises(ConfigError, match=r"pip install 'kpicore\[stats\]'"):
        bgnbd.fit(one(1, 1, 2))
    with pytest.raises(ConfigError, match=r"pip install 'kpicore\[stats\]'"):
        gamma_gamma.fit(np.ones(1), np.ones(1))
