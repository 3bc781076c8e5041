"""Which period is the last complete one."""

from __future__ import annotations

from datetime import datetime

import pytest
from linted import card_of, plugins

from kpicore.errors import PeriodError
from kpicore.lint.period import TRIES, complete_periods, last_result
from kpicore.model.period import Calendar
from kpicore.pipeline import set_up
from kpicore.query.database import open_facts
from kpicore.testing import facts_from


@pytest.mark.parametrize(
    ("latest", "unit", "calendar", "first"),
    [
        ("2025-12-30T12:00", "quarter", Calendar(), "2025-Q4"),
        ("2025-12-20T12:00", "quarter", Calendar(), "2025-Q3"),
        ("2025-12-31T16:30", "quarter", Calendar("Asia/Shanghai"), "2025-Q4"),
        ("2026-01-01T00:00", "quarter", Calendar(), "2025-Q4"),
        ("2018-03-31T00:00", "quarter", Calendar("UTC", 4), "2017-Q4"),
        ("2018-02-10T00:00", "month", Calendar(), "2018-01"),
        ("2018-02-10T00:00", "year", Calendar(), "2017"),
        ("2018-02-10T00:00", "half", Calendar(), "2017-H2"),
        ("2018-01-03T00:00", "week", Calendar(), "2017-W52"),
        ("2018-01-03T23:30", "day", Calendar(), "2018-01-03"),
    ],
)
def test_the_last_complete_period(latest: str, unit: str, calendar: Calendar, first: str) -> None:
    """Complete to a twentieth of its length, in the project's calendar; then back from there."""
    names = [period.name for period in complete_periods(datetime.fromisoformat(latest), unit, calendar)]  # type: ignore[arg-type]  # cases are text

    assert first == names[0]
    assert sorted(names, reverse=True) == names
    assert TRIES == len(names)


CARD = '[[metric]]\nuse = "sales.win_rate"\nweight = 1\nnormalise = { by = "target", target = 0.5 }\n'


def deals(*closed: str) -> dict[str, list[dict[str, object]]]:
    """Write deals that were won."""
    person: list[dict[str, object]] = [{"employee_id": "ann"}]
    role: list[dict[str, object]] = [{"employee_id": "ann", "role": "seller"}]
    rows: list[dict[str, object]] = [
        {"owner_id": "ann", "closed_at": day, "is_closed": True, "is_won": True, "created_at": "2023-01-01"} for day in closed
    ]
    return {"employee": person, "assignment": role, "opportunity": rows}


def test_periods_in_which_nothing_happened_are_passed_over() -> None:
    """In a database that is used in place, the latest fact says up to when facts are known."""
    card = card_of('period = "month"\n' + CARD)

    with open_facts(facts_from(deals("2024-02-10", "2024-05-10"))) as facts:
        assert "2024-02" == last_result(facts, card, set_up(registry=plugins())).run.period.name


def test_no_period_at_all_is_an_error() -> None:
    """With what to do."""
    with open_facts(facts_from(deals())) as facts, pytest.raises(PeriodError, match="use --period"):
        last_result(facts, card_of(CARD), set_up(registry=plugins()))
