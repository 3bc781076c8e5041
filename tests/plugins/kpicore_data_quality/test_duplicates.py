"""Duplicates by entity and by exact key, on records counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import kpicore_data_quality

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def customer(name: str | None, phone: str | None, owner: str = "ann", **more: object) -> dict[str, object]:
    """Return a customer with the default key."""
    return {"name": name, "phone": phone, "owner_id": owner, "created_at": "2024-01-01", **more}


CUSTOMERS = [
    customer("Acme", "1"),
    customer(" acme", "1 "),
    customer("ACME", "1"),
    customer("Acme", "2"),
    customer("Acme", None),
    customer("Acme", "无"),
    customer("Acme", "1", "ben"),
    customer("Acme", "1", merged_into="customer-1"),
    customer("Acme", "1", created_at="2025-01-01"),
]


def test_surplus_records(cells: Callable[..., dict[str, Any]]) -> None:
    """Three of Ann's six records are one customer, so two are too many; half a key tells nothing, and Ben's is not compared with hers."""
    assert {"ann": pytest.approx(2 / 6), "ben": 0.0} == cells(kpicore_data_quality, "quality.duplicate_rate_exact", {"customer": CUSTOMERS})


def test_surplus_records_of_the_whole(cells: Callable[..., dict[str, Any]]) -> None:
    """In the whole house four of seven records are one customer, so three are too many."""
    assert {"all": pytest.approx(3 / 7)} == cells(kpicore_data_quality, "quality.duplicate_rate_exact", {"customer": CUSTOMERS}, by="all")


def test_pairs(cells: Callable[..., dict[str, Any]]) -> None:
    """Three records make three pairs; of nobody's records there are no pairs to count."""
    rows = {"employee": [{"employee_id": who} for who in ("ann", "ben", "cid")], "customer": CUSTOMERS}

    assert {"ann": 3.0, "ben": 0.0, "cid": "no_data"} == cells(kpicore_data_quality, "quality.duplicate_pairs", rows)


def test_records_as_time_goes_by(cells: Callable[..., dict[str, Any]]) -> None:
    """A record that is entered later is a duplicate from then on."""
    found = cells(kpicore_data_quality, "quality.duplicate_rate_exact", {"customer": CUSTOMERS}, "2024-01-01/2026-01-01", each="year")

    assert {"ann": [pytest.approx(2 / 6), pytest.approx(3 / 7)], "ben": [0.0, 0.0]} == found


def test_key_of_a_number(cells: Callable[..., dict[str, Any]]) -> None:
    """The key may have fields that are no texts."""
    rows = {"customer": [{"owner_id": "ann", "employee_count": number} for number in (10, 10, 20, None)]}

    assert {"ann": 0.25} == cells(
        kpicore_data_quality, "quality.duplicate_rate_exact", rows, parameters={"quality.duplicate_rate_exact": {"key": ["employee_count"]}}
    )


def entity(customer: str, entity: str, owner: str | None = "ann") -> dict[str, object]:
    """Return what matching found of a record."""
    return {"customer_id": customer, "entity_id": entity, "matched_by": "name+phone", "owner_id": owner}


def record(customer: str, owner: str = "ann", created: str = "2023-01-01", **more: object) -> dict[str, object]:
    """Return a customer record."""
    return {"customer_id": customer, "owner_id": owner, "created_at": created, **more}


MATCHED = {
    "customer": [
        record("a1"),
        record("a2"),
        record("a3", "ben"),
        record("b1"),
        record("c1", "ben"),
        record("d1"),
        record("d2", created="2024-06-01"),
        record("d3", merged_into="d1"),
    ],
    "customer_entity": [
        *(entity(each, "a1", "ben" if each == "a3" else "ann") for each in ("a1", "a2", "a3")),
        *(entity(each, "d1") for each in ("d1", "d2", "d3")),
    ],
}


def test_surplus_records_by_entity(cells: Callable[..., dict[str, Any]]) -> None:
    """Ann has five records of three entities, Ben two of two; the house has seven of four, as one entity is of both."""
    assert {"ann": pytest.approx(2 / 5), "ben": 0.0} == cells(kpicore_data_quality, "quality.duplicate_rate", MATCHED)
    assert {"all": pytest.approx(3 / 7)} == cells(kpicore_data_quality, "quality.duplicate_rate", MATCHED, by="all")


def test_a_duplicate_counts_from_its_entry(cells: Callable[..., dict[str, Any]]) -> None:
    """Before the second record of the last entity was entered, Ann had four records of three entities."""
    assert {"ann": 0.25, "ben": 0.0} == cells(kpicore_data_quality, "quality.duplicate_rate", MATCHED, "2024-05")


def test_records_that_were_never_matched(cells: Callable[..., dict[str, Any]]) -> None:
    """Without matching nobody knows the entities, and the metric says so instead of finding no duplicates."""
    rows = {"employee": [{"employee_id": "ann"}], "customer": MATCHED["customer"]}

    assert {"ann": "not_testable"} == cells(kpicore_data_quality, "quality.duplicate_rate", rows)


GONE = {"merged_into": "a", "deleted_at": "2024-05-20", "updated_at": "2024-05-20"}
CLEANED = {
    "customer": [
        record("a"),
        record("in_time", **GONE),
        record("changed_in_time", merged_into="a", updated_at="2024-05-02"),
        record("thrown_away", deleted_at="2024-05-20", updated_at="2024-05-20"),
        record("still_there", updated_at="2024-05-20"),
        record("merged_later", merged_into="a", deleted_at="2024-06-01"),
        record("merged_before", merged_into="a", deleted_at="2024-04-30"),
        record("entered_and_merged", created="2024-05-10", **GONE),
        record("of_ben", "ben"),
    ],
}
CLEANED["customer_entity"] = [entity(str(row["customer_id"]), "a", str(row["owner_id"])) for row in CLEANED["customer"]]


def test_duplicates_that_were_merged(cells: Callable[..., dict[str, Any]]) -> None:
    """Of Ann's five duplicates of the first of May two were merged within the month; what was thrown away was not merged."""
    assert {"ann": pytest.approx(2 / 5), "ben": 0.0} == cells(kpicore_data_quality, "quality.duplicate_cleanup", CLEANED, "2024-05")


def test_no_duplicates_to_merge(cells: Callable[..., dict[str, Any]]) -> None:
    """Who has none to merge has no share."""
    rows = {"customer": [record("a", merged_into=None, updated_at=None)], "customer_entity": [entity("a", "a")]}

    assert {"ann": "no_data"} == cells(kpicore_data_quality, "quality.duplicate_cleanup", rows, "2024-05")
