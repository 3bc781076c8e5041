"""Open deals, velocity, honesty and forecasts, on deals counted by hand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

import kpicore_sales

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def deal(key: str, created: str, closed: str | None = None, *, won: bool = False, **more: object) -> dict[str, object]:
    """Return a deal of Ann's, open where it has no close date."""
    state = {"created_at": created, "closed_at": closed, "is_closed": closed is not None, "is_won": won}
    return {"opportunity_id": key, "owner_id": "ann", **state, **more}


DEALS = [
    deal("o1", "2024-03-01", amount=400),
    deal("o2", "2023-11-01", amount=400),
    deal("o3", "2024-01-01", "2024-01-11", won=True, amount=100),
    deal("o4", "2024-01-01", "2024-02-20", won=True, amount=300),
    deal("o5", "2024-02-14", "2024-02-15", amount=300),
    deal("o6", "2024-02-15", "2024-04-01", won=True, amount=900),
    deal("o7", "2024-04-02", amount=1),
]


def test_open_at_the_end(cells: Callable[..., dict[str, Any]]) -> None:
    """Three were open when the quarter ended, one of which was won on the day after."""
    assert {"ann": 3.0} == cells(kpicore_sales, "sales.open_opportunities", {"opportunity": DEALS}, "2024-Q1")


def test_velocity(cells: Callable[..., dict[str, Any]]) -> None:
    """Three open, two won of three, 200 each, in (10 + 50) / 2 days: 3 x 2/3 x 200 / 30 a day."""
    assert {"ann": pytest.approx(400 / 30)} == cells(kpicore_sales, "sales.velocity", {"opportunity": DEALS}, "2024-Q1")


def test_honest_pipeline(cells: Callable[..., dict[str, Any]]) -> None:
    """Of three open deals one is stale at 2 x 60 days; of two won one was opened 10 days before, too late where 14 are asked for."""
    rows, given = {"opportunity": DEALS}, {"sales.pipeline_honesty": {"late_days": 14}}

    assert {"ann": 0.8} == cells(kpicore_sales, "sales.pipeline_honesty", rows, "2024-Q1", as_of=datetime(2024, 5, 1))
    assert {"ann": 0.6} == cells(kpicore_sales, "sales.pipeline_honesty", rows, "2024-Q1", as_of=datetime(2024, 5, 1), parameters=given)


FORECAST = [
    deal("f1", "2023-12-01", "2024-02-01", won=True, amount=100, forecast_amount=100),
    deal("f2", "2023-12-01", "2024-02-01", won=True, amount=200, forecast_amount=200),
    deal("f3", "2023-12-01", "2024-02-01", amount=500, forecast_amount=40),
    deal("f4", "2024-01-02", "2024-02-01", won=True, amount=999, forecast_amount=1),
    deal("f5", "2023-12-01", amount=999, forecast_amount=1),
    deal("f6", "2023-12-01", "2024-02-01", won=True, amount=100, forecast_amount=None),
    deal("f7", "2023-12-01", "2024-02-01", won=True, amount=777, forecast_amount=1, is_test=True),
]


def change(of: str, at: str, old: str | None, new: str | None, field: str = "forecast_amount") -> dict[str, object]:
    """Return a change of a deal's forecast."""
    return {"opportunity_id": of, "changed_at": at, "old_value": old, "new_value": new, "field": field}


CHANGES = [
    # Corrected after the fact: at the start it was 150.
    change("f1", "2024-01-10", "150", "120"),
    change("f1", "2024-01-31", "120", "100"),
    # 170 since December, with changes before and after.
    change("f2", "2023-12-02", "10", "20"),
    change("f2", "2023-12-24", "20", "170"),
    change("f2", "2024-01-31", "170", "200"),
    change("f2", "2024-01-15", "new", "won", "stage"),
    change("f7", "2024-01-15", "5000", "1"),
]


def test_forecast_of_the_start(cells: Callable[..., dict[str, Any]]) -> None:
    """Errors of 50, 30, 40 and 100 on 400 that came in; deals begun later, still open or tests do not count."""
    rows = {"opportunity": FORECAST, "opportunity_change": CHANGES}

    assert {"ann": pytest.approx(1 - 220 / 400)} == cells(kpicore_sales, "sales.forecast_accuracy", rows, "2024-Q1")


def test_forecasts_month_by_month(cells: Callable[..., dict[str, Any]]) -> None:
    """All closed in February, at whose start f1 and f2 had their last forecast and f4 was open: errors of 40, 100 and 998 on 1,399."""
    rows = {"opportunity": FORECAST, "opportunity_change": CHANGES}

    found = cells(kpicore_sales, "sales.forecast_accuracy", rows, "2024-Q1", each="month")

    assert {"ann": ["no_data", pytest.approx(1 - (40 + 100 + 998) / 1399), "no_data"]} == found
