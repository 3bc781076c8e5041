"""Nobody gains by inventing contacts, splitting customers, or writing the same to everybody."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from contacts import DAY, call, contact

import kpicore_rules_contact
from kpicore.testing import check_plugin, facts_from, measure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

METRICS = check_plugin(kpicore_rules_contact).metrics
Row = dict[str, Any]
END = timedelta(days=25)


def honest(seed: int) -> list[Row]:
    """Return four weeks of ann and ben with thirty customers, who answer some of it, and begin now and then by themselves."""
    dice = Random(seed)  # noqa: S311  # a generated case, no secret
    rows: list[Row] = []
    for day in range(20):
        for _ in range(6):
            hour, key, who = day * 24 + dice.uniform(1, 9), f"c{dice.randrange(30)}", dice.choice(["ann", "ann", "ben"])
            entered = DAY + timedelta(hours=hour + dice.choice([0, 0, 0.2, 6]))
            about = {"text_hash": f"own {len(rows)}", "is_captured": dice.random() < 0.5, "recorded_at": entered}
            rows.append(contact("out", hour, who, key, **about))
            if dice.random() < 0.4:
                rows.append(contact("in", hour + dice.expovariate(1 / 20), who, key))
        rows += [contact("in", day * 24 + dice.uniform(1, 20), "ann", f"c{dice.randrange(30)}") for _ in range(2)]
        rows.append(call(day * 24 + dice.uniform(1, 9), customer_id=f"c{dice.randrange(30)}"))
    return rows


def credit(rows: Iterable[Row], entities: Sequence[Row] = (), metric: str = "contact.volume") -> dict[str, Any]:
    """Return what everybody's contacts of the four weeks earn."""
    people, customers = [{"employee_id": "ann"}, {"employee_id": "ben"}], [{"customer_id": row["customer_id"]} for row in entities]
    known = {"customer": customers, "customer_entity": entities} if entities else {}
    engine = facts_from({"employee": people, "contact": list(rows), **known})
    found = measure(METRICS[metric], engine, "2024-05")
    engine.dispose()
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_hundred_invented_contacts(seed: int) -> None:
    """Entered at the end of the month they claim no act that has already happened, and take none from ben; the rate falls."""
    dice, rows = Random(seed), honest(seed)  # noqa: S311  # as above
    invented = [
        contact("out", dice.uniform(0, 20 * 24), "ann", f"c{dice.randrange(30)}", recorded_at=DAY + END, text_hash=f"made up {at}")
        for at in range(200)
    ]
    claimed = [{**row, "is_connected": True, "channel": "meeting", "outcome": "reached"} for row in invented]

    before = credit(rows)

    assert before == credit([*rows, *invented]) == credit([*rows, *claimed])
    rate = "contact.effective_rate"
    assert credit([*rows, *invented], metric=rate)["ann"] < credit(rows, metric=rate)["ann"]


def test_contacts_invented_before_every_act() -> None:
    """Whoever sees a customer's message and then enters a contact just before it earns nothing."""
    rows = honest(4)
    acts = [row for row in rows if row["direction"] == "in"]
    before_each = [
        contact("out", 0, "ann", row["customer_id"])
        | {"started_at": row["started_at"] - timedelta(minutes=5), "recorded_at": row["started_at"] + timedelta(minutes=5)}
        for row in acts
    ]

    assert credit(rows) == credit([*rows, *before_each])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ten_split_customers(seed: int) -> None:
    """Where duplicates are known to be one customer, it does not matter over how many records contacts and replies are spread."""
    dice, rows = Random(seed), honest(seed)  # noqa: S311  # as above
    split = {f"c{at}": [f"c{at}", *(f"c{at} again {copy}" for copy in range(3))] for at in range(10)}
    spread = [{**row, "customer_id": dice.choice(split.get(row["customer_id"], [row["customer_id"]]))} for row in rows]
    entities = [{"customer_id": copy, "entity_id": key} for key, found in split.items() for copy in found[1:]]

    assert credit(rows) == credit(spread, entities)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_one_text_for_every_contact(seed: int) -> None:
    """The same contacts and replies earn less when the person writes the same to everybody: at most one credit a day for it."""
    rows = honest(seed)
    same = [{**row, "text_hash": "dear customer"} if row["employee_id"] == "ann" else row for row in rows]

    before, after = credit(rows), credit(same)

    assert after["ann"] < before["ann"]
    assert after["ben"] == before["ben"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_text_to_everybody_every_day(seed: int) -> None:
    """On top of honest work, where customers act as before: what it takes from own contacts is more than what it picks up by chance."""
    rows = honest(seed)
    blast = [
        contact("out", day * 24 + 9, "ann", f"c{at}", is_captured=True, text_hash=f"news {day}") for day in range(20) for at in range(30)
    ]

    before, after = credit(rows), credit([*rows, *blast])

    assert after["ann"] <= before["ann"]


def test_blasted_texts_never_earn_more_than_one_credit_a_day() -> None:
    """Even if all of thirty customers reply."""
    sent = [contact("out", 9, customer=f"c{at}", text_hash="news") for at in range(30)]
    replies = [contact("in", 10, customer=f"c{at}") for at in range(30)]

    assert {"ann": pytest.approx(1.0), "ben": "no_data"} == credit([*sent, *replies])
