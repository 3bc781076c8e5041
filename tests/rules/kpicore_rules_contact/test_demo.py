"""The credit of a whole generated organisation, on every engine, is that of going through its contacts one by one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from contacts import fates, totals

import kpicore_rules_contact
from kpicore.model.period import Calendar, parse, split
from kpicore.query.credit import ledger
from kpicore.query.database import open_facts
from kpicore.query.run import Request, measure
from kpicore.testing import check_plugin, facts_from
from kpicore.worlds import World, generate

if TYPE_CHECKING:
    from sqlalchemy import Engine

CHINA = timedelta(hours=8)
TABLES = ("employee", "assignment", "customer", "customer_owner", "contact")


@pytest.fixture(scope="module")
def world() -> World:
    """A small organisation of one year."""
    return generate(seed=3, people=18, years=1, scale=0.3)


def slow_credit(world: World, month: int) -> dict[str, dict[str, float]]:
    """Return per person the raw contacts of a month of 2024, their credit, and what each reason took off."""
    contacts = [row for row in world.tables["contact"].to_pylist() if row["deleted_at"] is None and row["merged_into"] is None]
    merged = {row["customer_id"]: row["merged_into"] for row in world.tables["customer"].to_pylist() if row["merged_into"]}
    start, end = datetime(2024, month, 1), datetime(2024, month + 1, 1)
    return totals(contacts, fates(contacts, merged, 8), start - CHINA, end - CHINA)


def slow_coverage(world: World, month: int) -> dict[str, tuple[int, int]]:
    """Return per person how many customers of the month's first moment are covered, and how many there are."""
    start, end = datetime(2024, month, 1) - CHINA, datetime(2024, month + 1, 1) - CHINA
    contacts = world.tables["contact"].to_pylist()
    earned = fates(contacts, {}, 8)
    full = [row for row in contacts if start <= row["started_at"] < end and earned.get(row["contact_id"], ("mass", 0))[0] in ("", "repeat")]
    covered = {row["customer_id"] for row in full}
    found: dict[str, list[int]] = {}
    for each in world.tables["customer"].to_pylist():
        began = each["created_at"] or each["started_at"]
        if began < start and not (each["ended_at"] and each["ended_at"] < start) and each["merged_into"] is None and not each["is_test"]:
            counts = found.setdefault(_owner(world, each, start), [0, 0])
            counts[0] += each["customer_id"] in covered
            counts[1] += 1
    return {who: (some, every) for who, (some, every) in found.items()}


def _owner(world: World, customer: dict[str, Any], moment: datetime) -> str:
    spans = [row for row in world.tables["customer_owner"].to_pylist() if row["customer_id"] == customer["customer_id"]]
    begun = [row for row in spans if (row["valid_from"] or moment) <= moment]
    then = [row["employee_id"] for row in begun if row["valid_to"] is None or row["valid_to"] > moment]
    return str(then[0] if then else customer["owner_id"])


def test_every_engine_equals_the_slow_count(empty_database: Engine, world: World) -> None:
    """Raw rows, credit, reasons, effective rate and coverage of each person in each month of a quarter."""
    offered = check_plugin(kpicore_rules_contact)
    book, rows = ledger(offered.rules["contact"]), {name: _filled(world, name) for name in TABLES}
    engine = facts_from(rows, empty_database.url.render_as_string(hide_password=False))
    calendar = Calendar("Asia/Shanghai")
    months = tuple(split(parse("2024-Q2", calendar), "month", calendar))
    with open_facts(engine) as database:
        found = measure(database, Request(offered.metrics, tuple(offered.metrics), months, calendar, extra=book.measures))
    engine.dispose()

    who, arrays, matrix = found.matrix.subjects, found.measured.arrays, found.matrix
    rate, coverage = matrix.cell("contact.effective_rate"), matrix.cell("contact.coverage")
    for at, month in enumerate((4, 5, 6)):
        credit, portfolio = slow_credit(world, month), slow_coverage(world, month)
        for row, person in enumerate(who):
            told = {"raw": 0.0, "effective": 0.0, **credit.get(person, {})}
            lost = {code: told.get(code, 0.0) for code in book.struck}
            assert told["raw"] == arrays[book.raw.key][row, at]
            assert lost == pytest.approx({code: arrays[part.key][row, at] for code, part in book.struck.items()})
            assert told["effective"] == pytest.approx(np.nan_to_num(matrix.cell("contact.volume").value[row, at]))
            assert rate.n[row, at] == pytest.approx(told["effective"] + lost["no_customer_act"])
            some, every = portfolio.get(person, (0, 0))
            assert coverage.n[row, at] == every
            assert not every or coverage.value[row, at] == pytest.approx(some / every)


def _filled(world: World, name: str) -> list[dict[str, Any]]:
    table = world.tables[name]
    kept = [column for column in table.column_names if table[column].null_count < table.num_rows]
    return list(table.select(kept).to_pylist())
