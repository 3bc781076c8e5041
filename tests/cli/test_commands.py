"""Each command on a small project: what it prints for people and for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from kpicore.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

EVALUATE = ("--role", "seller", "--period", "2024-Q1")


def test_evaluate_prints_the_contract(kpicore: Callable[..., Said], loaded: Path) -> None:
    """Ann wins 2 of 3 and 300 of 400; Bob none; Cyd has no data; a row that runs backwards was set aside."""
    result = kpicore("evaluate", loaded, *EVALUATE, "--json", "--no-save").json

    assert [(each["subject"], each["score"]) for each in result["scores"]] == [("007", 70.0), ("008", 0.0)]
    assert [(each["subject"], each["state"]) for each in result["unscored"]] == [("009", "no_data")]
    assert result["rejects"]["opportunity"]["rows"] == 1
    assert result["run"]["period"] == {"name": "2024-Q1", "start": "2024-01-01", "end": "2024-04-01"}


def test_evaluate_prints_a_table_for_people(kpicore: Callable[..., Said], loaded: Path) -> None:
    """With names, and nothing but the table on standard output."""
    said = kpicore("evaluate", loaded, *EVALUATE, "--no-save")

    assert said.code == ExitCode.OK
    assert said.out.startswith("Seller · 2024-Q1 [2024-01-01, 2024-04-01)")
    assert "Ann Li (007)" in said.out
    assert "Cyd Xu (009)" in said.out


def test_evaluate_says_when_the_targets_may_not_fit(kpicore: Callable[..., Said], loaded: Path) -> None:
    """A scorecard made for quarters, evaluated for a year."""
    said = kpicore("evaluate", loaded, "--role", "seller", "--period", "2024", "--no-save")

    assert said.code == ExitCode.OK
    assert "is made for a quarter, and 2024 is a year: its targets may not fit" in said.err


def test_evaluate_speaks_chinese(kpicore: Callable[..., Said], loaded: Path) -> None:
    """With --locale zh."""
    said = kpicore("evaluate", loaded, *EVALUATE, "--no-save", "--locale", "zh")

    assert said.out.startswith("销售 · 2024-Q1")
    assert "商机赢单率" in said.out


def test_evaluate_twice_gives_the_same_bytes_and_one_file(kpicore: Callable[..., Said], project: Path) -> None:
    """A result is kept under an id that follows from its inputs."""
    first, second = (kpicore("evaluate", project, *EVALUATE, "--json").out for _ in range(2))
    kept = list((project / "runs").iterdir())

    assert first == second
    assert [path.read_text(encoding="utf-8") for path in kept] == [first]


def test_evaluate_with_no_save_leaves_no_trace(kpicore: Callable[..., Said], project: Path) -> None:
    """The folder of the project is as it was."""
    before = sorted(path.name for path in project.iterdir())

    kpicore("evaluate", project, *EVALUATE, "--no-save")

    assert sorted(path.name for path in project.iterdir()) == before


def test_evaluate_holds_values_against_what_an_earlier_run_kept(kpicore: Callable[..., Said], project: Path) -> None:
    """The scale of a kept result is read back in full, and tells in the run's id that it was given."""
    first = kpicore("evaluate", project, *EVALUATE, "--json").json
    (kept,) = (project / "runs").iterdir()

    again = kpicore("evaluate", project, *EVALUATE, "--json", "--no-save", "--scale", kept).json

    assert first["goalposts"] == again["goalposts"]
    assert first["scores"] == again["scores"]
    assert first["run"]["id"] != again["run"]["id"]


@pytest.mark.parametrize(
    ("content", "says"), [("{", "must name a result that kpicore kept"), ("[1]", "(got 'list' in"), ('{"schema": "x"}', "(got 'x' in")]
)
def test_a_scale_that_is_no_result_is_refused(kpicore: Callable[..., Said], loaded: Path, tmp_path: Path, content: str, says: str) -> None:
    """Naming the file."""
    (tmp_path / "no_result.json").write_text(content)

    said = kpicore("evaluate", loaded, *EVALUATE, "--scale", tmp_path / "no_result.json")

    assert said.code == ExitCode.USAGE
    assert says in said.err


def test_a_folder_that_cannot_be_written_is_a_source_error(kpicore: Callable[..., Said], project: Path) -> None:
    """With what to do next."""
    (project / "runs").write_text("in the way", encoding="utf-8")

    said = kpicore("evaluate", project, *EVALUATE)

    assert said.code == ExitCode.SOURCE
    assert "--no-save" in said.err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--role", "selle", "--period", "2024-Q1"), "did you mean 'seller'?"),
        (("--role", "seller", "--period", "2024-Q5"), "a period must look like"),
        (("--role", "seller", "--period", "2031-Q1"), "must lie in the data"),
        (("--role", "seller", "--period", "2024-Q1", "--report", "jsn"), "did you mean 'json'?"),
    ],
)
def test_evaluate_says_what_is_wrong(kpicore: Callable[..., Said], loaded: Path, options: tuple[str, ...], says: str) -> None:
    """Unknown role, wrong period, period outside the data, unknown report."""
    said = kpicore("evaluate", loaded, *options, "--no-save")

    assert (said.code, said.out) == (ExitCode.USAGE, "")
    assert says in said.err


def test_explain_tells_how_a_score_came_about(kpicore: Callable[..., Said], loaded: Path) -> None:
    """In words, by name as well as by id, down to the records."""
    said = kpicore("explain", loaded, *EVALUATE, "--subject", "Ann Li", "--rows", "5")

    assert said.code == ExitCode.OK
    assert "66.7 %" in said.out
    assert "opportunity: 1 (" in said.out
    assert [record in said.out for record in ("d1", "d2", "d3")] == [True, True, True]


def test_explain_as_json_counts_and_lists(kpicore: Callable[..., Said], loaded: Path) -> None:
    """Aggregates, records, and the same text."""
    content = kpicore("explain", loaded, *EVALUATE, "--subject", "007", "--rows", "5", "--json").json

    counted = {each["condition"]: each["value"] for each in content["counted"] if each["metric"] == "sales.win_rate"}
    assert sorted(counted.values()) == [2.0, 3.0]
    assert {each["key"]: each["counted"] for each in content["records"] if each["metric"] == "sales.win_rate"} == {
        "d1": True,
        "d2": True,
        "d3": False,
    }


def test_explain_offers_the_nearest_person(kpicore: Callable[..., Said], loaded: Path) -> None:
    """Exit code 2."""
    said = kpicore("explain", loaded, *EVALUATE, "--subject", "Ann Lee")

    assert said.code == ExitCode.USAGE
    assert "did you mean 'Ann Li'?" in said.err


def test_facts_lists_tables_and_columns(kpicore: Callable[..., Said]) -> None:
    """All, or those asked for; a mistyped one offers the nearest."""
    tables = {each["name"] for each in kpicore("facts", "--json").json["tables"]}
    one = kpicore("facts", "opportunity")

    assert {"employee", "opportunity", "contact", "fx_rate"} <= tables
    assert one.out.startswith("opportunity: One deal that may be won or lost.")
    assert "did you mean 'opportunity'" in kpicore("facts", "oportunity").err


def test_plugins_lists_what_each_offers(kpicore: Callable[..., Said]) -> None:
    """Name, version, distribution, offers; a blocked one says so."""
    found = {each["name"]: each for each in kpicore("plugins", "--json").json["plugins"]}
    blocked = {each["name"]: each for each in kpicore("--block", "kpicore_sales", "plugins", "--json").json["plugins"]}

    assert "sales.win_rate" in found["kpicore_sales"]["offers"]["kpicore_metrics"]
    assert found["kpicore_sales"]["version"]
    assert blocked["kpicore_sales"]["state"] == "blocked"
    assert "kpicore_sales" in kpicore("plugins").out


def test_metrics_lists_what_a_project_can_feed(kpicore: Callable[..., Said], loaded: Path) -> None:
    """And what is missing for the others."""
    found = {each["name"]: each["missing"] for each in kpicore("metrics", "--project", loaded, "--json").json["metrics"]}

    assert found["sales.win_rate"] == []
    assert "target.value" in found["sales.quota_attainment"]


def test_metrics_prints_values(kpicore: Callable[..., Said], loaded: Path) -> None:
    """By group and by part of the period."""
    options = ("sales.revenue_won", "--project", loaded, "--period", "2024-Q1", "--by", "team", "--each", "month", "--json")

    values = {(each["subject"], each["period"]): (each["state"], each["value"]) for each in kpicore("metrics", *options).json["values"]}

    assert values["north", "2024-02"] == ("value", 300)
    assert values["south", "2024-02"] == ("value", 0)
    assert values["south", "2024-03"] == ("no_data", None)


@pytest.mark.parametrize("engine", ["duckdb", "postgresql", "sqlite", "mysql"])
def test_plan_prints_the_sql_of_each_engine(kpicore: Callable[..., Said], loaded: Path, engine: str) -> None:
    """One statement per fact, with the form of each branch and why."""
    plan = kpicore("plan", loaded, *EVALUATE, "--engine", engine, "--json").json

    assert (plan["engine"], [each["fact"] for each in plan["statements"]]) == (engine, ["opportunity"])
    assert plan["statements"][0]["sql"].startswith("SELECT")
    assert plan["statements"][0]["branches"][0]["why"]


def test_check_finds_what_was_set_aside(kpicore: Callable[..., Said], loaded: Path) -> None:
    """A warning, which is no error unless asked for."""
    said, strict = kpicore("check", loaded, "--json"), kpicore("check", loaded, "--severity", "warning")

    assert (said.code, strict.code) == (ExitCode.OK, ExitCode.FINDINGS)
    assert any("set aside" in each["what"] for each in said.json["findings"])


def test_check_lists_what_was_set_aside(kpicore: Callable[..., Said], loaded: Path) -> None:
    """With file, line, key, column, value and reason."""
    listed = kpicore("check", loaded, "--rows", "5", "--json").json["rejects"]

    assert [(each["table_name"], each["line"], each["row_key"]) for each in listed] == [("opportunity", 6, "d5")]
    assert "deals.csv" in kpicore("check", loaded, "--rows", "5").out


def test_a_metric_is_shown_in_full_by_name(kpicore: Callable[..., Said]) -> None:
    """Definition, formula, caliber and known tricks."""
    text = kpicore("metrics", "sales.win_rate").out

    assert text.startswith("sales.win_rate: Win rate (closed) / 商机赢单率")
    assert "definition:" in text
    assert "gaming:" in text


def test_check_finds_scorecards_that_cannot_work(kpicore: Callable[..., Said], project: Path) -> None:
    """All of them, not just the first."""
    card = (project / "scorecards/seller.toml").read_text(encoding="utf-8")
    (project / "scorecards/other.toml").write_text(card.replace("seller", "pilot"), encoding="utf-8")
    (project / "scorecards/seller.toml").write_text(card.replace("sales.win_rate", "sales.win_rat"), encoding="utf-8")

    said = kpicore("check", project, "--json")

    texts = " ".join(each["what"] for each in said.json["findings"] if each["severity"] == "error")
    assert said.code == ExitCode.FINDINGS
    assert "did you mean 'sales.win_rate'" in texts
    assert "nobody holds the role 'pilot'" in texts


def test_init_load_evaluate_as_a_new_user(kpicore: Callable[..., Said], tmp_path: Path, shared_data: Path) -> None:
    """The Maven CRM from its files to scores, equal to independently computed figures."""
    folder = tmp_path / "maven"
    known = json.loads((shared_data / "maven_crm/oracle.json").read_text(encoding="utf-8"))

    assert kpicore("init", folder, "--from", "maven", "--data", shared_data / "maven_crm").code == ExitCode.OK
    assert kpicore("load", folder).code == ExitCode.OK
    result = kpicore("evaluate", folder, "--role", "account_executive", "--period", "2017", "--json").json

    found = {each["subject"]: {cell["metric"]: cell for cell in each["metrics"]} for each in result["scores"]}
    assert {who: cells["sales.win_rate"]["value"] for who, cells in found.items()} == pytest.approx(
        {who: figures["win_rate"] for who, figures in known["by_agent"].items()}, abs=1e-6
    )
    assert sorted(each["subject"] for each in result["unscored"]) == known["agents_without_deals"]
    assert {each["state"] for each in result["unscored"]} == {"no_data"}


def test_demo_makes_loads_and_scores_an_organisation(kpicore: Callable[..., Said], tmp_path: Path) -> None:
    """Three roles, and every person is scored or said why not."""
    said = kpicore("demo", tmp_path / "demo", "--json")

    assert said.code == ExitCode.OK
    assert [run["run"]["role"] for run in said.json["runs"]] == ["account_executive", "customer_success_manager", "support_agent"]
    assert all(run["scores"] and not run["failures"] for run in said.json["runs"])


def test_demo_never_overwrites_a_folder_of_somebody_else(kpicore: Callable[..., Said], tmp_path: Path) -> None:
    """Exit code 2."""
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")

    said = kpicore("demo", tmp_path)

    assert said.code == ExitCode.USAGE
    assert "must be new, empty or an earlier demo" in said.err
