"""Every form of a statement tells rows apart by classes: distinct counts, quantiles and groups as well as sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sample
from attrs import evolve
from catalogue import BY_NAME
from oracle import Oracle, aggregated, grouped
from test_mix import CASES, OWN, class_of, connection, request_of
from test_oracle import AS_OF

from kpicore.facts.classes import class_column
from kpicore.query.ask import ask
from kpicore.query.database import Facts
from kpicore.query.plan import plan
from kpicore.query.run import scope_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from kpicore import Measure
    from kpicore.query.ask import Answers

__all__ = ["connection"]

CASE = CASES["half-rep"]
Found = dict[tuple[str, tuple[str | None, ...]], float]


def measures_of(fact: str) -> list[Measure]:
    """Return all measures of one fact, those of the catalogue's metrics, each once."""
    names = [name for name, metric in BY_NAME.items() if not metric.shifts()]
    return list({part.key: part for name in names for part in BY_NAME[name].measures() if part.fact.name == fact}.values())


@pytest.mark.parametrize("fact", OWN)
def test_every_measure_by_class_equals_the_oracle(connection: Connection, fact: str) -> None:
    """All functions and forms, with owners then, shares, roles and currencies."""
    tables = sample.sample(CASE.seed, size=80)
    sample.fill(connection, tables)
    measures = measures_of(fact)
    scope = evolve(scope_of(Facts(connection), request_of(CASE, ())), classes=tuple(class_column(name) for name in OWN[fact]))

    answers = ask(scope, plan(scope, measures))

    assert {} == answers.refused
    oracle = Oracle(tables, list(CASE.periods), CASE.calendar(), CASE.by, CASE.role, "EUR", AS_OF, BY_NAME)
    found = dict(read(answers, len(OWN[fact])))
    for each in measures:
        # What is 0 of nothing need not be there.
        wanted = {place: value for place, value in expected(oracle, each, OWN[fact]).items() if value}
        got = {place: value for place, value in found[each.key].items() if value and place[0] in oracle.subjects()}
        assert wanted == pytest.approx(got, rel=1e-9, abs=1e-9), each.key


def read(answers: Answers, classes: int) -> Iterator[tuple[str, Found]]:
    """Yield each measure's values by subject and class."""
    for statement, table in zip(answers.statements, answers.tables, strict=True):
        rows = table.to_pylist()
        for at, branch in enumerate(statement.branches):
            for number, measure in enumerate(branch.measures):
                own = [row for row in rows if row["branch"] == at and row[f"m{number}"] is not None]
                place: Any = {
                    (str(row["subject"]), tuple(row[f"class{column}"] for column in range(classes))): float(row[f"m{number}"])
                    for row in own
                }
                yield measure.key, place


def expected(oracle: Oracle, measure: Measure, columns: Sequence[str]) -> Found:
    """Return what the oracle says of a measure by subject and class."""
    give = grouped if measure.per else aggregated
    found: Found = {}
    for (subject, _), rows in oracle.credits(measure).items():
        for one in {class_of(env, columns) for env, _ in rows} if subject in oracle.subjects() else ():
            value = give(measure, [row for row in rows if class_of(row[0], columns) == one])
            if value is not None:
                found[subject, one] = value
    return found
