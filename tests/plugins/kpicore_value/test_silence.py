"""Silent and warned customers, counted by hand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

import kpicore_value

if TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, object]


def act(customer: str, at: str, **more: object) -> Row:
    """Return an inbound contact."""
    return {"customer_id": customer, "started_at": at, "direction": "in", "campaign_id": None, "is_automatic": None, **more}


def letter(customer: str, at: str) -> Row:
    """Return an outbound contact of a campaign."""
    return act(customer, at, direction="out", campaign_id="k")


def customer(who: str, owner: str = "ann", **more: object) -> Row:
    """Return a customer of two years."""
    return {"customer_id": who, "owner_id": owner, "started_at": "2022-01-01", "ended_at": None, **more}


ROWS: dict[str, list[Row]] = {
    "employee": [{"employee_id": "ann"}, {"employee_id": "ben"}],
    "campaign": [{"campaign_id": "k", "owner_id": "ann"}],
    "customer": [
        *(customer(who) for who in ("comes back", "was written to", "came before", "machine", "comes by itself")),
        customer("talks"),
        customer("buys"),
        customer("is new", started_at="2023-12-01"),
        customer("left", ended_at="2023-12-31"),
        customer("ben's", "ben"),
    ],
    "contact": [
        letter("comes back", "2024-02-01"),
        act("comes back", "2024-02-02"),
        letter("was written to", "2024-02-01"),
        act("came before", "2024-01-20"),
        letter("came before", "2024-02-01"),
        letter("machine", "2024-02-01"),
        act("machine", "2024-02-02", is_automatic=True),
        act("comes by itself", "2024-02-02"),
        act("talks", "2023-12-01"),
        letter("talks", "2024-02-01"),
        act("talks", "2024-02-05"),
        letter("ben's", "2024-03-01"),
    ],
    "sale": [{"customer_id": "buys", "signed_at": "2023-11-01", "reverses_id": None}],
    "cost": [
        {"campaign_id": "k", "incurred_at": "2024-01-15", "amount": 500},
        {"campaign_id": None, "incurred_at": "2024-01-15", "amount": 99},
    ],
}


def test_reactivation(cells: Callable[..., dict[str, Any]]) -> None:
    """Of Ann's five silent customers one wrote after the letter, of Ben's none. Who talked, bought, is new or had left is not silent."""
    assert {"ann": pytest.approx(1 / 5), "ben": 0.0} == cells(kpicore_value, "value.reactivation_rate", ROWS, "2024-Q1")
    assert {"all": pytest.approx(1 / 6)} == cells(kpicore_value, "value.reactivation_rate", ROWS, "2024-Q1", by="all")
    assert {"ann": 1.0, "ben": 0.0} == cells(kpicore_value, "value.reactivated_customers", ROWS, "2024-Q1")


def test_cost_of_a_reactivation(cells: Callable[..., dict[str, Any]]) -> None:
    """500 for the one that came back; of Ben's nobody did, which has no price."""
    assert {"all": 500.0} == cells(kpicore_value, "value.reactivation_cost", ROWS, "2024-Q1", by="all")
    assert {"ann": 500.0, "ben": "no_data"} == cells(kpicore_value, "value.reactivation_cost", ROWS, "2024-Q1")


def test_silence_is_a_parameter(cells: Callable[..., dict[str, Any]]) -> None:
    """After thirty days without an act also those are silent who talked in December or bought in November: two of Ann's eight answer."""
    given = {"value.reactivation_rate": {"silent_days": 30}}

    assert {"ann": 2 / 8, "ben": 0.0} == cells(kpicore_value, "value.reactivation_rate", ROWS, "2024-Q1", parameters=given)


def test_over_the_hold_out(cells: Callable[..., dict[str, Any]]) -> None:
    """Three of four chosen customers did something afterwards, and one of two who were held out: 75 % less 50 %."""
    chosen = [("a", False), ("b", False), ("c", None), ("d", False), ("x", True), ("y", True)]
    rows: dict[str, list[Row]] = {
        "customer": [customer(who) for who, _ in chosen],
        "campaign_member": [{"customer_id": who, "chosen_at": "2024-01-10", "is_held_out": held} for who, held in chosen],
        "contact": [act(who, "2024-02-01") for who in "abcx"] + [act("d", "2024-01-05"), act("y", "2024-01-09")],
        "sale": [{"customer_id": None, "signed_at": None}],
    }

    assert {"ann": 0.25} == cells(kpicore_value, "value.reactivation_uplift", rows, "2024-Q1")
    nobody = {**rows, "campaign_member": [row for row in rows["campaign_member"] if not row["is_held_out"]]}
    assert {"ann": "no_data"} == cells(kpicore_value, "value.reactivation_uplift", nobody, "2024-Q1")


def test_win_back(cells: Callable[..., dict[str, Any]]) -> None:
    """Two of five come back in time: by a call and by an order. One calls too late, one leaves, one does nothing; two do not count."""
    warned: list[tuple[str, str, str | None]] = [(who, "2024-01-10", None) for who in ("calls", "orders", "calls too late", "does nothing")]
    warned += [("leaves", "2024-01-10", "2024-03-01"), ("had left", "2024-01-10", "2024-01-05"), ("not yet", "2024-03-30", None)]
    rows = {
        "customer": [customer(who, warned_at=at, ended_at=ended) for who, at, ended in warned],
        "contact": [
            act("calls", "2024-02-01"),
            act("calls too late", "2024-04-10"),
            act("leaves", "2024-01-20"),
            act("does nothing", "2024-01-09"),
        ],
        "sale": [{"customer_id": "orders", "signed_at": "2024-04-01"}],
    }

    found = cells(kpicore_value, "value.winback_rate", rows, "2024-Q1", as_of=datetime(2024, 6, 1))

    assert {"ann": 2 / 5} == found
