"""Completeness and missing rate, on cells counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import kpicore_data_quality
from kpicore import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

CORE = ("name", "phone", "email", "city", "industry")


def customer(*values: str | None, created: str | None = "2024-01-01", **more: object) -> dict[str, object]:
    """Return a customer of Ann's with the core fields in order."""
    return {"owner_id": "ann", "created_at": created, **dict(zip(CORE, values, strict=True)), **more}


CUSTOMERS = [
    customer("Acme", "1", "a@b.c", "Oslo", "steel"),
    customer("无", " ", "N/A", "?", "aaa"),
    customer("Test", None, "", "Oslo", None),
    customer("Later", "1", "a", "Oslo", "steel", created="2024-02-01"),
    customer("Undated", "1", None, None, None, created=None),
    customer("Deleted", "1", "a", "Oslo", "steel", deleted_at="2024-01-02"),
]


def test_placeholders_are_empty(cells: Callable[..., dict[str, Any]]) -> None:
    """Of 20 cells that were there at the end of January 8 are filled: a whole record, a city, and two of the undated one."""
    found = cells(kpicore_data_quality, "quality.completeness", {"customer": CUSTOMERS}, "2024-01-01/2024-03-01", each="month")

    assert {"ann": [pytest.approx(8 / 20), pytest.approx(13 / 25)]} == found


def test_missing_rate_is_of_key_fields(cells: Callable[..., dict[str, Any]]) -> None:
    """Of 8 names and phone numbers 4 are missing."""
    assert {"ann": 0.5} == cells(kpicore_data_quality, "quality.missing_rate", {"customer": CUSTOMERS}, "2024-01")


def test_table_and_fields_can_be_chosen(cells: Callable[..., dict[str, Any]]) -> None:
    """Numbers and times are filled where they are not null; 0 is a number."""
    rows = {"opportunity": [{"owner_id": "ann", "amount": 0, "closed_at": None, "stage": "?"}]}
    given = {"quality.completeness": {"table": "opportunity", "fields": ["amount", "closed_at", "stage"]}}

    assert {"ann": pytest.approx(1 / 3)} == cells(kpicore_data_quality, "quality.completeness", rows, parameters=given)


def test_unmapped_core_field_is_named(cells: Callable[..., dict[str, Any]]) -> None:
    """A core field that the source does not have makes the metric not testable, not empty."""
    rows = {"employee": [{"employee_id": "ann"}], "customer": [{"owner_id": "ann", "name": "Acme"}]}

    assert {"ann": "not_testable"} == cells(kpicore_data_quality, "quality.completeness", rows)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"table": "clients"}, "table must be one of contact, customer, lead, opportunity, ticket .got 'clients'"),
        ({"fields": ["nmae"]}, "fields must only have names that exist .got 'nmae' .*did you mean 'name'"),
        ({"fields": []}, "fields must be a list of one or more names"),
        ({"fields": ["name", "name"]}, "fields must name each once"),
    ],
)
def test_wrong_parameters_are_refused(given: dict[str, object], message: str) -> None:
    """A table or field that does not exist is refused, and the nearest one is offered."""
    with pytest.raises(ConfigError, match=message):
        kpicore_data_quality.kpicore_metrics({"quality.completeness": given})
