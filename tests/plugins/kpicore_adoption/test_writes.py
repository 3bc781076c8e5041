"""Active users and mobile activity, on writes counted by hand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

import kpicore_adoption

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def change(day: int, who: str = "ann", device: str | None = "desktop", **more: object) -> dict[str, object]:
    """Return a useful change on a day of May 2024, of which the 6th is a Monday."""
    usual = {"old_value": "a", "new_value": "b", "batch_id": None, "device_class": device}
    return {"employee_id": who, "changed_at": f"2024-05-{day:02d}T10:00", **usual, **more}


CHANGES = [
    change(6),
    change(7),
    change(6, "ben"),
    change(6, "ben", changed_at="2024-05-06T11:00"),
    change(6, "cid"),
    change(7, "cid", new_value="a"),
    change(8, "cid", batch_id="import"),
    change(9, "cid", "api"),
    change(13, "cid"),
    change(6, "bot"),
    change(7, "bot"),
    change(6, "ghost"),
    change(7, "ghost"),
]
PEOPLE = [
    *({"employee_id": who, "kind": None} for who in ("ann", "ben", "cid")),
    {"employee_id": "dee", "kind": "person"},
    {"employee_id": "bot", "kind": "bot"},
    {"employee_id": "old", "left_at": "2024-05-05"},
    {"employee_id": "new", "hired_at": "2024-05-13"},
]


def test_active_on_two_days_of_a_week(cells: Callable[..., dict[str, Any]]) -> None:
    """Ann changed something on two days; Ben twice on one; Cid's idle edit, import and program do not count."""
    found = cells(kpicore_adoption, "adoption.active_rate", {"employee": PEOPLE, "record_change": CHANGES}, "2024-W19")

    assert {"ann": 1.0, "ben": 0.0, "cid": 0.0, "dee": 0.0, "new": "no_data", "old": "no_data"} == found


def test_share_of_a_team(cells: Callable[..., dict[str, Any]]) -> None:
    """One of four in the house is active; a bot and an id that is no employee are neither users nor people."""
    assert {"all": 0.25} == cells(
        kpicore_adoption, "adoption.active_rate", {"employee": PEOPLE, "record_change": CHANGES}, "2024-W19", by="all"
    )


def test_team_members_of_the_first_day(cells: Callable[..., dict[str, Any]]) -> None:
    """Who joins a team within the week counts where the week began, so that no team has more users than people."""
    spans = [("ann", "east", None, "2024-05-07"), ("ann", "west", "2024-05-07", None), ("ben", "west", None, None)]
    assigned = [{"employee_id": who, "team": team, "valid_from": since, "valid_to": until} for who, team, since, until in spans]
    rows = {"employee": PEOPLE, "assignment": assigned, "record_change": CHANGES}

    assert {"east": 1.0, "west": 0.0} == cells(kpicore_adoption, "adoption.active_rate", rows, "2024-W19", by="team")


def test_days_grow_with_the_period(cells: Callable[..., dict[str, Any]]) -> None:
    """Two days are enough for one week and not for two; of a period that has lasted a week, a week counts."""
    rows = {"employee": PEOPLE[:1], "record_change": CHANGES}

    assert {"ann": 0.0} == cells(kpicore_adoption, "adoption.active_rate", rows, "2024-05-06/2024-05-20")
    assert {"ann": 1.0} == cells(kpicore_adoption, "adoption.active_rate", rows, "2024-05-06/2024-05-20", as_of=datetime(2024, 5, 13))


def test_days_can_be_set(cells: Callable[..., dict[str, Any]]) -> None:
    """With one day a week Ben is active too, in the first week and not in the second."""
    rows, given = {"employee": PEOPLE[:2], "record_change": CHANGES}, {"adoption.active_rate": {"days_per_week": 1}}

    found = cells(kpicore_adoption, "adoption.active_rate", rows, "2024-05-06/2024-05-20", each="week", parameters=given)

    assert {"ann": [1.0, 0.0], "ben": [1.0, 0.0]} == found


MOBILE = [change(6, device="mobile"), change(6, device="tablet"), change(6), change(6), change(6, device=None), change(6, device="api")]


@pytest.mark.parametrize(("given", "expected"), [({}, 0.5), ({"devices": ["mobile"]}, 0.25)])
def test_mobile_share(cells: Callable[..., dict[str, Any]], given: dict[str, object], expected: float) -> None:
    """Two or one of four writes from known devices; idle edits from the phone do not count."""
    rows = {"record_change": [*MOBILE, change(6, device="mobile", new_value="a")]}

    assert {"ann": expected} == cells(kpicore_adoption, "adoption.mobile_rate", rows, parameters={"adoption.mobile_rate": given})
