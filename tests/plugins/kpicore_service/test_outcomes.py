"""Resolution, reopening and service agreements, on tickets counted by hand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

import kpicore_service

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def ticket(resolved: str | None = None, **more: object) -> dict[str, object]:
    """Return a ticket of Ann's, opened on 1 May 2024."""
    return {"owner_id": "ann", "opened_at": "2024-05-01", "resolved_at": resolved, **more}


def test_resolution_must_have_stood(cells: Callable[..., dict[str, Any]]) -> None:
    """Two resolutions have stood for a week, one has not and is in neither part, one ticket is open."""
    rows = {
        "ticket": [ticket("2024-05-02"), ticket("2024-05-24"), ticket("2024-05-25"), ticket(), ticket("2024-05-02", opened_at="2024-06-01")]
    }

    found = cells(kpicore_service, "service.resolution_rate", rows, "2024-05", as_of=datetime(2024, 5, 31))

    assert {"ann": pytest.approx(2 / 3)} == found


def test_days_that_a_resolution_must_have_stood_can_be_set(cells: Callable[..., dict[str, Any]]) -> None:
    """With a day instead of a week the third ticket counts as well."""
    rows, given = {"ticket": [ticket("2024-05-02"), ticket("2024-05-25"), ticket()]}, {"service.resolution_rate": {"settled_days": 1}}

    found = cells(kpicore_service, "service.resolution_rate", rows, "2024-05", as_of=datetime(2024, 5, 31), parameters=given)

    assert {"ann": pytest.approx(2 / 3)} == found


REOPENED = [
    ticket("2024-05-02", reopen_count=0),
    ticket("2024-05-03", reopen_count=2),
    ticket("2024-05-03", reopen_count=None),
    ticket(None, reopen_count=1),
    ticket("2024-06-03", reopen_count=1),
]


@pytest.mark.parametrize(("name", "expected"), [("service.reopen_rate", 1 / 3), ("service.reopen_rate_opened", 3 / 5)])
def test_reopened_of_resolved_and_of_all(cells: Callable[..., dict[str, Any]], name: str, expected: float) -> None:
    """One of the three resolved in May was reopened, and three of the five opened in May."""
    assert {"ann": pytest.approx(expected)} == cells(kpicore_service, name, {"ticket": REOPENED}, "2024-05")


AGREED = [
    ticket("2024-05-02", due_at="2024-05-02", is_sla_met=None),
    ticket("2024-05-03", due_at="2024-05-02", is_sla_met=None),
    ticket("2024-05-03", due_at="2024-05-02", is_sla_met=True),
    ticket("2024-05-01", due_at="2024-05-02", is_sla_met=False),
    ticket(None, due_at="2024-05-02", is_sla_met=None),
    ticket(None, due_at="2024-08-01", is_sla_met=None),
    ticket("2024-05-01", due_at=None, is_sla_met=None),
    ticket("2024-05-01", due_at="2024-08-01", is_sla_met=None),
]


def test_agreements_met(cells: Callable[..., dict[str, Any]]) -> None:
    """Of six decided tickets three were in time; what is not due yet and what was never agreed count nowhere."""
    assert {"ann": 0.5} == cells(kpicore_service, "service.sla_attainment", {"ticket": AGREED}, "2024-05", as_of=datetime(2024, 6, 1))


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"is_sla_met": True}, 1.0),
        ({"due_at": "2024-05-09", "resolved_at": "2024-05-02"}, 1.0),
        ({"due_at": "2024-05-09"}, "not_testable"),
        ({"resolved_at": "2024-05-02"}, "not_testable"),
    ],
)
def test_what_an_agreement_needs(cells: Callable[..., dict[str, Any]], columns: dict[str, object], expected: object) -> None:
    """The CRM's own verdict is enough, and so are the two times; one of them is not."""
    rows = {"employee": [{"employee_id": "ann"}], "ticket": [{"owner_id": "ann", "opened_at": "2024-05-01", **columns}]}

    assert {"ann": expected} == cells(kpicore_service, "service.sla_attainment", rows)


@pytest.mark.parametrize(
    ("whose", "expected"),
    [
        ("resolver", {"ann": "no_data", "ben": 1.0}),
        ("owner", {"ann": 0.5, "ben": "no_data"}),
        ("resolver_else_owner", {"ann": 0.0, "ben": 1.0}),
    ],
)
def test_whose_ticket_it_is(cells: Callable[..., dict[str, Any]], whose: str, expected: dict[str, object]) -> None:
    """A ticket that Ben resolved in time and one that nobody resolved, both of them Ann's."""
    people = [{"employee_id": "ann"}, {"employee_id": "ben"}]
    rows = {"employee": people, "ticket": [ticket(is_sla_met=True, resolved_by="ben"), ticket(is_sla_met=False, resolved_by=None)]}

    assert expected == cells(kpicore_service, "service.sla_attainment", rows, parameters={"service.sla_attainment": {"whose": whose}})
