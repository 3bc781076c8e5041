"""The bundled metrics on public data that nobody here made, against reference values computed without kpicore.

Reference values are read when the tests run. They are rounded to six decimals, and their rounding is the tolerance.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

import kpicore_adoption
import kpicore_data_quality
import kpicore_sales
import kpicore_service
import kpicore_value
from kpicore import registry
from kpicore.model.cells import State
from kpicore.pipeline import measure
from kpicore.sources import load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

PLUGINS = [kpicore_sales, kpicore_service, kpicore_value, kpicore_data_quality, kpicore_adoption]

Found = dict[str, Any]


@pytest.fixture(scope="module")
def reference(shared_data: Path) -> Callable[[str], Any]:
    """Return a function that reads the reference values of a set."""
    return lambda name: json.loads((shared_data / name / "oracle.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def measured(shared_data: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Found]:
    """Return a function that gives a metric's cells per subject, of a set that is loaded once; 'name' or 'name/folder' names the set."""
    databases: dict[str, Path] = {}

    def get(
        data: str, metric: str, period: str, by: str = "all", each: Any = None, parameters: Mapping[str, Mapping[str, object]] | None = None
    ) -> Found:
        name, _, folder = data.partition("/")
        if name not in databases:
            databases[name] = tmp_path_factory.mktemp(name) / "facts.duckdb"
            load(root / f"tests/data/mappings/{name}.toml", databases[name], folder=shared_data / (folder or name))
        offered = registry.load(plugins=PLUGINS, entry_points=False, parameters=parameters)
        matrix = measure(metrics=[metric], facts=databases[name], period=period, by=by, each=each, registry=offered)
        rows = {who: [_plain(matrix, at, time) for time in range(len(matrix.periods))] for at, who in enumerate(matrix.subjects)}
        return {who: row if each else row[0] for who, row in rows.items()}

    return get


def _plain(matrix: Any, at: int, time: int) -> float | str:
    state = State(matrix.state[at, 0, time])
    return float(matrix.value[at, 0, time]) if state == State.VALUE else state.label


def rounded(expected: float) -> Any:
    """Return what equals a number that was rounded to six decimals."""
    return pytest.approx(expected, rel=1e-9, abs=5.1e-7)


MAVEN = [
    ("sales.opportunities_won", lambda oracle: oracle["by_stage"]["Won"]),
    ("sales.opportunities_lost", lambda oracle: oracle["by_stage"]["Lost"]),
    ("sales.win_rate", lambda oracle: oracle["win_rate_closed"]),
    ("sales.revenue_won", lambda oracle: oracle["won_value"]),
    ("sales.revenue_signed", lambda oracle: oracle["won_value"]),
    ("sales.cycle_time", lambda oracle: oracle["cycle_days_won_mean"]),
    ("sales.cycle_time_median", lambda oracle: oracle["cycle_days_won_median"]),
    ("sales.average_won_value", lambda oracle: oracle["avg_deal"]),
    ("sales.average_order_value", lambda oracle: oracle["avg_deal"]),
]


@pytest.mark.parametrize(("metric", "expected"), MAVEN, ids=[name for name, _ in MAVEN])
def test_maven_company(
    measured: Callable[..., Found], reference: Callable[[str], Any], metric: str, expected: Callable[[Any], float]
) -> None:
    """Won, lost, rate, values and cycles of the whole company."""
    assert {"all": rounded(expected(reference("maven_crm")))} == measured("maven_crm", metric, "2016-10-01/2018-01-01")


MAVEN_AGENT = {
    "sales.opportunities_won": "won",
    "sales.win_rate": "win_rate",
    "sales.revenue_won": "won_value",
    "sales.cycle_time": "won_cycle_days",
}


@pytest.mark.parametrize("metric", MAVEN_AGENT)
def test_maven_by_agent(measured: Callable[..., Found], reference: Callable[[str], Any], metric: str) -> None:
    """Each agent's own figures; the five without a deal have no data, and neither have the managers."""
    oracle = reference("maven_crm")
    agents = {who: rounded(figures[MAVEN_AGENT[metric]]) for who, figures in oracle["by_agent"].items()}
    idle = dict.fromkeys([*oracle["agents_without_deals"], *oracle["manager_won_value"]], "no_data")

    assert {**idle, **agents} == measured("maven_crm", metric, "2016-10-01/2018-01-01", by="person")


def test_maven_by_quarter(measured: Callable[..., Found], reference: Callable[[str], Any]) -> None:
    """Won deals and their value in the four quarters of 2017, together the year's."""
    quarters = [reference("maven_crm")["won_by_quarter"][f"2017Q{number}"] for number in range(1, 5)]

    assert {"all": [rounded(each["sum"]) for each in quarters]} == measured("maven_crm", "sales.revenue_won", "2017", each="quarter")
    assert {"all": [float(each["count"]) for each in quarters]} == measured("maven_crm", "sales.opportunities_won", "2017", each="quarter")


def test_maven_growth(measured: Callable[..., Found], reference: Callable[[str], Any]) -> None:
    """The second quarter grows against the first; the first has nothing to grow from."""
    quarters = [reference("maven_crm")["won_by_quarter"][f"2017Q{number}"]["sum"] for number in range(1, 5)]
    growth = [rounded(now / then - 1) for then, now in pairwise(quarters)]

    assert {"all": ["no_data", *growth]} == measured("maven_crm", "sales.revenue_growth", "2017", each="quarter")


def test_maven_managers_of_the_last_quarter(measured: Callable[..., Found], reference: Callable[[str], Any]) -> None:
    """Won value, number and mean by manager in the last quarter of 2017."""
    managers = reference("maven_crm")["q4_2017_manager"]
    figures = {"sales.revenue_won": "sum", "sales.opportunities_won": "count", "sales.average_won_value": "mean"}

    for metric, figure in figures.items():
        expected = {who: rounded(each[figure]) for who, each in managers.items()}
        assert expected == measured("maven_crm", metric, "2017-Q4", by="manager")


def test_maven_cohorts(measured: Callable[..., Found], reference: Callable[[str], Any]) -> None:
    """Of the deals begun in a quarter, the share that was won to date."""
    cohorts = reference("maven_crm")["cohort_conversion_by_engage_quarter"]
    expected = [rounded(cohorts[quarter]["won"] / cohorts[quarter]["n"]) for quarter in sorted(cohorts)]

    assert {"all": expected} == measured("maven_crm", "sales.win_rate_created_to_date", "2016-10-01/2018-01-01", each="quarter")


def test_maven_cohorts_of_age(measured: Callable[..., Found], shared_data: Path) -> None:
    """Within 90 days: counted row by row; of the deals of the last quarter those are left out that are not 90 days old yet."""
    with (shared_data / "maven_crm" / "sales_pipeline.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["engage_date"]]
    deals = [(_maven_day(row["engage_date"]), _maven_day(row["close_date"]), row["deal_stage"]) for row in rows]
    known = max(moment for begun, closed, _ in deals for moment in (begun, closed) if moment)
    shares = []
    for month in (1, 4, 7, 10):
        span = (datetime(2017, month, 1), datetime(2017 + month // 10, month % 12 + 3 if month < 10 else 1, 1))
        cohort = [each for each in deals if span[0] <= each[0] < span[1] and (known - each[0]).days >= 90]
        won = [each for each in cohort if each[2] == "Won" and (each[1] - each[0]).days <= 90]
        shares.append(pytest.approx(len(won) / len(cohort)) if cohort else "no_data")

    given = {"sales.win_rate_created": {"within_days": 90}}

    assert {"all": shares} == measured("maven_crm", "sales.win_rate_created", "2017", each="quarter", parameters=given)


def _maven_day(text: str) -> Any:
    if "/" not in text:
        return datetime.fromisoformat(text) if text else None
    month, day, year = map(int, text.split("/"))
    return datetime(year, month, day)


def test_maven_completeness(measured: Callable[..., Found], reference: Callable[[str], Any]) -> None:
    """The share of filled cells of the pipeline, column by column and together."""
    oracle, columns = reference("maven_crm"), {
        "opportunity_id": "opportunity_id", "sales_agent": "owner_id", "product": "product_id", "account": "customer_id",
        "deal_stage": "stage", "engage_date": "created_at", "close_date": "closed_at", "close_value": "amount",
    }  # fmt: skip

    def share(*fields: str) -> Found:
        given = {"quality.completeness": {"table": "opportunity", "fields": list(fields)}}
        return measured("maven_crm", "quality.completeness", "2017", parameters=given)

    assert {"all": rounded(oracle["completeness_cells"])} == share(*columns.values())
    for source, column in columns.items():
        assert {"all": rounded(oracle["completeness_by_col"][source])} == share(column)


def test_net_promoter_score(measured: Callable[..., Found], reference: Callable[[str], Any]) -> None:
    """The score of the year, of its quarters and of its months."""
    oracle = reference("nps_timeseries")
    quarters, months = ([rounded(oracle[key][number]) for number in sorted(oracle[key], key=int)] for key in ("by_quarter", "by_month"))

    assert {"all": rounded(oracle["nps"])} == measured("nps_timeseries", "service.nps", "2021")
    assert {"all": quarters} == measured("nps_timeseries", "service.nps", "2021", each="quarter")
    assert {"all": months} == measured("nps_timeseries", "service.nps", "2021", each="month")


UCI = "2016-02-01/2017-03-01"
UCI_COMPANY = {
    "service.sla_attainment": "made_sla_last",
    "service.reopen_rate_opened": "reopened_rate",
    "service.resolution_time": "hours_open_to_resolved_median",
    "service.resolution_time_mean": "hours_open_to_resolved_mean",
}


@pytest.mark.parametrize("metric", UCI_COMPANY)
def test_incidents(measured: Callable[..., Found], reference: Callable[[str], Any], metric: str) -> None:
    """Agreements met, incidents reopened, and hours to resolution, of all incidents of the log."""
    given = {metric: {"by": "resolved"}} if "time" in metric else {}
    expected = rounded(reference("uci_incident_log")[UCI_COMPANY[metric]])

    assert {"all": expected} == measured("uci_incident_log", metric, UCI, parameters=given)


def test_incidents_that_are_not_resolved_count_with_their_age(measured: Callable[..., Found], reference: Callable[[str], Any]) -> None:
    """By opening the median is above that of the resolved ones alone, as the unresolved are the old ones."""
    alone = reference("uci_incident_log")["hours_open_to_resolved_median"]
    found = measured("uci_incident_log", "service.resolution_time", UCI)["all"]

    assert alone < found < 1.6 * alone


def test_incidents_by_resolver(measured: Callable[..., Found], reference: Callable[[str], Any]) -> None:
    """Agreements met by the five who resolved most, of what they resolved themselves."""
    given = {"service.sla_attainment": {"whose": "resolver"}}
    found = measured("uci_incident_log", "service.sla_attainment", UCI, by="person", parameters=given)

    expected = {who: rounded(figures["sla"]) for who, figures in reference("uci_incident_log")["top_resolvers"].items()}
    assert expected == {who: found[who] for who in expected}


def test_reopened_of_resolved_is_another_rate(measured: Callable[..., Found], reference: Callable[[str], Any]) -> None:
    """Of the resolved incidents a larger share was reopened: 274 of 23,362, against 275 of all 24,918."""
    oracle = reference("uci_incident_log")
    reopened = round(oracle["reopened_rate"] * oracle["incidents"])

    assert {"all": pytest.approx((reopened - 1) / oracle["resolved_present"])} == measured("uci_incident_log", "service.reopen_rate", UCI)


TICKETS = {
    "service.first_response_time_mean": ("frt", 60.0),
    "service.resolution_time_mean": ("rt", 1.0),
    "service.csat_points": ("csat", 1.0),
}


@pytest.mark.parametrize("metric", TICKETS)
def test_support_tickets(measured: Callable[..., Found], reference: Callable[[str], Any], metric: str) -> None:
    """First response, resolution and satisfaction, of the desk and of each of its agents; 17.52 hours are 1,051.2 minutes."""
    oracle, (figure, scale) = reference("support_tickets")["synthetic_agents"], TICKETS[metric]
    agents = {who: pytest.approx(figures[figure] * scale, abs=5.1e-7 * scale) for who, figures in oracle["by_agent"].items()}
    desk = pytest.approx(oracle[f"{figure}_mean"] * scale, abs=5.1e-7 * scale)

    given = {metric: {"by": {"frt": "answered", "rt": "resolved"}[figure]}} if figure != "csat" else {}

    assert {"all": desk} == measured("support_tickets", metric, "2020-01-01/2030-01-01", parameters=given)
    assert agents == measured("support_tickets", metric, "2020-01-01/2030-01-01", by="person", parameters=given)


def test_support_satisfaction_on_its_scale(measured: Callable[..., Found], reference: Callable[[str], Any]) -> None:
    """A mean of m points of 1 to 5 is (m - 1) / 4."""
    mean = reference("support_tickets")["synthetic_agents"]["csat_mean"]

    assert {"all": rounded((mean - 1) / 4)} == measured("support_tickets", "service.csat", "2020-01-01/2030-01-01")


def test_repurchase_of_compact_discs(measured: Callable[..., Found], reference: Callable[[str], Any]) -> None:
    """Customers who came back on another day; free discs count, and two purchases on one day do not."""
    assert {"all": rounded(reference("cdnow")["master"]["repurchase_rate"])} == measured(
        "cdnow", "value.repurchase_rate", "1997-01-01/1998-07-01"
    )


def test_repurchase_of_bicycles(measured: Callable[..., Found], reference: Callable[[str], Any]) -> None:
    """Customers with two orders, also on one day."""
    found = measured("adventureworks", "value.repurchase_rate_orders", "2011-05-01/2014-07-01")

    assert {"all": rounded(reference("adventureworks")["repurchase_rate"])} == found


def test_attainment_by_representative(measured: Callable[..., Found], reference: Callable[[str], Any]) -> None:
    """Over a span that holds all quotas in full, attainment is sales by quotas; who has no quota has no attainment."""
    found = measured("adventureworks", "sales.quota_attainment", "2011-05-01/2014-10-01", by="person")

    expected = {who: rounded(each["attainment"]) for who, each in reference("adventureworks")["attainment_by_rep"].items()}
    assert expected == {who: value for who, value in found.items() if value != "no_data"}


def test_attainment_by_representative_and_quarter(measured: Callable[..., Found], shared_data: Path) -> None:
    """Quarter by quarter, with each quota prorated by hand over the days that it shares with the quarter."""
    folder = shared_data / "adventureworks"
    with (folder / "SalesPersonQuotaHistory.csv").open(encoding="utf-8") as file:
        quotas = sorted((row[0], datetime.fromisoformat(row[1]), float(row[2])) for row in csv.reader(file, delimiter="\t"))
    with (folder / "SalesOrderHeader.csv").open(encoding="utf-8") as file:
        orders = [
            (row["SalesPersonID"][:-2], datetime.fromisoformat(row["OrderDate"]), float(row["SubTotal"])) for row in csv.DictReader(file)
        ]
    starts = [datetime(2012 + at // 4, at % 4 * 3 + 1, 1) for at in range(9)]
    expected: dict[str, list[object]] = defaultdict(list)
    for who in sorted({who for who, _, _ in quotas}):
        mine = [each for each in quotas if each[0] == who]
        ends = [each[1] for each in mine[1:]] + [datetime(2030, 1, 1)]
        for start, end in pairwise(starts):
            target = sum(value * _shared(begun, until, start, end) for (_, begun, value), until in zip(mine, ends, strict=True))
            sold = sum(amount for seller, day, amount in orders if seller == who and start <= day < end)
            expected[who].append(pytest.approx(sold / target) if target else "no_data")

    found = measured("adventureworks", "sales.quota_attainment", "2012-01-01/2014-01-01", by="person", each="quarter")

    assert expected == {who: found[who] for who in expected}


def _shared(begun: datetime, until: datetime, start: datetime, end: datetime) -> float:
    return max((min(until, end) - max(begun, start)).days, 0) / (until - begun).days


def test_customers_lost(measured: Callable[..., Found], reference: Callable[[str], Any]) -> None:
    """Customers lost in the month in question, of all that the company had."""
    oracle = reference("telco_churn")

    assert {"all": pytest.approx(oracle["churned"] / oracle["rows"])} == measured("telco_churn", "value.churn_rate", "2019-12")


FEBRL = {
    "given_name": "given_name",
    "surname": "surname",
    "street_number": "house_number",
    "address_1": "street",
    "address_2": "district",
    "suburb": "city",
    "postcode": "postcode",
    "state": "state",
    "date_of_birth": "birth_date",
    "soc_sec_id": "tax_id",
}
"""Columns of the source -> fields."""


@pytest.mark.parametrize("number", ["1", "2", "3"])
def test_people_with_typing_errors(measured: Callable[..., Found], reference: Callable[[str], Any], number: str) -> None:
    """Filled cells field by field and together, and pairs of records with the same name and date of birth."""
    oracle, data = reference("febrl")["febrl"][number], f"febrl{number}/febrl"

    def share(*fields: str) -> Found:
        return measured(data, "quality.completeness", "2020", parameters={"quality.completeness": {"fields": list(fields)}})

    for source, field in FEBRL.items():
        assert {"all": rounded(oracle["completeness"][source])} == share(field)
    assert {"all": rounded(oracle["completeness_cells"])} == share(*FEBRL.values())
    given = {"quality.duplicate_pairs": {"key": ["given_name", "surname", "birth_date"]}}
    assert {"all": float(oracle["baseline_exact_name_dob"]["pairs"])} == measured(data, "quality.duplicate_pairs", "2020", parameters=given)
