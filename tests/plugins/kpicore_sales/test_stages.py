"""Conversion and time in stage, skipped and reverse moves, on stage histories counted by hand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

import kpicore_sales

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

STAGES = ["new", "offer", "talk", "won"]
NOW = datetime(2024, 6, 1)


def deal(key: str, stage: str, created: str = "2024-01-01", **more: object) -> dict[str, object]:
    """Return a deal of Ann's."""
    return {"opportunity_id": key, "owner_id": "ann", "created_at": created, "stage": stage, **more}


def change(of: str, at: str, old: str | None, new: str, field: str = "stage") -> dict[str, object]:
    """Return a change of a deal's stage."""
    return {"opportunity_id": of, "changed_at": at, "old_value": old, "new_value": new, "field": field}


DEALS = [
    deal("d1", "won"),
    deal("d2", "won"),
    deal("d3", "lost"),
    deal("d4", "offer"),
    deal("d5", "new"),
    deal("d6", "new", "2024-05-30"),
    deal("d7", "won", is_test=True),
    deal("d8", "new"),
]
CHANGES = [
    # All in order.
    change("d1", "2024-01-03", "new", "offer"),
    change("d1", "2024-01-10", "offer", "talk"),
    change("d1", "2024-01-20", "talk", "won"),
    # Straight from the offer to the win.
    change("d2", "2024-01-05", "new", "offer"),
    change("d2", "2024-01-10", "offer", "won"),
    change("d2", "2024-01-06", "3", "4", "amount"),
    # Lost from the offer.
    change("d3", "2024-01-11", "new", "offer"),
    change("d3", "2024-01-31", "offer", "lost"),
    # Back and again to the offer, which is entered for the first time once; to the talk too late to count within 30 days.
    change("d4", "2024-01-02", "new", "offer"),
    change("d4", "2024-01-12", "offer", "new"),
    change("d4", "2024-01-14", "new", "offer"),
    change("d4", "2024-02-02", "offer", "talk"),
    change("d4", "2024-02-04", "talk", "offer"),
    change("d7", "2024-01-05", "new", "won"),
    # Too late to count.
    change("d8", "2024-02-01", "new", "offer"),
    change("d8", "2024-02-02", "offer", "new"),
]
GIVEN = {"sales.stage_conversion": {"stages": STAGES, "within_days": 30}}


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        # Six deals were created as new at least 30 days ago; d5 never went on, d8 a day late.
        ("_1", 4 / 6),
        # d1, d2, d3, d4 and d8 had an offer: d1 and d2 went on in time.
        ("_2", 2 / 5),
        # d1 and d4 talked.
        ("_3", 1 / 2),
        ("", 7 / 13),
    ],
)
def test_conversion_from_stage_to_stage(cells: Callable[..., dict[str, Any]], step: str, expected: float) -> None:
    """By the first entry, created in it or moved to it; a later stage counts, and what is too young does not."""
    rows = {"opportunity": DEALS, "opportunity_change": CHANGES}

    assert {"ann": pytest.approx(expected)} == cells(kpicore_sales, f"sales.stage_conversion{step}", rows, as_of=NOW, parameters=GIVEN)


def test_a_young_cohort_has_no_conversion(cells: Callable[..., dict[str, Any]]) -> None:
    """Nothing of what was created in May is old enough."""
    rows = {"opportunity": DEALS, "opportunity_change": CHANGES}

    assert {"ann": "no_data"} == cells(kpicore_sales, "sales.stage_conversion_1", rows, "2024-05", as_of=NOW, parameters=GIVEN)


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        # 2, 4, 10, 1, 2 and 31 days as new.
        ("_1", 3.0),
        # 7, 5, 20, 10, 19 and 1 days with an offer.
        ("_2", 8.5),
        ("_3", 6.0),
        # 1, 1, 2, 2, 2, 4, 5, 7, 10, 10, 10, 19, 20 and 31 days.
        ("", 6.0),
    ],
)
def test_time_in_stage(cells: Callable[..., dict[str, Any]], stage: str, expected: float) -> None:
    """From entering, or from the creation, to leaving in whichever direction."""
    rows = {"opportunity": DEALS, "opportunity_change": CHANGES}

    assert {"ann": expected} == cells(kpicore_sales, f"sales.stage_duration{stage}", rows, as_of=NOW, parameters=GIVEN)


@pytest.mark.parametrize(("name", "expected"), [("sales.stage_skips", 1 / 13), ("sales.stage_reversals", 3 / 13)])
def test_skipped_and_reverse_moves(cells: Callable[..., dict[str, Any]], name: str, expected: float) -> None:
    """Of 13 moves one skipped the talk and three went back; losing is no move."""
    rows = {"opportunity": DEALS, "opportunity_change": CHANGES}

    assert {"ann": pytest.approx(expected)} == cells(kpicore_sales, name, rows, as_of=NOW, parameters=GIVEN)


def test_a_log_without_old_values(cells: Callable[..., dict[str, Any]]) -> None:
    """Where changes do not say what was before, the change before says it, and the first is the entry; what is said again is no move."""
    log = [
        change("d1", f"2024-01-{day:02}", None, stage) for day, stage in ((1, "new"), (4, "talk"), (6, "talk"), (9, "offer"), (10, "won"))
    ]
    bare = [{key: value for key, value in each.items() if key != "old_value"} for each in log]
    rows = {"opportunity": [deal("d1", "won")], "opportunity_change": bare}

    def get(name: str) -> Any:
        return cells(kpicore_sales, name, rows, as_of=NOW, parameters=GIVEN)["ann"]

    assert [1.0, 1.0, 1.0] == [get(f"sales.stage_conversion_{step}") for step in (1, 2, 3)]
    assert [3.0, 1.0, 5.0] == [get(f"sales.stage_duration_{step}") for step in (1, 2, 3)]
    assert [pytest.approx(2 / 3), pytest.approx(1 / 3)] == [get("sales.stage_skips"), get("sales.stage_reversals")]
