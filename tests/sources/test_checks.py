"""Rows that contradict themselves: time running backwards, negative spans, shares that do not add up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kpicore import facts
from kpicore.sources.checks import CHECKS, MAIN_TIMES
from kpicore.sources.shaping import key_of

if TYPE_CHECKING:
    from tests.sources.conftest import Bench

CASES = [
    ("opportunity", "created_at,closed_at", "2024-01-02,2024-01-01", "closed before created"),
    ("ticket", "opened_at,resolved_at", "2024-01-02,2024-01-01", "resolved before opened"),
    ("ticket", "opened_at,first_response_at", "2024-01-02,2024-01-01", "answered before opened"),
    ("customer", "started_at,ended_at", "2024-01-02,2024-01-01", "ended before started"),
    ("assignment", "valid_from,valid_to", "2024-01-02,2024-01-02", "valid_to is not after valid_from"),
    ("contact", "duration_s", "-1", "duration_s is negative"),
    ("absence", "share", "0", "share is not above 0 and at most 1"),
    ("absence", "share", "1.01", "share is not above 0 and at most 1"),
    ("fx_rate", "rate", "0", "rate is not above 0"),
]
GOOD = [
    ("opportunity", "created_at,closed_at", "2024-01-02,2024-01-02"),
    ("opportunity", "created_at,closed_at", ",2024-01-02"),
    ("contact", "duration_s", "0"),
    ("absence", "share", "1"),
]


def load_row(bench: Bench, fact: str, columns: str, row: str) -> dict[str, int]:
    """Load one row and return the reasons for which it was set aside."""
    key = key_of(facts.metadata.tables[fact])
    bench.write("data.csv", f"{key},{columns}\nK,{row}\n")
    mapped = "".join(f'{column} = "{column}"\n' for column in [key, *columns.split(",")])
    return bench.load(f'[[table]]\nfact = "{fact}"\nfrom = "data.csv"\n[table.columns]\n{mapped}').tables[0].rejected


@pytest.mark.parametrize(("fact", "columns", "row", "reason"), CASES)
def test_contradictions_are_set_aside(bench: Bench, fact: str, columns: str, row: str, reason: str) -> None:
    """Each check fires with its reason, and the row is found under its key."""
    assert {reason: 1} == load_row(bench, fact, columns, row)
    assert ["K"] == [key for key, *_ in bench.rejects()]


@pytest.mark.parametrize(("fact", "columns", "row"), GOOD)
def test_what_is_possible_is_loaded(bench: Bench, fact: str, columns: str, row: str) -> None:
    """The limits themselves and unknown times are fine."""
    assert {} == load_row(bench, fact, columns, row)


def test_resolved_before_first_response_is_only_noted(bench: Bench) -> None:
    """Real service data has tickets that were resolved before anybody answered."""
    rejected = load_row(bench, "ticket", "first_response_at,resolved_at", "2024-01-02,2024-01-01")

    assert {} == rejected
    assert [("out of order", 1, "resolved before first response")] == bench.query("SELECT kind, rows, sample FROM kpicore_note")


def test_shares_must_sum_to_one_per_record(bench: Bench) -> None:
    """All shares of a record that does not add up are set aside; three thirds add up."""
    rows = ["1,D1,0.333333", "2,D1,0.333333", "3,D1,0.333333", "4,D2,0.5", "5,D2,0.4"]
    bench.write("data.csv", "\n".join(["id,deal,share", *rows, ""]))
    columns = 'split_id = "id"\nrecord_table = { constant = "opportunity" }\nrecord_id = "deal"\nshare = "share"\n'

    report = bench.load(f'[[table]]\nfact = "credit_split"\nfrom = "data.csv"\n[table.columns]\n{columns}')

    assert {"the shares of the record do not sum to 1": 2} == report.tables[0].rejected
    assert [("4", "share", "0.900000", 5), ("5", "share", "0.900000", 6)] == bench.rejects()


def test_declared_columns_exist() -> None:
    """Checks and main times speak of canonical columns."""
    spoken = {(check.fact, column) for check in CHECKS for column in check.columns()}
    spoken |= {(fact, column) for fact, columns in MAIN_TIMES.items() for column in columns}

    assert set() == {(fact, column) for fact, column in spoken if column not in facts.metadata.tables[fact].c}
