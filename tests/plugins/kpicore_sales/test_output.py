"""Output per person of a team, on people counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import kpicore_sales

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def post(who: str, team: str, since: str | None = None, until: str | None = None, fte: float | None = None) -> dict[str, object]:
    """Return an assignment."""
    return {"employee_id": who, "team": team, "valid_from": since, "valid_to": until, "fte": fte}


def test_output_per_person_present(cells: Callable[..., dict[str, Any]]) -> None:
    """Ann all of 2023-Q1's 90 days, half-time Bob for 45 of them, and Cid on leave for 18 days: 1 + 0.25 + 0.8 persons made 410."""
    rows = {
        "assignment": [
            post("ann", "east"),
            post("bob", "east", "2023-02-15", None, 0.5),
            post("cid", "east", "2020-01-01", "2024-01-01", 1),
        ],
        "absence": [
            {"employee_id": "cid", "valid_from": "2023-02-01", "valid_to": "2023-02-19", "share": None},
            {"employee_id": "ann", "valid_from": "2023-05-01", "valid_to": "2023-05-19", "share": 1},
        ],
        "sale": [
            {"employee_id": "ann", "signed_at": "2023-01-10", "amount": 400, "reverses_id": None},
            {"employee_id": "bob", "signed_at": "2023-03-10", "amount": 10, "reverses_id": None},
        ],
    }
    ignoring = {"sales.activity_output": {"absences": "ignore"}}

    # Bob had no team when the quarter began, so his half of 45 days is not the team's; his sale is.
    assert {"east": pytest.approx(410 / 1.8)} == cells(kpicore_sales, "sales.activity_output", rows, "2023-Q1", by="team")
    assert {"all": pytest.approx(410 / 2.05)} == cells(kpicore_sales, "sales.activity_output", rows, "2023-Q1", by="all")
    assert {"east": pytest.approx(410 / 2)} == cells(
        kpicore_sales, "sales.activity_output", rows, "2023-Q1", by="team", parameters=ignoring
    )
