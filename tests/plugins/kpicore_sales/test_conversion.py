"""Win rates by close and by creation, on deals counted by hand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

import kpicore_sales
from kpicore import ConfigError
from kpicore_sales.conversion import win_rate_created

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def deal(created: str, closed: str | None = None, *, won: bool = False, **more: object) -> dict[str, object]:
    """Return a deal of Ann's, open where it has no close date."""
    return {"owner_id": "ann", "created_at": created, "closed_at": closed, "is_closed": closed is not None, "is_won": won, **more}


def test_win_rate_is_of_closed_deals(cells: Callable[..., dict[str, Any]]) -> None:
    """Two won of three closed; open deals count nowhere, and a reopened one still has its old close date."""
    reopened = {**deal("2024-01-01", "2024-01-05", won=True), "is_closed": False}
    closed = [deal("2024-01-01", "2024-02-01", won=True), deal("2023-06-01", "2024-02-02", won=True), deal("2024-01-01", "2024-02-03")]
    rows = {"opportunity": [*closed, reopened, deal("2024-01-01")]}

    assert {"ann": pytest.approx(2 / 3)} == cells(kpicore_sales, "sales.win_rate", rows)


def test_nothing_closed_is_no_rate(cells: Callable[..., dict[str, Any]]) -> None:
    """Without closed deals there is no rate, and a rate of nothing won is 0."""
    rows = {
        "employee": [{"employee_id": "ann"}, {"employee_id": "ben"}],
        "opportunity": [deal("2024-01-01"), deal("2024-01-01", "2024-01-02")],
    }

    assert {"ann": [0.0, "no_data"], "ben": ["no_data"] * 2} == cells(kpicore_sales, "sales.win_rate", rows, "2024", each="half")


COHORT = [
    deal("2024-01-01", "2024-01-11", won=True),
    deal("2024-01-01", "2024-01-12", won=True),
    deal("2024-01-01", "2024-01-05"),
    deal("2024-01-01"),
    deal("2024-01-20", "2024-01-21", won=True),
]


def test_cohort_within_a_window(cells: Callable[..., dict[str, Any]]) -> None:
    """Of four deals that are 10 days old one was won within 10 days; the fifth is too young to count, though it is won."""
    given = {"sales.win_rate_created": {"within_days": 10}}

    found = cells(kpicore_sales, "sales.win_rate_created", {"opportunity": COHORT}, as_of=datetime(2024, 1, 25), parameters=given)

    assert {"ann": 0.25} == found


def test_immature_cohort_has_no_data(cells: Callable[..., dict[str, Any]]) -> None:
    """A cohort of which nothing is of age has no rate, not one that looks bad."""
    found = cells(kpicore_sales, "sales.win_rate_created", {"opportunity": COHORT}, as_of=datetime(2024, 3, 1))

    assert {"ann": "no_data"} == found


def test_cohort_to_date(cells: Callable[..., dict[str, Any]]) -> None:
    """Without a window every deal counts: three won of five."""
    assert {"ann": 0.6} == cells(kpicore_sales, "sales.win_rate_created_to_date", {"opportunity": COHORT})


@pytest.mark.parametrize("within", [0, -1, True, "90", 1e9])
def test_window_must_be_a_number_of_days(within: object) -> None:
    """A window that is no number of days is refused with the table and the key."""
    with pytest.raises(ConfigError, match=r'within_days must be a number above 0 .* in \[parameters."sales.win_rate_created"\]'):
        kpicore_sales.kpicore_metrics({"sales.win_rate_created": {"within_days": within}})


def test_metric_states_its_window() -> None:
    """What the metric was built with stands in the metric."""
    assert {"within_days": 30} == win_rate_created(30).parameters


def test_key_accounts(cells: Callable[..., dict[str, Any]]) -> None:
    """One of two key deals was won; large customers count where the project says so."""
    rows = {
        "customer": [{"customer_id": "c1", "size": "key"}, {"customer_id": "c2", "size": "large"}, {"customer_id": "c3", "size": None}],
        "opportunity": [
            deal("2024-01-01", "2024-02-01", won=True, customer_id="c1"),
            deal("2024-01-01", "2024-02-01", customer_id="c1"),
            *(deal("2024-01-01", "2024-02-01", customer_id="c2") for _ in range(2)),
            deal("2024-01-01", "2024-02-01", won=True, customer_id="c3"),
        ],
    }

    def rate(*sizes: str) -> dict[str, Any]:
        return cells(kpicore_sales, "sales.key_account_win_rate", rows, parameters={"sales.key_account_win_rate": {"sizes": list(sizes)}})

    assert {"ann": 0.5} == cells(kpicore_sales, "sales.key_account_win_rate", rows)
    assert {"ann": 0.25} == rate("key", "large")
