"""Time to value and referrals, counted by hand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import kpicore_value

if TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, object]


def test_time_to_value(cells: Callable[..., dict[str, Any]]) -> None:
    """Orders after 4 and 30 days, a case solved after 10, one customer 91 days old without either: the median is 20, not 10.

    An order of before the record and one after what is known do not count; Ben's customers have brought nothing, so his is not known.
    """
    created = {"four": "ann", "ten": "ann", "thirty": "ann", "waits": "ann", "ben 1": "ben", "ben 2": "ben"}
    sales = [
        ("four", "2024-01-05"),
        ("four", "2024-01-09"),
        ("ten", "2024-01-21"),
        ("thirty", "2024-01-31"),
        ("waits", "2023-12-01"),
        ("ben 1", "2024-05-01"),
    ]
    rows: dict[str, list[Row]] = {
        "employee": [{"employee_id": "ann"}, {"employee_id": "ben"}],
        "customer": [{"customer_id": who, "owner_id": owner, "created_at": "2024-01-01"} for who, owner in created.items()],
        "sale": [{"customer_id": who, "signed_at": day} for who, day in sales],
        "ticket": [{"customer_id": "ten", "resolved_at": "2024-01-11"}, {"customer_id": "waits", "resolved_at": None}],
    }

    found = cells(kpicore_value, "value.time_to_value", rows, "2024-Q1", as_of=datetime(2024, 4, 1))
    only_sales = cells(
        kpicore_value,
        "value.time_to_value",
        {name: each for name, each in rows.items() if name != "ticket"},
        "2024-Q1",
        as_of=datetime(2024, 4, 1),
        parameters={"value.time_to_value": {"events": ["sale"]}},
    )

    assert {"ann": 20.0, "ben": "no_data"} == found
    assert {"ann": 25.0, "ben": "no_data"} == only_sales


def test_referrals(cells: Callable[..., dict[str, Any]]) -> None:
    """One of Ann's two customers recommended two leads of the quarter, which Ben works; the credit is Ann's. Ben's recommended earlier."""
    rows: dict[str, list[Row]] = {
        "employee": [{"employee_id": "ann"}, {"employee_id": "ben"}],
        "customer": [
            {"customer_id": who, "owner_id": owner, "started_at": "2023-01-01", "ended_at": None}
            for who, owner in [("a1", "ann"), ("a2", "ann"), ("b1", "ben")]
        ],
        "lead": [
            {"referrer_id": who, "created_at": day, "owner_id": "ben", "customer_id": "a2"}
            for who, day in [("a1", "2024-01-05"), ("a1", "2024-02-05"), ("b1", "2023-12-05"), (None, "2024-02-01"), ("gone", "2024-02-01")]
        ],
    }

    assert {"ann": 0.5, "ben": 0.0} == cells(kpicore_value, "value.referral_rate", rows, "2024-Q1")
