"""Which contacts earn credit, and how much: cases written by hand, and any stream against a slow count."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from contacts import DAY, call, contact, fates, numbered, totals
from hypothesis import given, settings
from hypothesis import strategies as st

import kpicore_rules_contact
from kpicore.model.cells import State

if TYPE_CHECKING:
    from collections.abc import Callable

CASES: dict[str, tuple[list[dict[str, Any]], dict[str, float]]] = {
    "a reply within 72 hours": ([contact("out", 9), contact("in", 81)], {"effective": 1}),
    "a reply after 72 hours": ([contact("out", 9), contact("in", 81.01)], {"no_customer_act": 1}),
    "no reply": ([contact("out", 9)], {"no_customer_act": 1}),
    "a reply of somebody else": ([contact("out", 9), contact("in", 10, customer="d")], {"no_customer_act": 1}),
    "a reply before the contact": ([contact("in", 8), contact("out", 9)], {"no_customer_act": 1}),
    "a typed reply": ([contact("out", 9), contact("in", 10, is_captured=False)], {"no_customer_act": 1}),
    "a reply of unknown origin": ([contact("out", 9), contact("in", 10, is_captured=None)], {"no_customer_act": 1}),
    "an out-of-office reply": ([contact("out", 9), contact("in", 10, is_automatic=True)], {"no_customer_act": 1}),
    "a payment": ([contact("out", 9), contact("in", 10, channel="payment")], {"effective": 1}),
    "a visit to the portal": ([contact("out", 9), contact("in", 10, channel="portal")], {"effective": 1}),
    "one reply to two contacts": ([contact("out", 9), contact("out", 33), contact("in", 34)], {"effective": 1, "no_customer_act": 1}),
    "two replies to two contacts": ([contact("out", 9), contact("in", 10), contact("out", 33), contact("in", 34)], {"effective": 2}),
    "two replies to one contact": ([contact("out", 9), contact("in", 10), contact("in", 11)], {"effective": 1}),
    "a chat of one day": ([contact("out", 9), contact("in", 10), contact("out", 11), contact("in", 12)], {"effective": 1.5, "repeat": 0.5}),
    "a mailing between contact and reply": (
        [contact("out", 9), contact("out", 10, is_bulk=True), contact("in", 11)],
        {"effective": 1, "mass": 1},
    ),
    "a reply to a mailing": ([contact("out", 10, is_automatic=True), contact("in", 11)], {"mass": 1}),
    "a call": ([call(9)], {"effective": 1}),
    "five calls a day": ([call(9 + at) for at in range(5)], {"effective": 1.9375, "repeat": 3.0625}),
    "nine calls a day": ([call(9 + at) for at in range(9)], {"effective": 1.9921875, "repeat": 7.0078125}),
    "calls on two days": ([call(9), call(33)], {"effective": 2}),
    "a call at last": ([call(9, is_connected=False), call(10, is_connected=False), call(11)], {"effective": 1, "no_customer_act": 2}),
    "a call of nine seconds": ([call(9, 9)], {"no_customer_act": 1}),
    "a call of ten seconds": ([call(9, 10)], {"effective": 1}),
    "a call of unknown length": ([call(9, None)], {"effective": 1}),
    "a typed call": ([call(9, is_captured=False)], {"no_customer_act": 1}),
    "an opened e-mail": ([contact("out", 9, is_captured=True, is_connected=True)], {"no_customer_act": 1}),
    "a meeting": ([contact("out", 9, channel="meeting", is_captured=True, is_connected=True, duration_s=1)], {"effective": 1}),
    "a reply and then a call": ([contact("out", 9), call(10), contact("in", 11)], {"effective": 1, "no_customer_act": 1}),
    "a call and then a reply": ([call(9), contact("in", 34)], {"effective": 1}),
    "nobody known": ([contact("out", 9, customer=None), contact("in", 10, customer=None)], {"no_customer_act": 1}),
    "a lead": ([contact("out", 9, customer=None, lead_id="c"), contact("in", 10, customer=None, lead_id="c")], {"effective": 1}),
    "a lead of the customer's key": ([contact("out", 9), contact("in", 10, customer=None, lead_id="c")], {"no_customer_act": 1}),
    "a deleted reply": ([contact("out", 9), contact("in", 10, deleted_at=DAY)], {"no_customer_act": 1}),
    "written up before the reply": ([contact("out", 9, recorded_at=DAY + timedelta(hours=10)), contact("in", 10)], {"effective": 1}),
    "written up after the reply": ([contact("out", 9, recorded_at=DAY + timedelta(hours=11)), contact("in", 10)], {"no_customer_act": 1}),
    "captured, and on record after the reply": (
        [contact("out", 9, is_captured=True, recorded_at=DAY + timedelta(hours=11)), contact("in", 10)],
        {"effective": 1},
    ),
    "a contact made up behind a true one": (
        [contact("out", 9), contact("out", 9.5, recorded_at=DAY + timedelta(hours=20)), contact("in", 10)],
        {"effective": 1, "no_customer_act": 1},
    ),
    "one text to two customers": (
        [
            contact("out", 9, text_hash="x"),
            contact("out", 9, customer="d", text_hash="x"),
            contact("in", 10),
            contact("in", 10, customer="d"),
        ],
        {"effective": 1, "copy": 1},
    ),
    "one text to four customers, one of whom replies": (
        [*(contact("out", 9, customer=each, text_hash="x") for each in "cdef"), contact("in", 10)],
        {"effective": 0.25, "copy": 0.75, "no_customer_act": 3},
    ),
    "one text on two days": (
        [contact("out", 9, text_hash="x"), contact("in", 10), contact("out", 33, text_hash="x"), contact("in", 34)],
        {"effective": 2},
    ),
    "one note about two calls": ([call(9, text_hash="x"), call(9, customer_id="d", text_hash="x")], {"effective": 2}),
    "one text to two customers, twice": (
        [
            *(contact("out", at, customer=each, text_hash="x") for at in (9, 11) for each in "cd"),
            *(contact("in", at, customer=each) for at in (10, 12) for each in "cd"),
        ],
        {"effective": 0.75, "copy": 1.5, "repeat": 1.75},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_earns_credit(outcome: Callable[..., Any], case: str) -> None:
    """Each case gives the credit and what each reason takes off, their sum is the raw number, and the slow count agrees."""
    rows, expected = CASES[case]

    result, credit = outcome(kpicore_rules_contact, {"contact": rows}, "2024-05")

    told = {"raw": float(sum(expected.values())), "effective": 0.0, **expected}
    assert told == credit["ann"]
    assert told["effective"] == result.matrix.cell("contact.volume").value[0, 0]
    kept = [row for row in numbered(rows) if row["deleted_at"] is None]
    assert {key: each for key, each in told.items() if each} == {
        key: each for key, each in totals(kept, fates(kept), DAY, DAY + timedelta(days=20))["ann"].items() if each
    }


def test_credit_goes_to_whoever_came_last(outcome: Callable[..., Any]) -> None:
    """The customer's act credits the latest contact, whoever made it; a colleague's answered contact is no repeat."""
    first, second = contact("out", 9), contact("out", 10, "ben")
    rows = [first, second, contact("in", 11), contact("out", 12), contact("in", 13)]

    _, credit = outcome(kpicore_rules_contact, {"contact": rows}, "2024-05")

    assert {"raw": 2.0, "effective": 1.0, "no_customer_act": 1.0} == credit["ann"]
    assert {"raw": 1.0, "effective": 1.0} == credit["ben"]


def test_replies_after_the_period_count(outcome: Callable[..., Any]) -> None:
    """A contact on the last evening is answered on the next morning; a reply to a contact before the period credits nobody in it."""
    rows = [contact("out", -1), contact("in", 1), contact("out", 23), contact("in", 30)]

    result, credit = outcome(kpicore_rules_contact, {"contact": rows}, "2024-05-06")

    assert {"raw": 1.0, "effective": 1.0} == credit["ann"]
    assert 1.0 == result.matrix.cell("contact.effective_rate").value[0, 0]
    assert 1.0 == result.matrix.cell("contact.volume").value[0, 0]


def test_duplicates_of_a_customer_are_one(outcome: Callable[..., Any]) -> None:
    """A reply under one record answers a contact under the other, and a second contact on the day is a repeat."""
    rows = [contact("out", 9, customer="old"), contact("in", 10), contact("out", 11), contact("in", 12, customer="old")]
    merged = [{"customer_id": "c", "merged_into": None}, {"customer_id": "old", "merged_into": "c"}]
    records = [{"customer_id": "c"}, {"customer_id": "old"}]
    matched = [{"customer_id": "old", "entity_id": "c"}]

    for known in ({"customer": merged}, {"customer": records, "customer_entity": matched}):
        _, credit = outcome(kpicore_rules_contact, {"contact": rows, **known}, "2024-05")
        assert {"raw": 2.0, "effective": 1.5, "repeat": 0.5} == credit["ann"]


def test_source_without_capture_cannot_be_tested(outcome: Callable[..., Any]) -> None:
    """Where no system says what it recorded, neither the metrics nor the rule give a number, and the missing column is named."""
    rows = [{name: value for name, value in contact("out", 9).items() if name != "is_captured"}]

    result, credit = outcome(kpicore_rules_contact, {"contact": rows}, "2024-05")

    assert {"ann": {}} == credit
    cells = [result.matrix.cell(f"contact.{name}") for name in ("volume", "effective_rate", "touches_per_response")]
    assert [(State.NOT_TESTABLE, "the source does not fill contact.is_captured")] * 3 == [(each.state[0, 0], each.why) for each in cells]


STREAMS = st.lists(
    st.builds(
        lambda hours, direction, who, customer, late, text, **more: contact(
            direction, hours, who, customer, recorded_at=DAY + timedelta(hours=hours + late) if late else None, text_hash=text, **more
        ),
        st.integers(-80, 250),
        st.sampled_from(["out", "out", "in"]),
        st.sampled_from(["ann", "ben"]),
        st.sampled_from(["c", "d", "e", None]),
        st.sampled_from([None, 0, 1, 30]),
        st.sampled_from([None, "x", "y"]),
        is_captured=st.sampled_from([True, True, False, None]),
        is_bulk=st.sampled_from([None, None, False, True]),
        channel=st.sampled_from(["call", "email"]),
        is_connected=st.booleans(),
    ),
    max_size=30,
)
MERGED = {"e": "d"}


@settings(max_examples=12)
@given(rows=STREAMS)
def test_any_stream_agrees_with_a_slow_count(outcome: Callable[..., Any], rows: list[dict[str, Any]]) -> None:
    """Whatever the stream, credit and reasons are those of going through the acts one by one, and so are the metrics."""
    people = [{"employee_id": "ann"}, {"employee_id": "ben"}]
    customers = [{"customer_id": each, "merged_into": MERGED.get(each)} for each in "cde"]

    result, credit = outcome(kpicore_rules_contact, {"employee": people, "customer": customers, "contact": rows}, "2024-05-06/2024-05-13")

    known = numbered(rows)
    expected = totals(known, fates(known, MERGED), DAY, DAY + timedelta(days=7))
    for who in ("ann", "ben"):
        told = {"raw": 0.0, "effective": 0.0, **expected.get(who, {})}
        assert {key: each for key, each in told.items() if each or key in ("raw", "effective")} == pytest.approx(credit[who])
        possible = told["effective"] + told.get("no_customer_act", 0)
        rate = told["effective"] / possible if possible else None
        assert _value(result, "contact.effective_rate", who) == (None if rate is None else pytest.approx(rate))


def _value(result: Any, metric: str, who: str) -> float | None:
    cells, at = result.matrix.cell(metric), result.matrix.subjects.index(who)
    return float(cells.value[at, 0]) if cells.state[at, 0] == State.VALUE else None
