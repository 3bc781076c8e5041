"""Hand-overs that arrive, counted by hand and on every engine."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import kpicore_adoption
from kpicore import measure
from kpicore.testing import check_plugin

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from sqlalchemy import Engine

JUNE = datetime(2024, 6, 1)


def span(customer: str, day: str, who: str = "ann") -> dict[str, object]:
    """Return the span in which somebody looks after a customer from a day of May on."""
    return {"customer_id": customer, "employee_id": who, "valid_from": f"2024-05-{day}", "valid_to": None}


def contact(customer: str, day: str, who: str = "ann", **more: object) -> dict[str, object]:
    """Return a contact on a day of May."""
    return {"customer_id": customer, "employee_id": who, "started_at": f"2024-05-{day}", "is_test": None, **more}


ROWS = {
    "customer_owner": [span("c1", "01"), span("c2", "01"), span("c3", "01"), span("c3", "10"), span("c4", "02"), span("c5", "20")],
    "contact": [
        contact("c1", "03"),
        contact("c1", "04"),
        contact("c2", "15"),
        contact("c2", "03", "ben"),
        contact("c3", "02"),
        contact("c4", "03", is_test=True),
        contact("c5", "21"),
    ],
}


def test_hand_overs_that_are_taken_up(filled: Callable[..., Any], empty_database: Engine) -> None:
    """One of four: c2 was spoken to by another or too late, c3 after one hand-over of two, c4 in a test; c5 is too young to tell."""
    engine = filled(ROWS, empty_database.url.render_as_string(hide_password=False))

    matrix = measure(
        metrics=["adoption.journey_continuity"], facts=engine, period="2024-05", as_of=JUNE, registry=check_plugin(kpicore_adoption)
    )

    assert {"ann": 0.25} == {who: value for who, value in zip(matrix.subjects, matrix.value[:, 0, 0], strict=True) if who == "ann"}
    assert 4.0 == matrix.n[matrix.subjects.index("ann"), 0, 0]


def test_source_without_contacts(cells: Callable[..., dict[str, Any]]) -> None:
    """Where contacts are not recorded nothing can be said."""
    rows = {"employee": [{"employee_id": "ann"}], "customer_owner": ROWS["customer_owner"]}

    assert {"ann": "not_testable"} == cells(kpicore_adoption, "adoption.journey_continuity", rows, "2024-05", as_of=JUNE)
