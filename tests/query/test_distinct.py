"""Distinct counts outside the engine are exact, or left to the engine."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from generated import PEOPLE, Contacts, contacts, forms, values
from hypothesis import given
from hypothesis import strategies as st

from kpicore import Count, count, distinct, facts
from kpicore.query import distinct as packing
from kpicore.query.distinct import Code, Packing, count_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

contact = facts.contact.c
FIELDS: dict[str, Any] = {"title": {"en": "t"}, "definition": "d", "subject": contact.employee_id, "at": contact.started_at}
DEALS = (None, -(2**40), -3, -1, 0, 1, 2, 2**40)
ALL = Count(name="t.all", of=distinct(contact.opportunity_id), **FIELDS)
CALLS = Count(name="t.calls", of=distinct(contact.opportunity_id, contact.channel == "call"), **FIELDS)
TAKEN = Count(name="t.taken", of=distinct(contact.opportunity_id, contact.is_connected), **FIELDS)
ROWS = Count(name="t.rows", of=count(contact.contact_id), **FIELDS)


def expected(made: Contacts, holds: Callable[[tuple[Any, ...]], bool]) -> np.ndarray:
    """Count by sets, in the order of the subjects' texts; no data where a person has no contact in the month."""
    months = [(2024, 12), (2025, 1), (2025, 2)]
    found = np.full((len(PEOPLE), 3), math.nan)
    for at, person in enumerate(sorted(PEOPLE, key=str)):
        for column, month in enumerate(months):
            mine = [row for row in made.rows if row[0] == person and (row[5].year, row[5].month) == month]
            if mine:
                found[at, column] = len({row[1] for row in mine if holds(row)} - {None})
    return found


def check(made: Contacts) -> None:
    """Compare all three counts with sets."""
    got = values(made.connection, [ALL, CALLS, TAKEN])

    np.testing.assert_array_equal(expected(made, lambda row: True), got["t.all"])
    np.testing.assert_array_equal(expected(made, lambda row: row[2] == "call"), got["t.calls"])
    np.testing.assert_array_equal(expected(made, lambda row: row[4] is True), got["t.taken"])


def test_whole_numbers_are_counted_on_keys() -> None:
    """Negative ids, nulls and filters give what sets give."""
    made = contacts(400, DEALS)

    assert ["keys"] == forms(made.connection, [ALL, CALLS, TAKEN])
    check(made)


def test_enum_ids_are_counted_on_keys() -> None:
    """An ENUM is counted by its codes, and its names come back."""
    known = [each for each in DEALS if each is not None]
    people, deals = (", ".join(f"'{each}'" for each in ids) for ids in (sorted(PEOPLE, key=str), known))
    made = contacts(400, DEALS, kinds={"employee_id": f"ENUM({people})", "opportunity_id": f"ENUM({deals})"})

    assert ["keys"] == forms(made.connection, [ALL, CALLS, TAKEN])
    check(made)


def test_texts_are_counted_in_the_engine() -> None:
    """Ids that are texts stay where they are."""
    made = contacts(400, DEALS, kinds={"opportunity_id": "VARCHAR"})

    assert ["direct"] == forms(made.connection, [ALL, CALLS, TAKEN])
    check(made)


def test_wide_ids_are_counted_in_the_engine() -> None:
    """Ids that would need a key of more than 63 bits stay where they are."""
    made = contacts(400, (None, -(2**62), -1, 0, 2**62))

    assert ["direct"] == forms(made.connection, [ALL, CALLS, TAKEN])
    check(made)


def test_the_widest_key_is_exact() -> None:
    """A key of exactly 63 bits is still used: 10 for people from -7 to 1000, 2 for months, 2 for filters, 49 for deals."""
    made = contacts(400, (None, 0, 1, 2**48, 2**49 - 2))

    assert ["keys"] == forms(made.connection, [ALL, CALLS, TAKEN])
    check(made)


def test_one_more_bit_is_too_many() -> None:
    """One value more than fits, and the engine counts."""
    made = contacts(400, (None, 0, 1, 2**48, 2**49 - 1))

    assert ["direct"] == forms(made.connection, [ALL, CALLS, TAKEN])
    check(made)


def test_ranges_of_subjects_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fact too large for one sort is counted range by range."""
    monkeypatch.setattr(packing, "ROWS_AT_ONCE", 7)

    check(contacts(400, DEALS))


def test_company_leaves_out_rows_that_do_not_count() -> None:
    """With another measure of the same rows the counts, and who was active, stay the same."""
    made = contacts(60, DEALS)

    assert ["direct", "keys"] == forms(made.connection, [CALLS, ROWS])
    np.testing.assert_array_equal(expected(made, lambda row: row[2] == "call"), values(made.connection, [CALLS, ROWS])["t.calls"])


def test_nothing_to_count() -> None:
    """Without a single value there is no key to make, and the count is 0 for who was active."""
    made = contacts(60, (None,))

    check(made)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(0, 6), st.integers(0, 3))))
def test_counting_keys_equals_sets(rows: list[tuple[int, int, int, int]]) -> None:
    """Sorting and comparing neighbours counts what sets count, for every filter."""
    keys = np.array([(((who << 1) + month) << 3) + value << 2 | bits for who, month, value, bits in rows], dtype=np.int64)
    subject = Code(contact.employee_id, 4)

    groups, counts = count_keys(keys, Packing(subject, 0, 1, 3, (None, 0, 1), 2, 1))

    assert sorted({(who << 1) + month for who, month, _, _ in rows}) == groups.tolist()
    for mask, found in zip((0, 1, 2), counts, strict=True):
        sets = [
            {value for who, month, value, bits in rows if value and bits & mask == mask and (who << 1) + month == group} for group in groups
        ]
        assert [len(each) for each in sets] == found.tolist()
