"""Linked records, the flow between systems, and entries that were put right, counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import kpicore_adoption

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def contact(customer: str | None = None, **more: object) -> dict[str, object]:
    """Return a contact of Ann's in May."""
    return {"employee_id": "ann", "started_at": "2024-05-02T10:00", "customer_id": customer, **more}


def test_what_is_known_of_customers_is_linked(cells: Callable[..., dict[str, Any]]) -> None:
    """Of c1 a contact is known through its ticket alone and its sale names it; of c2 the sale is known through the deal: 1 of 3 pairs."""
    rows = {
        "ticket": [{"ticket_id": "t1", "customer_id": "c1"}],
        "opportunity": [{"opportunity_id": "o1", "customer_id": "c2"}],
        "contact": [contact("c1"), contact(None, ticket_id="t1"), contact(None, ticket_id=None)],
        "sale": [
            {"employee_id": "ann", "signed_at": "2024-05-03", "customer_id": "c1", "opportunity_id": None},
            {"employee_id": "ann", "signed_at": "2024-05-03", "customer_id": None, "opportunity_id": "o1"},
        ],
    }

    assert {"ann": pytest.approx(1 / 3)} == cells(kpicore_adoption, "adoption.view_360", rows, "2024-05")


def test_kinds_of_facts_can_be_chosen(cells: Callable[..., dict[str, Any]]) -> None:
    """A survey about a ticket is its customer's, and names it or not."""
    usual = {"employee_id": "ann", "sent_at": "2024-05-03"}
    rows = {
        "ticket": [{"ticket_id": f"t{at}", "customer_id": f"c{at}"} for at in (1, 2)],
        "survey": [{**usual, "ticket_id": "t1", "customer_id": "c1"}, {**usual, "ticket_id": "t2", "customer_id": None}],
    }
    given = {"adoption.view_360": {"kinds": ["survey"]}}

    assert {"ann": 0.5} == cells(kpicore_adoption, "adoption.view_360", rows, "2024-05", parameters=given)


FLOW = [
    contact("c1", recorded_at="2024-05-02T10:02", duration_s=60, is_captured=True),
    contact("c1", recorded_at="2024-05-02T10:03", duration_s=None, is_captured=True),
    contact(None, recorded_at="2024-05-02T10:12", duration_s=60, is_captured=True),
    contact("c1", recorded_at="2024-05-02T10:00", duration_s=60, is_captured=True),
    contact("c1", recorded_at="2024-05-09T10:00", duration_s=60, is_captured=False),
]


@pytest.mark.parametrize(
    ("name", "expected"), [("adoption.sync_lag", 3.0), ("adoption.sync_lag_p95", 3 + 0.9 * 8), ("adoption.sync_failure_rate", 1 / 4)]
)
def test_flow_from_other_systems(cells: Callable[..., dict[str, Any]], name: str, expected: float) -> None:
    """Captured contacts arrive after 1, 3 and 11 minutes; one before its end is an error of the clock, one found no customer."""
    assert {"all": pytest.approx(expected)} == cells(kpicore_adoption, name, {"contact": FLOW}, "2024-05", by="all")


def change(at: str, old: str | None, new: str | None, field: str = "stage", **more: object) -> dict[str, object]:
    """Return a change of a customer's field in May."""
    usual = {"table_name": "customer", "record_id": "c1", "employee_id": "ann", "changed_at": f"2024-05-{at}"}
    return {**usual, "field": field, "old_value": old, "new_value": new, **more}


def test_entries_put_right(cells: Callable[..., dict[str, Any]]) -> None:
    """Of eight entries of Ann's two were wrong: the stage that Ben set back, and the name corrected at once. A stage may move on."""
    rows = [
        change("01", "a", "b"),
        change("02", "b", "a", employee_id="ben"),
        change("20", "a", "b", record_id="c2"),
        change("28", "b", "a", record_id="c2"),
        change("03", "a", "b", record_id="c3"),
        change("04", "b", "c", record_id="c3"),
        change("03", None, "Anne", "name"),
        change("04", "Anne", "Ann", "name"),
        change("12", "Ann", "Anna", "name"),
        change("13", "Anna", None, "name", employee_id="cid"),
        change("14", "x", "x", record_id="c4"),
    ]

    found = cells(kpicore_adoption, "adoption.process_error_rate", {"record_change": rows}, "2024-05")

    assert {"ann": 3 / 8, "ben": 0.0, "cid": "no_data"} == found
