"""Intervals of single figures: published tables, exact limits, coverage and property tests."""

from __future__ import annotations

import csv
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpicore.errors import ShapeError
from kpicore.kernels import interval

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kpicore.kernels.interval import FloatArray

    Shares = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
    Counts = Callable[[FloatArray], tuple[FloatArray, FloatArray]]


def table(path: Path) -> dict[str, FloatArray]:
    """Read a CSV file of numbers as columns."""
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


@pytest.mark.parametrize(("name", "method"), [("wilson", interval.wilson), ("exact", interval.clopper_pearson), ("wald", interval.wald)])
def test_intervals_of_shares_are_those_of_epitools(name: str, method: Shares, shared_data: Path) -> None:
    """Ten pairs of successes and trials, 0 and all of them included, to 1e-10."""
    golden = table(shared_data / "scoring/intervals/binomial.csv")

    low, high = method(golden["x"], golden["n"])

    assert np.abs(low - golden[f"{name}.lower"]).max() <= 1e-10
    assert np.abs(high - golden[f"{name}.upper"]).max() <= 1e-10


def test_byar_is_that_of_epitools(shared_data: Path) -> None:
    """Counts from 0 to 50 to 1e-10, but the lower limit of 0, which is -0.0016 there and 0 here."""
    golden = table(shared_data / "scoring/intervals/poisson.csv")

    low, high = interval.byar(golden["x"])

    assert np.abs(low - np.maximum(golden["byar.lower"], 0)).max() <= 1e-10
    assert np.abs(high - golden["byar.upper"]).max() <= 1e-10


def test_garwood_is_that_of_epitools(shared_data: Path) -> None:
    """To 3e-5: epitools looks for the limits step by step and stops there; its upper limit of 0 misses -ln 0.025 by 3e-7."""
    golden = table(shared_data / "scoring/intervals/poisson.csv")

    low, high = interval.garwood(golden["x"])

    assert np.abs(low - golden["exact.lower"]).max() <= 3e-5
    assert np.abs(high - golden["exact.upper"]).max() <= 3e-5


@pytest.mark.parametrize("count", [1, 2, 5, 10, 50])
def test_garwood_solves_what_defines_it(count: int) -> None:
    """At either limit the tail of the Poisson law holds 0.025, summed term by term, to 1e-10."""
    low, high = (limit.item() for limit in interval.garwood(np.array([float(count)])))

    def at_most(most: int, mean: float) -> float:
        return math.fsum(math.exp(-mean + hits * math.log(mean) - math.lgamma(hits + 1)) for hits in range(most + 1))

    assert pytest.approx(0.975, abs=1e-10) == at_most(count - 1, low)
    assert pytest.approx(0.025, abs=1e-10) == at_most(count, high)


def test_wilson_on_the_examples_of_newcombe() -> None:
    """Newcombe 1998, table I, method 3: four pairs to 4 decimals."""
    low, high = interval.wilson(np.array([81.0, 15.0, 0.0, 1.0]), np.array([263.0, 148.0, 20.0, 29.0]))

    assert [0.2553, 0.0624, 0.0, 0.0061] == low.round(4).tolist()
    assert [0.3662, 0.1605, 0.1611, 0.1718] == high.round(4).tolist()


def test_a_count_of_nothing_has_no_negative_limit() -> None:
    """Both intervals of 0 start at 0 exactly; exact above is -ln 0.025."""
    none = np.zeros(1)

    assert [0.0] == interval.byar(none)[0].tolist() == interval.garwood(none)[0].tolist()
    assert pytest.approx(-np.log(0.025)) == interval.garwood(none)[1].item()


def test_normal_goes_as_far_to_either_side() -> None:
    """10 +- 1.96 * 2; without a variance there is no interval."""
    low, high = interval.normal(np.array([10.0, 10.0]), np.array([4.0, np.nan]))

    assert pytest.approx([10 - 1.959963984540054 * 2, np.nan], nan_ok=True) == low.tolist()
    assert pytest.approx([10 + 1.959963984540054 * 2, np.nan], nan_ok=True) == high.tolist()


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, np.nan])
def test_a_level_is_a_share(level: float) -> None:
    """95 is no level, 0.95 is."""
    with pytest.raises(ShapeError, match="level of an interval must be above 0 and below 1"):
        interval.wilson(np.ones(1), np.ones(1), level)


@pytest.mark.parametrize("trials", [8, 15, 30, 100])
def test_exact_limits_hold_and_wilson_holds_on_average(trials: int) -> None:
    """The exact interval holds every share at least 95 times of 100; Wilson does on average over the shares."""
    hits = np.arange(trials + 1.0)
    shares = np.linspace(0.01, 0.99, 99)
    coefficient = np.array([float(_choose(trials, int(hit))) for hit in hits])
    chance = coefficient * shares[:, None] ** hits * (1 - shares[:, None]) ** (trials - hits)

    def coverage(method: Shares) -> FloatArray:
        low, high = method(hits, np.full_like(hits, trials))
        return np.asarray((chance * ((low <= shares[:, None]) & (shares[:, None] <= high))).sum(axis=1))

    assert coverage(interval.clopper_pearson).min() >= 0.95
    assert 0.94 <= coverage(interval.wilson).mean() <= 0.96


def _choose(trials: int, hits: int) -> int:
    ways = 1
    for step in range(hits):
        ways = ways * (trials - step) // (step + 1)
    return ways


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=20), st.data())
def test_limits_enclose_and_holes_stay_alone(pairs: list[tuple[int, int]], data: st.DataObject) -> None:
    """Each interval holds what was measured; a hole changes nobody else's limits; arrays are not written to."""
    successes = np.array([float(first) for first, _ in pairs])
    trials = successes + np.array([float(second) for _, second in pairs])
    at = data.draw(st.integers(0, len(pairs) - 1))
    holed = successes.copy()
    holed[at] = np.nan
    before = holed.copy()
    methods: list[Shares] = [interval.wilson, interval.clopper_pearson, interval.wald]
    methods += [lambda x, _: interval.byar(x), lambda x, _: interval.garwood(x)]

    for method, whole in zip(methods, [trials] * 3 + [np.ones_like(trials)] * 2, strict=True):
        low, high = method(successes, trials)
        share = np.divide(successes, whole, out=np.full_like(whole, np.nan), where=whole > 0)
        assert ((low <= share + 1e-12) & (share <= high + 1e-12) | np.isnan(share)).all()
        for limits, came in zip((low, high), method(holed, trials), strict=True):
            assert np.isnan(came[at])
            assert np.delete(limits, at).tolist() == pytest.approx(np.delete(came, at).tolist(), nan_ok=True)
    assert np.array_equal(holed, before, equal_nan=True)
