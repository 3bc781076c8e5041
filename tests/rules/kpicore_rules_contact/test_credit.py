"""Which contacts earn credit: cases written by hand, and any stream against a slow count."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kpicore_rules_contact
from kpicore.model.cells import State

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

DAY = datetime(2024, 5, 6)


def contact(direction: str, hours: float, who: str | None = "ann", customer: str | None = "c", **more: object) -> dict[str, Any]:
    """Return a contact so many hours after midnight of Monday 6 May 2024: outbound e-mails are typed, what comes in is captured."""
    usual = {"channel": "email", "is_captured": direction == "in", "is_connected": None, "duration_s": None, "lead_id": None}
    at = {"started_at": DAY + timedelta(hours=hours), "employee_id": who, "customer_id": customer, "direction": direction}
    return {**usual, "is_bulk": None, "is_automatic": None, **at, **more}


def call(hours: float, seconds: float | None = 60, **more: object) -> dict[str, Any]:
    """Return an outbound call that the customer picked up and telephony recorded."""
    usual = {"channel": "call", "is_captured": True, "is_connected": True, "duration_s": seconds}
    return {**contact("out", hours), **usual, **more}


CASES = {
    "a reply within 72 hours": ([contact("out", 9), contact("in", 81)], {"effective": 1}),
    "a reply after 72 hours": ([contact("out", 9), contact("in", 81.01)], {"no_customer_act": 1}),
    "no reply": ([contact("out", 9)], {"no_customer_act": 1}),
    "a reply of somebody else": ([contact("out", 9), contact("in", 10, customer="d")], {"no_customer_act": 1}),
    "a reply before the contact": ([contact("in", 8), contact("out", 9)], {"no_customer_act": 1}),
    "a typed reply": ([contact("out", 9), contact("in", 10, is_captured=False)], {"no_customer_act": 1}),
    "a reply of unknown origin": ([contact("out", 9), contact("in", 10, is_captured=None)], {"no_customer_act": 1}),
    "an out-of-office reply": ([contact("out", 9), contact("in", 10, is_automatic=True)], {"no_customer_act": 1}),
    "one reply to two contacts": ([contact("out", 9), contact("out", 33), contact("in", 34)], {"effective": 1, "no_customer_act": 1}),
    "two replies to two contacts": ([contact("out", 9), contact("in", 10), contact("out", 33), contact("in", 34)], {"effective": 2}),
    "two replies to one contact": ([contact("out", 9), contact("in", 10), contact("in", 11)], {"effective": 1}),
    "a chat of one day": ([contact("out", 9), contact("in", 10), contact("out", 11), contact("in", 12)], {"effective": 1, "repeat": 1}),
    "a mailing between contact and reply": (
        [contact("out", 9), contact("out", 10, is_bulk=True), contact("in", 11)],
        {"effective": 1, "mass": 1},
    ),
    "a reply to a mailing": ([contact("out", 10, is_automatic=True), contact("in", 11)], {"mass": 1}),
    "a call": ([call(9)], {"effective": 1}),
    "five calls a day": ([call(9 + at) for at in range(5)], {"effective": 1, "repeat": 4}),
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
}


@pytest.mark.parametrize("case", CASES)
def test_what_earns_credit(outcome: Callable[..., Any], case: str) -> None:
    """Each case gives the effective contacts and the reasons of the others, and their sum is the raw number."""
    rows, expected = CASES[case]
    complete = [{"deleted_at": None, **row} for row in rows]

    result, credit = outcome(kpicore_rules_contact, {"contact": complete}, "2024-05")

    raw = float(sum(expected.values()))
    assert {"raw": raw, "effective": 0.0, **expected} == credit["ann"]
    assert raw == result.matrix.cell("contact.volume").value[0, 0]


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


def test_rate_leaves_mailings_and_repeats_out(outcome: Callable[..., Any]) -> None:
    """One effective and one unanswered contact make a half, whatever was mailed and repeated."""
    rows = [call(9), call(10), contact("out", 11, is_bulk=True), contact("out", 12, customer="d")]

    result, _ = outcome(kpicore_rules_contact, {"contact": rows}, "2024-05")

    cells = result.matrix.cell("contact.effective_rate")
    assert (0.5, 2.0) == (cells.value[0, 0], cells.n[0, 0])


def test_source_without_capture_cannot_be_tested(outcome: Callable[..., Any]) -> None:
    """Where no system says what it recorded, neither the rate nor the rule gives a number; the volume does."""
    rows = [{name: value for name, value in contact("out", 9).items() if name != "is_captured"}]

    result, credit = outcome(kpicore_rules_contact, {"contact": rows}, "2024-05")

    assert {"ann": {}} == credit
    assert State.NOT_TESTABLE == result.matrix.cell("contact.effective_rate").state[0, 0]
    assert 1.0 == result.matrix.cell("contact.volume").value[0, 0]


STREAMS = st.lists(
    st.builds(
        lambda hours, direction, who, customer, is_captured, is_bulk, channel, is_connected: contact(
            direction, hours, who, customer, is_captured=is_captured, is_bulk=is_bulk, channel=channel, is_connected=is_connected
        ),
        st.integers(-80, 250),
        st.sampled_from(["out", "out", "in"]),
        st.sampled_from(["ann", "ben"]),
        st.sampled_from(["c", "d", None]),
        st.sampled_from([True, True, False, None]),
        st.sampled_from([None, None, False, True]),
        st.sampled_from(["call", "email"]),
        st.booleans(),
    ),
    max_size=30,
)


def slow_count(rows: list[dict[str, Any]]) -> dict[str, Counter[str]]:
    """Count outbound contacts of 6 to 12 May by person and fate, one act after the other."""
    stream = sorted(
        ({**row, "contact_id": f"contact-{at}"} for at, row in enumerate(rows, 1)), key=lambda row: (row["started_at"], row["contact_id"])
    )
    made = [row for row in stream if row["direction"] == "out" and not row["is_bulk"] and row["customer_id"]]
    answered = {row["contact_id"] for row in made if row["channel"] == "call" and row["is_captured"] and row["is_connected"]}
    for act in (row for row in stream if row["direction"] == "in" and row["is_captured"] and row["customer_id"]):
        before = stream[: stream.index(act)]
        theirs = [row for row in before if row["customer_id"] == act["customer_id"]]
        earlier = [row for row in theirs if row in made or (row["direction"] == "in" and row["is_captured"])]
        if earlier and earlier[-1] in made and act["started_at"] - earlier[-1]["started_at"] <= timedelta(hours=72):
            answered.add(earlier[-1]["contact_id"])
    seen: set[tuple[Any, ...]] = set()
    fates: dict[str, Counter[str]] = {"ann": Counter(), "ben": Counter()}
    for row in (row for row in stream if row["direction"] == "out"):
        once = (row["employee_id"], row["customer_id"], row["started_at"].date())
        fate = (
            "mass"
            if row["is_bulk"]
            else "no_customer_act"
            if row["contact_id"] not in answered
            else "repeat"
            if once in seen
            else "effective"
        )
        seen |= {once} if fate == "effective" else set()
        if DAY <= row["started_at"] < DAY + timedelta(days=7):
            fates[row["employee_id"]][fate] += 1
    return fates


@settings(max_examples=12)
@given(rows=STREAMS)
def test_any_stream_agrees_with_a_slow_count(outcome: Callable[..., Any], rows: list[dict[str, Any]]) -> None:
    """Whatever the stream, effective contacts and reasons are those of going through the acts one by one, and they add up."""
    people = [{"employee_id": "ann"}, {"employee_id": "ben"}]

    result, credit = outcome(kpicore_rules_contact, {"employee": people, "contact": rows}, "2024-05-06/2024-05-13")

    for at, (who, fates) in enumerate(sorted(slow_count(rows).items())):
        assert {"raw": fates.total(), "effective": 0, **fates} == credit[who]
        possible = fates["effective"] + fates["no_customer_act"]
        rate = fates["effective"] / possible if possible else None
        assert [rate] == [value if state == State.VALUE else None for value, state in [_cell(result, at)]]


def _cell(result: Any, at: int) -> tuple[float, int]:
    cells = result.matrix.cell("contact.effective_rate")
    return float(cells.value[at, 0]), int(cells.state[at, 0])
