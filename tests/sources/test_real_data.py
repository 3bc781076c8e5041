"""Public data sets loaded with the ready mappings, compared with reference values that were computed without kpicore."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from attrs import frozen

from kpicore.sources import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kpicore.sources import LoadReport


@frozen
class Loaded:
    """One data set, loaded."""

    report: LoadReport
    oracle: dict[str, Any]
    database: Path

    def row(self, sql: str) -> tuple[Any, ...]:
        """Return the first row of a query."""
        return self.rows(sql)[0]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def notes(self, table: str) -> set[tuple[str, str, int]]:
        """Return column, kind and rows of the notes on a table."""
        return {(note.column, note.kind, note.rows) for note in self.report.notes if note.table == table}


@pytest.fixture(scope="module")
def loaded(shared_data: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Loaded]:
    """Return a function that loads a set once; every row of it must be accounted for."""
    cache: dict[str, Loaded] = {}

    def get(name: str, folder: str = "") -> Loaded:
        if name not in cache:
            data, database = shared_data / (folder or name), tmp_path_factory.mktemp(name) / "facts.duckdb"
            report = load(root / f"tests/data/mappings/{name}.toml", database, folder=data)
            cache[name] = Loaded(report, json.loads((data / "oracle.json").read_text("utf-8")), database)
        for table in cache[name].report.tables:
            assert table.rows_read == table.rows_loaded + table.rows_rejected + table.rows_repeated + table.rows_left_out
        return cache[name]

    return get


def test_maven(loaded: Callable[..., Loaded]) -> None:
    """Deals, won and lost, their value, by stage and by manager."""
    maven = loaded("maven_crm")
    oracle = maven.oracle

    counts = maven.row(
        "SELECT count(*), count(*) FILTER (is_won), count(*) FILTER (is_closed AND NOT is_won), sum(amount) FILTER (is_won)"
        " FROM opportunity"
    )
    stages = dict(maven.rows("SELECT stage::VARCHAR, count(*) FROM opportunity GROUP BY 1"))
    managers = dict(maven.rows("SELECT manager_id::VARCHAR, sum(amount)::DOUBLE FROM sale JOIN assignment USING (employee_id) GROUP BY 1"))
    cycle = maven.row("SELECT avg(date_diff('second', created_at, closed_at)) / 86400 FROM opportunity WHERE is_won")[0]

    assert (oracle["rows"], oracle["by_stage"]["Won"], oracle["by_stage"]["Lost"], oracle["won_value"]) == counts
    assert oracle["by_stage"] == stages
    assert oracle["manager_won_value"] == managers
    assert oracle["cycle_days_won_mean"] == pytest.approx(cycle, abs=1e-6)
    assert 0 == maven.report.rows_rejected


def test_maven_notes(loaded: Callable[..., Loaded]) -> None:
    """Deals without account and with a product that is not in the catalogue are kept and counted."""
    maven = loaded("maven_crm")
    oracle = maven.oracle

    assert {
        ("customer_id", "missing", oracle["null_account"]),
        ("product_id", "unknown reference", oracle["product_not_in_catalogue"]),
    } == maven.notes("opportunity")
    assert {"GTXPro"} == {note.sample for note in maven.report.notes if note.kind == "unknown reference"}
    assert (oracle["agents_in_teams"] + oracle["managers"],) == maven.row("SELECT count(*) FROM employee")


def test_nps(loaded: Callable[..., Loaded]) -> None:
    """Day-first dates with two-digit years fall into the right quarters."""
    nps = loaded("nps_timeseries")
    score = "100.0 * (count(*) FILTER (score >= 9) - count(*) FILTER (score <= 6)) / count(*)"

    quarters = dict(nps.rows(f"SELECT quarter(answered_at)::VARCHAR, {score} FROM survey GROUP BY 1"))

    assert (nps.oracle["rows"], pytest.approx(nps.oracle["nps"])) == nps.row(f"SELECT count(*), {score} FROM survey")
    assert pytest.approx(nps.oracle["by_quarter"], abs=1e-6) == quarters


def test_incident_log(loaded: Callable[..., Loaded]) -> None:
    """The last event of an incident is the ticket; every event is a change."""
    uci = loaded("uci_incident_log")
    oracle = uci.oracle

    tickets = uci.row("SELECT count(*), avg(is_sla_met::INT), avg((reopen_count > 0)::INT), max(reassignment_count) FROM ticket")
    hours = uci.row("SELECT median(date_diff('second', opened_at, resolved_at)) / 3600, count(resolved_at) FROM ticket")
    months = uci.rows("SELECT strftime(changed_at, '%Y-%m'), count(*), count(DISTINCT employee_id) FROM record_change GROUP BY 1")

    expected = (oracle["incidents"], oracle["made_sla_last"], oracle["reopened_rate"], oracle["max_reassign"])
    assert pytest.approx(expected, abs=1e-6) == tickets
    assert (pytest.approx(oracle["hours_open_to_resolved_median"]), oracle["resolved_present"]) == hours
    assert {month: (one["edits"], one["users"]) for month, one in oracle["edits_by_month"].items()} == {one[0]: one[1:] for one in months}
    assert oracle["n_by_priority"] == {str(key)[0]: count for key, count in uci.rows("SELECT priority, count(*) FROM ticket GROUP BY 1")}


def test_incident_log_notes(loaded: Callable[..., Loaded]) -> None:
    """The question marks of the last events are counted by column."""
    uci = loaded("uci_incident_log")
    missing = uci.oracle["missing_question_mark"]

    expected = {
        ("customer_id", "caller_id"),
        ("owner_id", "assigned_to"),
        ("resolved_by", "resolved_by"),
        ("recorded_at", "sys_created_at"),
        ("category", "category"),
        ("kind", "subcategory"),
        ("team", "assignment_group"),
    }
    found = {(column, rows) for column, kind, rows in uci.notes("ticket") if kind == "missing text"}
    assert {(column, missing[source]) for column, source in expected} | {("resolved_at", 24918 - uci.oracle["resolved_present"])} == found


def test_support_tickets(loaded: Callable[..., Loaded]) -> None:
    """Hours since the opening become times, and the ratings of those who gave one are kept."""
    support = loaded("support_tickets")
    oracle = support.oracle["synthetic_agents"]
    hours = "avg(date_diff('microsecond', opened_at, {})) / 3600e6"

    found = support.row(f"SELECT count(*), {hours.format('first_response_at')}, {hours.format('resolved_at')} FROM ticket")

    assert pytest.approx((oracle["rows"], oracle["frt_mean"], oracle["rt_mean"]), abs=1e-5) == found
    assert (oracle["csat_n"], pytest.approx(oracle["csat_mean"], abs=1e-6)) == support.row("SELECT count(score), avg(score) FROM survey")
    assert (oracle["rows"],) == support.row("SELECT count(*) FROM survey")


def test_cdnow(loaded: Callable[..., Loaded]) -> None:
    """A blank-aligned file, ids with leading zeros, amounts to the cent."""
    cdnow = loaded("cdnow")
    oracle = cdnow.oracle["master"]
    per_customer = "SELECT count(DISTINCT signed_at) > 1 AS again FROM sale GROUP BY customer_id"

    found = cdnow.row("SELECT count(*), count(DISTINCT customer_id), sum(amount)::DOUBLE, sum(quantity)::INT, min(customer_id) FROM sale")

    assert (oracle["rows"], oracle["customers"], oracle["amount"], oracle["cds"], "00001") == found
    assert pytest.approx(oracle["repurchase_rate"], abs=1e-6) == cdnow.row(f"SELECT avg(again::INT) FROM ({per_customer})")[0]


def test_adventureworks(loaded: Callable[..., Loaded]) -> None:
    """Orders by sales person, and quotas that tile each person's time."""
    works = loaded("adventureworks")
    oracle = works.oracle

    sales = dict(
        works.rows("SELECT employee_id::VARCHAR, round(sum(amount), 4)::DOUBLE FROM sale WHERE employee_id IS NOT NULL GROUP BY 1")
    )
    overlaps = works.row(
        "SELECT count(*) FROM target a JOIN target b USING (employee_id)"
        " WHERE a.target_id <> b.target_id AND a.period_start < b.period_end AND b.period_start < a.period_end"
    )

    assert (oracle["orders"], oracle["subtotal"]) == works.row("SELECT count(*), sum(amount)::DOUBLE FROM sale")
    assert {rep: one["sum"] for rep, one in oracle["sales_by_rep"].items()} == sales
    assert (oracle["quota_rows"], 0) == (works.row("SELECT count(*) FROM target")[0], overlaps[0])
    assert (oracle["online"],) == works.row("SELECT count(*) FROM sale WHERE channel = 'online' AND employee_id IS NULL")


def test_adventureworks_attainment(loaded: Callable[..., Loaded]) -> None:
    """Every order of a sales person falls into exactly one quota, so that the attainments are the reference's."""
    works = loaded("adventureworks")
    within = "s.employee_id = t.employee_id AND s.signed_at >= t.period_start AND s.signed_at < t.period_end"
    sums = "t.employee_id, t.target_id, any_value(t.value) AS quota, sum(s.amount) AS sold"
    query = f"SELECT {sums} FROM target t LEFT JOIN sale s ON {within} GROUP BY ALL"

    found = works.rows(f"SELECT employee_id::VARCHAR, sum(sold) / sum(quota) FROM ({query}) GROUP BY 1")

    expected = {rep: one["attainment"] for rep, one in works.oracle["attainment_by_rep"].items()}
    assert pytest.approx(expected, abs=1e-6) == dict(found)


def test_telco(loaded: Callable[..., Loaded]) -> None:
    """All had started before the month in which some left."""
    telco = loaded("telco_churn")
    oracle = telco.oracle
    month = "ended_at >= '2019-12-01' AND ended_at < '2020-01-01'"

    found = telco.row(
        f"SELECT count(*), count(*) FILTER ({month}), sum(recurring_amount)::DOUBLE, sum(recurring_amount) FILTER ({month})::DOUBLE"
        " FROM customer WHERE started_at < '2019-12-01'"
    )

    assert (oracle["rows"], oracle["churned"], oracle["mrr"], oracle["mrr_lost"]) == found


@pytest.mark.parametrize("number", ["1", "2", "3"])
def test_febrl(loaded: Callable[..., Loaded], number: str) -> None:
    """Every cell is filled as in the file, birth dates that are no dates included."""
    febrl = loaded(f"febrl{number}", "febrl")
    oracle = febrl.oracle["febrl"][number]
    columns = {
        "street_number": "house_number",
        "address_1": "street",
        "address_2": "district",
        "suburb": "city",
        "date_of_birth": "birth_date",
    }
    columns |= {name: name for name in ("given_name", "surname", "postcode", "state")} | {"soc_sec_id": "tax_id"}

    filled = dict(zip(columns, febrl.row(f"SELECT {', '.join(f'count({one})' for one in columns.values())} FROM customer"), strict=True))

    assert pytest.approx(oracle["completeness"]) == {name: count / oracle["records"] for name, count in filled.items()}
