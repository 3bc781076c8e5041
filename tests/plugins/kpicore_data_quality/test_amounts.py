"""Amount consistency, on deals and sales written by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import kpicore_data_quality
from kpicore import Project

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

NAME = "quality.amount_consistency"


def deal(name: str, amount: float | None, *, is_won: bool | None = True) -> dict[str, object]:
    """Return a deal."""
    return {"opportunity_id": name, "amount": amount, "is_won": is_won}


def sale(deal: str | None, amount: float | None, signed: str = "2024-05-02", **more: object) -> dict[str, object]:
    """Return a sale of Ann's."""
    return {"opportunity_id": deal, "amount": amount, "signed_at": signed, "employee_id": "ann", **more}


ROWS = {
    "opportunity": [
        deal("same", 100),
        deal("parts", 100),
        deal("rounded", 100),
        deal("other", 100),
        deal("unsaid", None),
        deal("lost", 100, is_won=False),
        deal("unsigned", 100),
        deal("taken_back", 100),
    ],
    "sale": [
        sale("same", 100),
        sale("parts", 60),
        sale("parts", 40),
        sale("rounded", 100.9),
        sale("other", 90),
        sale("unsaid", 100),
        sale("lost", 100),
        sale(None, 100),
        sale("taken_back", 100, sale_id="s"),
        sale("taken_back", 100, reverses_id="s"),
        sale("other", 100, signed="2025-01-01"),
    ],
}


def test_amounts_that_agree(cells: Callable[..., dict[str, Any]]) -> None:
    """Of five won deals that say an amount and were signed in the year, four say what was signed, in one sale or in two."""
    assert {"ann": pytest.approx(4 / 5)} == cells(kpicore_data_quality, NAME, ROWS)


def test_tolerance_can_be_set(cells: Callable[..., dict[str, Any]]) -> None:
    """With a thousandth the rounded one differs too; with a tenth they all agree."""
    assert {"ann": pytest.approx(3 / 5)} == cells(kpicore_data_quality, NAME, ROWS, parameters={NAME: {"tolerance": 0.001}})
    assert {"ann": 1.0} == cells(kpicore_data_quality, NAME, ROWS, parameters={NAME: {"tolerance": 0.1}})


def test_a_source_without_deals_is_not_testable(cells: Callable[..., dict[str, Any]]) -> None:
    """Sales alone say nothing of deals."""
    assert {"ann": "not_testable"} == cells(kpicore_data_quality, NAME, {"employee": [{"employee_id": "ann"}], "sale": [sale("x", 1)]})


@pytest.mark.parametrize("home", [None, "CNY"])
def test_amounts_are_compared_in_their_own_currency(cells: Callable[..., dict[str, Any]], home: str | None) -> None:
    """Nothing is converted, so that no rate is needed: two agree, one differs, and one signed in another currency is not judged."""
    pairs = [("EUR", "EUR", 100), ("USD", "USD", 90), ("CNY", "EUR", 100), (None, "CNY", 100)]
    rows = {
        "opportunity": [{**deal(f"d{at}", 100), "currency": stated} for at, (stated, _, _) in enumerate(pairs)],
        "sale": [sale(f"d{at}", amount, currency=signed) for at, (_, signed, amount) in enumerate(pairs)],
    }

    assert {"ann": pytest.approx(2 / 3)} == cells(kpicore_data_quality, NAME, rows, project=Project(name="x", currency=home))
