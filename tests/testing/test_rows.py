"""`facts_from`: rows written by hand become canonical tables."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import select, text

from kpicore import facts
from kpicore.errors import ConfigError
from kpicore.testing import facts_from

URLS = ("duckdb:///:memory:", "sqlite://")


@pytest.mark.parametrize("url", URLS)
def test_rows_are_read_back_as_they_were_written(url: str) -> None:
    """Columns that no row mentions are null; keys that are left out are numbered."""
    sale = facts.sale.c
    engine = facts_from({"sale": [{"amount": 10.25, "signed_at": datetime(2024, 5, 1, 9)}, {"sale_id": "x", "amount": -3}]}, url)

    with engine.connect() as connection:
        rows = connection.execute(select(sale.sale_id, sale.amount, sale.signed_at, sale.currency).order_by(sale.sale_id)).all()

    assert [tuple(row) for row in rows] == [("sale-1", 10.25, datetime(2024, 5, 1, 9), None), ("x", -3.0, None, None)]
    engine.dispose()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2024-05-01T09:30", datetime(2024, 5, 1, 9, 30)),
        ("2024-05-01", datetime(2024, 5, 1)),
        (date(2024, 5, 1), datetime(2024, 5, 1)),
        (datetime(2024, 5, 1, 9, tzinfo=UTC), datetime(2024, 5, 1, 9)),
        (datetime(2024, 5, 1, 9, tzinfo=timezone(timedelta(hours=8))), datetime(2024, 5, 1, 1)),
        ("2024-05-01T09:00:00.000250+08:00", datetime(2024, 5, 1, 1, 0, 0, 250)),
    ],
)
def test_times_become_naive_utc(written: object, expected: datetime) -> None:
    """Text and datetimes are both fine, with or without a time zone."""
    engine = facts_from({"sale": [{"signed_at": written}]})

    with engine.connect() as connection:
        assert connection.execute(select(facts.sale.c.signed_at)).scalar_one() == expected


@pytest.mark.parametrize("written", ["2024-05-01", date(2024, 5, 1), datetime(2024, 5, 1, 9)])
def test_days_stay_days(written: object) -> None:
    """A column of days takes text, dates and datetimes."""
    engine = facts_from({"fx_rate": [{"valid_on": written}]})

    with engine.connect() as connection:
        assert connection.execute(select(facts.fx_rate.c.valid_on)).scalar_one() == date(2024, 5, 1)


def test_a_source_has_the_columns_that_rows_mention() -> None:
    """The bookkeeping is that of `kpicore load`: a column that is merely null is there, one that is not mentioned is not."""
    engine = facts_from({"survey": [{"score": 4, "employee_id": None}], "ticket": []})

    with engine.connect() as connection:
        rows = connection.execute(text("SELECT table_name, column_name, filled FROM kpicore_column WHERE is_mapped")).all()

    survey = {name: filled for table, name, filled in rows if table == "survey"}
    assert survey == {"survey_id": 0, "score": 1, "employee_id": 0}
    assert {name for table, name, _ in rows if table == "ticket"} == set(facts.ticket.c.keys())
    assert {table for table, _, _ in rows} == {"survey", "ticket"}


def test_two_databases_are_two() -> None:
    """What one test writes, the next does not see."""
    facts_from({"sale": [{"amount": 1}]})

    with facts_from({"sale": []}).connect() as connection:
        assert connection.execute(select(facts.sale.c.sale_id)).all() == []


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ({"sales": []}, "rows must be of a canonical table (got 'sales'); did you mean 'sale'?"),
        ({"sale": [{}, {"amout": 1}]}, "sale has no column 'amout' (in its row 2); did you mean 'amount'?"),
        ({"sale": [{"sale_id": "a"}, {"sale_id": "a"}]}, "the keys of sale must differ (got 'a' twice)"),
        ({"sale": [{"signed_at": "1 May 2024"}]}, "sale.signed_at must be a time like '2024-05-01T09:30' (got '1 May 2024')"),
        ({"sale": [{"signed_at": 20240501}]}, "sale.signed_at must be a datetime or ISO text (got 20240501)"),
    ],
)
def test_a_slip_is_told(rows: Any, says: str) -> None:
    """A misspelt column must not make an empty one."""
    with pytest.raises(ConfigError) as caught:
        facts_from(rows)

    assert str(caught.value) == says
