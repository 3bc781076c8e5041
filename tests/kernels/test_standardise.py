"""Standardised rates, against published figures."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kpicore.kernels import standardise

if TYPE_CHECKING:
    from pathlib import Path

Columns = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def selvin(shared_data: Path) -> Columns:
    """Return cancer deaths and population by age, 1940 and 1960 (Selvin 2004, as in the help of R's epitools)."""
    with (shared_data / "scoring" / "casemix" / "selvin_cancer.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0] if name != "age"}


@pytest.fixture(scope="module")
def printed(shared_data: Path) -> dict[str, float]:
    """Return what epitools computes of them."""
    with (shared_data / "scoring" / "casemix" / "selvin_expected.csv").open(encoding="utf-8") as file:
        return {row["quantity"]: float(row["value"]) for row in csv.DictReader(file)}


def test_direct_rate_of_selvin(selvin: Columns, printed: dict[str, float]) -> None:
    """139.25 (138.21 to 140.29) deaths of 100 000 in 1940, by the ages of 1960."""
    found = standardise.direct(selvin["deaths_1940"], selvin["pop_1940"], selvin["pop_1960"])

    assert pytest.approx(printed["direct_rate"], rel=1e-12) == found.value
    assert pytest.approx((printed["dir_lci"], printed["dir_uci"]), rel=1e-6) == (found.low, found.high)
    assert ["139.25", "138.21", "140.29"] == [f"{1e5 * number:.2f}" for number in found]


def test_indirect_ratio_and_rate_of_selvin(selvin: Columns, printed: dict[str, float]) -> None:
    """0.83 (0.82 to 0.84) of what the rates of 1960 would lead to, or 137.9 of 100 000."""
    ratio, rate = standardise.indirect(selvin["deaths_1940"], selvin["pop_1940"], selvin["deaths_1960"], selvin["pop_1960"])

    assert pytest.approx([printed[name] for name in ("sir", "sir_lci", "sir_uci")], rel=1e-12) == list(ratio)
    assert pytest.approx([printed[name] for name in ("indirect_rate", "ind_lci", "ind_uci")], rel=1e-12) == list(rate)
    assert ["0.83", "0.82", "0.84", "137.9"] == [*(f"{number:.2f}" for number in ratio), f"{1e5 * rate.value:.1f}"]


def test_no_event_has_no_lower_limit() -> None:
    """The lower limit of nothing is 0, the upper one is above 0."""
    found = standardise.direct(np.zeros(2), np.array([10.0, 20.0]), np.ones(2))

    assert (0.0, 0.0) == (found.value, found.low)
    assert 0.0 < found.high


def test_direct_rates_weigh_by_the_reference_alone() -> None:
    """Two with equal rates in every class have equal standardised rates, whatever their own mix."""
    rates, reference = np.array([0.1, 0.4]), np.array([3.0, 1.0])
    one, other = np.array([100.0, 10.0]), np.array([10.0, 1000.0])

    values = [standardise.direct(rates * n, n, reference).value for n in (one, other)]

    assert pytest.approx([0.175, 0.175]) == values
