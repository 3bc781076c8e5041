"""The ways of deals through stages, read on every engine."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from kpicore.errors import ScorecardError, SourceError
from kpicore.model.period import Calendar, parse
from kpicore.query.database import open_facts
from kpicore.query.stages import Ways, ways
from kpicore.testing import facts_from

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Engine

DAY = 86400.0
STAGES = ("new", "offer", "won")


def deal(key: str, owner: str | None, created: str, stage: str, closed: str | None = None, *, won: bool = False, **more: object) -> Any:
    """Return a deal."""
    state = {"closed_at": closed, "is_closed": closed is not None, "is_won": won, "stage": stage, "is_test": None}
    return {"opportunity_id": key, "owner_id": owner, "created_at": created, **state, "source": None, "product_id": None, **more}


def change(of: str, at: str, old: str | None, new: str, who: str = "ann", field: str = "stage") -> dict[str, object]:
    """Return a change of a deal."""
    return {"opportunity_id": of, "changed_at": at, "old_value": old, "new_value": new, "employee_id": who, "field": field}


ROWS: Mapping[str, Sequence[Mapping[str, object]]] = {
    "employee": [{"employee_id": "ann", "name": "Ann", "kind": None}, {"employee_id": "bot", "name": None, "kind": "bot"}],
    "assignment": [
        {"employee_id": "ann", "team": "east", "valid_from": None, "valid_to": "2024-01-15"},
        {"employee_id": "ann", "team": "west", "valid_from": "2024-01-15", "valid_to": None},
    ],
    "opportunity": [
        deal("d1", "ann", "2024-01-02", "won", "2024-01-12", won=True, source="web"),
        deal("d2", "bot", "2024-01-03", "new"),
        deal("d3", "ann", "2024-01-20", "won", "2024-01-30", won=True, product_id="p1"),
        deal("d4", None, "2024-01-04", "lost", "2024-01-14"),
        deal("d5", "ann", "2024-02-01", "new"),
        deal("d6", "ann", "2024-01-05", "new", is_test=True),
    ],
    "opportunity_change": [
        change("d1", "2024-01-12", "offer", "won"),
        change("d1", "2024-01-05", "new", "offer", "bot"),
        change("d1", "2024-01-06", "1", "2", field="amount"),
        change("d3", "2024-01-21", None, "offer"),
        change("d4", "2024-01-14", "new", "lost"),
        change("d6", "2024-01-14", "new", "lost"),
    ],
}


def read(engine: Engine, by: str = "all") -> Ways:
    """Return the ways of January."""
    with open_facts(engine) as database:
        return ways(database, parse("2024-01"), Calendar(), STAGES, by, datetime(2024, 3, 1))


def test_ways_on_every_engine(empty_database: Engine) -> None:
    """From the stage of creation over the recorded ones to the one in which the deal was closed; tests and later deals are left out."""
    engine = facts_from(ROWS, empty_database.url.render_as_string(hide_password=False))
    found = read(engine, "person")
    engine.dispose()

    names = [("Ann" if group else None, round(float(at) / DAY)) for group, at in zip(found.groups, found.created, strict=True)]
    visits = sorted(
        (names[case], int(stage), float(at) / DAY)
        for case, stage, at in zip(found.case, found.stage, found.at, strict=True)
        if names[case][0]
    )
    assert [
        (("Ann", 1), 0, 1.0),
        (("Ann", 1), 1, 4.0),
        (("Ann", 1), 2, 11.0),
        (("Ann", 19), 1, 20.0),
        (("Ann", 19), 2, 29.0),
    ] == visits
    assert [0, 0, -1] == sorted(
        (int(stage) for case, stage in zip(found.case, found.stage, strict=True) if names[case][0] is None), reverse=True
    )
    assert (4, 1, 1, ("bot",)) == (found.changes, found.changes_by_systems, found.deals_of_systems, found.systems)
    assert 2 == sum(found.is_won)
    assert 60 * DAY == found.now


@pytest.mark.parametrize(
    ("by", "groups"), [("team", {"east", "west", None}), ("source", {"web", None}), ("product", {"p1", None}), ("all", {None})]
)
def test_groups_of_deals(by: str, groups: set[str | None]) -> None:
    """By the team of the owner when the deal was begun, or by what the deal says."""
    engine = facts_from(ROWS)
    found = read(engine, by)
    engine.dispose()

    assert groups == set(found.groups)


def test_what_a_funnel_needs() -> None:
    """Unknown groups and sources without stage history are refused, with what to do."""
    engine = facts_from({"opportunity": ROWS["opportunity"], "opportunity_change": [{"changed_at": None}]})
    with pytest.raises(ScorecardError, match="by all, person, team, source, product"):
        read(engine, "persn")
    with pytest.raises(SourceError, match=r"does not fill opportunity_change.field, opportunity_change.new_value"):
        read(engine)
    engine.dispose()
