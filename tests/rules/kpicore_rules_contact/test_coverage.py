"""The portfolio is that of the period's first moment, and a customer is covered by a contact that he answered."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from contacts import DAY, call, contact

import kpicore_rules_contact
from kpicore.testing import check_plugin, facts_from, measure

if TYPE_CHECKING:
    from collections.abc import Sequence

COVERAGE = check_plugin(kpicore_rules_contact).metrics["contact.coverage"]
BEFORE = DAY - timedelta(days=100)


def customer(key: str, owner: str, **more: object) -> dict[str, Any]:
    """Return a customer of long standing and who looks after it today."""
    usual = {"created_at": BEFORE, "started_at": None, "ended_at": None, "deleted_at": None, "merged_into": None, "is_test": None}
    return {"customer_id": key, "owner_id": owner, **usual, **more}


def covered(customers: Sequence[dict[str, Any]], contacts: Sequence[dict[str, Any]], **more: Any) -> dict[str, float | str]:
    """Return the coverage of the week from Monday 6 May 2024."""
    people = [{"employee_id": "ann"}, {"employee_id": "ben"}]
    engine = facts_from({"employee": people, "customer": customers, "contact": contacts, **more})
    found = measure(COVERAGE, engine, "2024-05-06/2024-05-13")
    engine.dispose()
    return found


def test_share_of_the_portfolio() -> None:
    """Of ann's four customers one answered and one was called twice; an e-mail in vain and a reply to nothing cover nobody."""
    customers = [customer(each, "ann") for each in "abcd"]
    contacts = [contact("out", 9, customer="a"), contact("in", 10, customer="a"), *(call(at, customer_id="b") for at in (9, 10))]

    found = covered(customers, [*contacts, contact("out", 9, customer="c"), contact("in", 9, customer="d")])

    assert {"ann": 0.5, "ben": "no_data"} == found


def test_whoever_makes_the_contact_covers_the_customer() -> None:
    """Ben covers ann's customer while she is away."""
    found = covered([customer("a", "ann"), customer("b", "ben")], [call(9, customer_id="a", employee_id="ben")])

    assert {"ann": 1.0, "ben": 0.0} == found


def test_the_portfolio_is_that_of_the_start() -> None:
    """A customer handed over on Wednesday stays ann's; one that came on Tuesday is nobody's yet; one lost on Friday still counts."""
    wednesday = DAY + timedelta(days=2)
    spans = [
        {"customer_id": "moved", "employee_id": "ann", "valid_from": None, "valid_to": wednesday},
        {"customer_id": "moved", "employee_id": "ben", "valid_from": wednesday, "valid_to": None},
    ]
    customers = [
        customer("moved", "ben"),
        customer("new", "ann", created_at=DAY + timedelta(days=1)),
        customer("left", "ann", ended_at=DAY + timedelta(days=4)),
        customer("gone", "ann", ended_at=DAY - timedelta(days=4)),
    ]
    calls = [call(24 * 3 + 9, customer_id=each) for each in ("moved", "new", "gone")]

    assert {"ann": 0.5, "ben": "no_data"} == covered(customers, calls, customer_owner=spans)


def test_one_text_to_everybody_covers_nobody() -> None:
    """Both customers reply to the same text; only the one who got a letter of his own is covered."""
    customers = [customer(each, "ann") for each in "abc"]
    sent = [contact("out", 9, customer=each, text_hash="x" if each != "c" else "y") for each in "abc"]

    assert pytest.approx(1 / 3) == covered(customers, [*sent, *(contact("in", 10, customer=each) for each in "abc")])["ann"]


def test_deleted_and_merged_customers_are_in_neither_part() -> None:
    """Contacts with them do not make more than the whole."""
    customers = [customer("a", "ann"), customer("b", "ann", merged_into="a"), customer("c", "ann", deleted_at=DAY)]

    assert 1.0 == covered(customers, [call(9 + at, customer_id=each) for at, each in enumerate("abc")])["ann"]
