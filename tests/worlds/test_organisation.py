"""A generated organisation is what it promises: deterministic, of the promised size, consistent, in order of time."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpicore import facts
from kpicore.errors import KpiError
from kpicore.worlds import World, generate
from kpicore.worlds.arrow import TYPES

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NOT_MADE = (facts.customer_entity, facts.campaign_member)
"""Which customers are one is found when the facts are loaded, and no campaign chooses or holds out anybody."""
REFERENCES = [
    (table.name, column.name, *column.info["references"].split("."))
    for table in facts.metadata.tables.values()
    for column in table.c
    if "references" in column.info and table not in NOT_MADE
]
ORDERED = [
    ("employee", "hired_at", "left_at"),
    ("assignment", "valid_from", "valid_to"),
    ("absence", "valid_from", "valid_to"),
    ("customer", "created_at", "started_at"),
    ("customer", "created_at", "updated_at"),
    ("customer", "started_at", "ended_at"),
    ("customer_owner", "valid_from", "valid_to"),
    ("lead", "created_at", "recorded_at"),
    ("lead", "created_at", "assigned_at"),
    ("lead", "assigned_at", "first_response_at"),
    ("lead", "first_response_at", "qualified_at"),
    ("lead", "created_at", "converted_at"),
    ("lead", "created_at", "lost_at"),
    ("campaign", "started_at", "ended_at"),
    ("opportunity", "created_at", "recorded_at"),
    ("opportunity", "created_at", "closed_at"),
    ("opportunity_change", "changed_at", "recorded_at"),
    ("sale", "signed_at", "recorded_at"),
    ("payment", "paid_at", "recorded_at"),
    ("contact", "started_at", "recorded_at"),
    ("ticket", "opened_at", "recorded_at"),
    ("ticket", "opened_at", "first_response_at"),
    ("ticket", "first_response_at", "resolved_at"),
    ("ticket", "resolved_at", "closed_at"),
    ("ticket", "opened_at", "due_at"),
    ("ticket_event", "happened_at", "recorded_at"),
    ("survey", "eligible_at", "sent_at"),
    ("survey", "sent_at", "answered_at"),
    ("session", "started_at", "ended_at"),
    ("target", "approved_on", "period_start"),
    ("target", "period_start", "period_end"),
]
HAPPENED = {
    "lead": "created_at",
    "opportunity_change": "recorded_at",
    "sale": "recorded_at",
    "payment": "recorded_at",
    "contact": "recorded_at",
    "ticket": "opened_at",
    "ticket_event": "happened_at",
    "survey": "answered_at",
    "session": "ended_at",
    "record_change": "changed_at",
    "cost": "incurred_at",
}
END = "TIMESTAMP '2025-12-31 16:00:00'"
"""Midnight of 2026-01-01 in Shanghai."""
DIGEST = """
from hashlib import sha256
from pyarrow import BufferOutputStream, ipc
from kpicore.worlds import generate

for name, table in generate(seed=11, people=20, years=1, scale=0.3).tables.items():
    sink = BufferOutputStream()
    with ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    print(name, table.num_rows, sha256(sink.getvalue()).hexdigest())
"""


def _digest_in_a_new_process(hash_seed: str) -> str:
    place = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run([sys.executable, "-c", DIGEST], env=place, capture_output=True, text=True, check=True)
    return run.stdout


def test_same_seed_gives_the_same_bytes() -> None:
    """Two processes with different hash seeds generate equal tables."""
    assert _digest_in_a_new_process("1") == _digest_in_a_new_process("2")


def test_other_seed_gives_another_world() -> None:
    """The seed matters to every table but the catalogue, the posts, which follow a plan, and campaign members, who are none."""
    one, two = (generate(seed=seed, people=20, years=1, scale=0.2) for seed in (1, 2))

    same = [name for name in one.tables if one.tables[name].equals(two.tables[name])]

    assert ["assignment", "product"] == same


def test_size(world: World) -> None:
    """The demonstration has about 200,000 facts on 60 people, in the promised proportions."""
    rows = {name: table.num_rows for name, table in world.tables.items()}

    assert 180_000 < world.facts < 240_000
    promised = {"contact": 90_000, "record_change": 30_000, "opportunity": 4_000, "ticket": 6_300, "customer": 3_000, "sale": 4_000}
    assert [] == [name for name, count in promised.items() if not 0.85 * count <= rows[name] <= 1.15 * count]


def test_every_canonical_table_is_there_with_its_types(world: World) -> None:
    """Names, order and types of the columns are the canonical ones."""
    made = [table for table in facts.metadata.tables.values() if table not in NOT_MADE]
    expected = {table.name: {column.name: TYPES[column.info["kind"]] for column in table.c} for table in made}

    actual = {name: dict(zip(table.schema.names, table.schema.types, strict=True)) for name, table in world.tables.items()}

    assert expected == actual


def test_keys_are_unique(world: World) -> None:
    """No key is null or comes twice."""
    repeated = [name for name, table in world.tables.items() if len(set(table.column(0).to_pylist()) - {None}) != table.num_rows]

    assert [] == repeated


@pytest.mark.parametrize(("table", "column", "other", "key"), REFERENCES)
def test_references_lead_somewhere(database: DuckDBPyConnection, table: str, column: str, other: str, key: str) -> None:
    """Every id that is given names a row of the other table."""
    lost = database.sql(f"SELECT count(*) FROM {table} WHERE {column} IS NOT NULL AND {column} NOT IN (SELECT {key} FROM {other})")

    assert (0,) == lost.fetchone()


@pytest.mark.parametrize(("table", "earlier", "later"), ORDERED)
def test_times_are_in_order(database: DuckDBPyConnection, table: str, earlier: str, later: str) -> None:
    """What comes later is later, and there are rows that show it."""
    counts = database.sql(f"SELECT count(*) FILTER ({later} < {earlier}), count(*) > 0 FROM {table} WHERE {later} IS NOT NULL")

    assert (0, True) == counts.fetchone()


@pytest.mark.parametrize(("table", "column"), HAPPENED.items())
def test_nothing_happens_after_the_last_day(database: DuckDBPyConnection, table: str, column: str) -> None:
    """The export was made at the end of the last day: later events are not in it."""
    assert (0,) == database.sql(f"SELECT count(*) FROM {table} WHERE {column} >= {END}").fetchone()


def test_shares_sum_to_one(database: DuckDBPyConnection) -> None:
    """Two people share each split record, and their shares make a whole exactly."""
    odd = database.sql(
        "SELECT count(*) FILTER (total <> 1 OR people <> 2), count(*) > 100 FROM (SELECT sum(CAST(share AS DECIMAL(18, 6))) AS total,"
        " count(DISTINCT employee_id) AS people FROM credit_split GROUP BY record_table, record_id)"
    )

    assert (0, True) == odd.fetchone()


def test_split_records_exist(database: DuckDBPyConnection) -> None:
    """Every share is of a sale or an opportunity that is there."""
    lost = database.sql(
        "SELECT count(*) FROM credit_split WHERE record_id NOT IN"
        " (SELECT sale_id FROM sale UNION ALL SELECT opportunity_id FROM opportunity)"
    )

    assert (0,) == lost.fetchone()


def test_payments_never_exceed_the_sale(database: DuckDBPyConnection) -> None:
    """Instalments add up to at most the sale; to all of it for most old sales."""
    paid = database.sql(
        "SELECT count(*) FILTER (paid > amount), avg((paid = amount)::INT) FILTER (signed_at < TIMESTAMP '2025-05-01') > 0.95 FROM"
        " (SELECT sale_id, sum(amount) AS paid FROM payment WHERE reverses_id IS NULL GROUP BY 1) JOIN sale USING (sale_id)"
    )

    assert (0, True) == paid.fetchone()


def test_reversals_take_back_what_was_sold(database: DuckDBPyConnection) -> None:
    """A reversal is negative, later, in the same currency, of the same person, and at most the sale."""
    odd = database.sql(
        "SELECT count(*) FILTER (r.amount >= 0 OR -r.amount > s.amount OR r.signed_at <= s.signed_at OR r.currency <> s.currency"
        " OR r.employee_id <> s.employee_id), count(*) > 50 FROM sale r JOIN sale s ON r.reverses_id = s.sale_id"
    )

    assert (0, True) == odd.fetchone()


def test_won_deals_are_signed(database: DuckDBPyConnection) -> None:
    """Each won opportunity has one sale with its amount, its customer and its owner; no other has any."""
    odd = database.sql(
        "SELECT count(*) FROM (SELECT * FROM sale WHERE reverses_id IS NULL AND opportunity_id IS NOT NULL) s FULL JOIN"
        " (SELECT * FROM opportunity WHERE is_won) o USING (opportunity_id)"
        " WHERE (s.amount, s.customer_id, s.employee_id, s.signed_at, s.currency) IS DISTINCT FROM"
        " (o.amount, o.customer_id, o.owner_id, o.closed_at, o.currency)"
    )

    assert (0,) == odd.fetchone()


def test_stage_history_ends_in_the_stage_of_today(database: DuckDBPyConnection) -> None:
    """The last stage change of a deal says the stage that the deal has, and each change goes on where the last one ended."""
    odd = database.sql(
        "SELECT count(*) FILTER (is_last AND new_value <> stage), count(*) FILTER (before <> old_value) FROM ("
        "SELECT c.*, o.stage, lag(new_value, 1, 'qualify') OVER w AS before, lead(new_value) OVER w IS NULL AS is_last"
        " FROM opportunity_change c JOIN opportunity o USING (opportunity_id) WHERE field = 'stage'"
        " WINDOW w AS (PARTITION BY opportunity_id ORDER BY changed_at, change_id))"
    )

    assert (0, 0) == odd.fetchone()


def test_owner_changes_end_with_the_owner_of_today(database: DuckDBPyConnection) -> None:
    """Deals that changed hands belong to the person named last."""
    odd = database.sql(
        "SELECT count(*) FILTER (new_value <> owner_id), count(*) > 50"
        " FROM opportunity_change JOIN opportunity USING (opportunity_id) WHERE field = 'owner_id'"
    )

    assert (0, True) == odd.fetchone()


def test_spans_of_care_tile(database: DuckDBPyConnection) -> None:
    """A customer's spans follow each other without gap or overlap, change the person each time, and end with today's owner."""
    odd = database.sql(
        "SELECT count(*) FILTER (next_from IS DISTINCT FROM valid_to), count(*) FILTER (next_who = employee_id),"
        " count(*) FILTER (valid_to IS NULL AND employee_id <> owner_id) FROM ("
        "SELECT s.*, c.owner_id, lead(valid_from) OVER w AS next_from, lead(s.employee_id) OVER w AS next_who"
        " FROM customer_owner s JOIN customer c USING (customer_id) WINDOW w AS (PARTITION BY customer_id ORDER BY valid_from))"
    )

    assert (0, 0, 0) == odd.fetchone()


def test_tickets_and_their_events_agree(database: DuckDBPyConnection) -> None:
    """First human answer and last resolution are those of the events, even where a machine answered first."""
    odd = database.sql(
        "SELECT count(*) FILTER (answered IS DISTINCT FROM first_response_at), count(*) FILTER (solved IS DISTINCT FROM resolved_at"
        " AND resolved_at IS NOT NULL), count(*) FILTER (machine < answered) > 1000 FROM ticket JOIN (SELECT ticket_id,"
        " min(happened_at) FILTER (kind = 'response' AND NOT is_automatic) AS answered,"
        " min(happened_at) FILTER (kind = 'response' AND is_automatic) AS machine,"
        " max(happened_at) FILTER (kind = 'resolved') AS solved FROM ticket_event GROUP BY 1) USING (ticket_id)"
    )

    assert (0, 0, True) == odd.fetchone()


def test_targets_are_approved_by_others(database: DuckDBPyConnection) -> None:
    """Each account executive has one revenue target per quarter, set by somebody else."""
    odd = database.sql(
        "SELECT count(*) FILTER (approver_id = employee_id OR value <= 0 OR metric <> 'sales.revenue_signed'),"
        " count(*) - count(DISTINCT (employee_id, period_start)), count(DISTINCT period_start) FROM target"
    )

    assert (0, 0, 8) == odd.fetchone()


def test_foreign_money_has_rates(database: DuckDBPyConnection) -> None:
    """Some sales are in other currencies, each with a rate that holds on the day."""
    found = database.sql(
        "SELECT list(DISTINCT currency ORDER BY currency),"
        " count(*) FILTER (NOT EXISTS (SELECT 1 FROM fx_rate f WHERE f.currency = s.currency"
        " AND f.valid_on <= s.signed_at + INTERVAL 8 HOUR)) FROM sale s WHERE currency <> 'CNY'"
    )

    assert (["EUR", "USD"], 0) == found.fetchone()


@pytest.mark.parametrize("wrong", [{"seed": -1}, {"people": 17}, {"people": 1001}, {"years": 0}, {"years": 7}, {"scale": 0.0}])
def test_arguments_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    """The error names the argument, its range and what came."""
    name, value = next(iter(wrong.items()))

    with pytest.raises(KpiError, match=rf"{name} of a generated world must be from .* \(got {value}"):
        generate(**wrong)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.integers(18, 40), st.integers(1, 2), st.sampled_from([0.05, 0.3]))
def test_any_world_is_consistent(seed: int, people: int, years: int, scale: float) -> None:
    """Whatever the arguments, keys are unique and every owner is an employee."""
    world = generate(seed, people, years, scale)

    employees = world.tables["employee"]["employee_id"].combine_chunks()
    owners = [world.tables[name][f"{who}_id"] for name, who in (("contact", "employee"), ("ticket", "owner"), ("opportunity", "owner"))]
    assert [True] * 3 == [pc.all(pc.is_in(one, employees)).as_py() is not False for one in owners]
    assert people == pc.sum(pc.equal(world.tables["employee"]["kind"], "person")).as_py() - _leads(world.tables["assignment"])


def _leads(assignment: pa.Table) -> int:
    return int(pc.sum(pc.equal(assignment["role"], "team_lead")).as_py())
