"""`kpicore plan`: the statements of an evaluation, the form of each branch and why it was chosen, and the SQL per engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kpicore.cli.output import Command, as_json, notes, payload, payload_json
from kpicore.cli.projects import as_of_option, period_option, project_argument, project_facts, role_option, set_up

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kpicore.query.plan import Branch, Statement

ENGINES = ("duckdb", "postgresql", "sqlite", "mysql")


@click.command(cls=Command)
@project_argument
@role_option
@period_option
@click.option("--engine", type=click.Choice(ENGINES), help="Plan for this engine; that of the project's facts by default.")
@as_of_option
@as_json
@click.pass_context
def plan(ctx: click.Context, /, project: Path, role: str, period: str, **how: Any) -> None:
    """Print the SQL with which ROLE would be evaluated; nothing is run but small questions about the data."""
    from attrs import evolve

    from kpicore import pipeline

    setting = set_up(ctx, project, how["as_of"])
    notes(setting.registry.failures)
    with project_facts(setting.project) as facts:
        speaking = evolve(facts, engine=how["engine"]) if how["engine"] else facts
        card = setting.project.scorecard(role)
        wanted = pipeline.scorecard_request(setting, card, period)
        statements = [_statement(each, speaking.dialect) for each in pipeline.planned(speaking, wanted).statements]
        for planned in pipeline.planned_classes(speaking, wanted, card):
            statements += [_statement(each, speaking.dialect, planned.columns) for asked in planned.asked for each in asked.plan.statements]
    if how["is_json"]:
        payload_json({"schema": "kpicore.plan/1", "engine": speaking.dialect, "statements": statements})
        return
    payload(f"{len(statements)} statements on {speaking.dialect}, one per fact, and one more where cases are told apart by classes\n")
    for each in statements:
        payload(_text(each))


def _statement(statement: Statement, engine: str, classes: Sequence[str] = ()) -> dict[str, Any]:
    branches = [_branch(each) for each in statement.branches]
    return {"fact": statement.fact, "classes": list(classes), "branches": branches, "sql": sql(statement.select, engine)}


def _branch(branch: Branch) -> dict[str, Any]:
    from kpicore.model.measure import sql_text

    measures = [{"function": each.function, "value": sql_text(each.value), "where": sql_text(each.where)} for each in branch.measures]
    return {"form": branch.form, "why": branch.why, "measures": measures}


def sql(statement: Any, engine: str) -> str:
    """Return a statement as an engine's SQL, with its values written out."""
    return str(statement.compile(dialect=_dialect(engine), compile_kwargs={"literal_binds": True}))


def _dialect(engine: str) -> Any:
    if engine == "duckdb":
        from duckdb_sqlalchemy import Dialect

        return Dialect()
    from sqlalchemy import make_url

    drivers = {"postgresql": "postgresql+psycopg", "mysql": "mariadb+pymysql", "mariadb": "mariadb+pymysql"}
    dialect: Any = make_url(f"{drivers.get(engine, engine)}://").get_dialect()()
    if engine in ("mysql", "mariadb"):
        # Without a server to ask, the dialect takes it for one that cannot cast to double.
        dialect._support_float_cast = True  # noqa: SLF001  # there is no public way to say so
    return dialect


def _text(statement: dict[str, Any]) -> str:
    by = f" by {', '.join(statement['classes'])}" if statement["classes"] else ""
    lines = [f"-- {statement['fact']}{by}"]
    for at, branch in enumerate(statement["branches"]):
        lines.append(f"--   branch {at}: {branch['form']}, {len(branch['measures'])} measures: {branch['why']}")
    return "\n".join([*lines, f"{statement['sql']};", ""])
