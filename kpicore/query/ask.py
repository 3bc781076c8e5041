"""Ask the database what was planned; a measure that it refuses is found and set aside, so that the others are still answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field

from kpicore.errors import SourceError
from kpicore.query.plan import plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from kpicore.model.measure import Measure
    from kpicore.query.plan import Plan, Statement
    from kpicore.query.rows import Scope


@define(eq=False)
class Answers:
    """The statements that were answered, with their results, and the measures that the database refused."""

    statements: list[Statement] = field(factory=list)
    tables: list[pa.Table] = field(factory=list)
    refused: dict[str, str] = field(factory=dict)
    """Measure key -> why."""


def ask(scope: Scope, planned: Plan) -> Answers:
    """Run the statements; where one fails, ask for its measures in ever smaller parts.

    Raises:
        SourceError: the database is gone.
    """
    answers = Answers()
    for statement in planned.statements:
        _ask(scope, statement, answers)
    return answers


def _ask(scope: Scope, statement: Statement, answers: Answers) -> None:
    measures = [part for branch in statement.branches for part in branch.measures]
    try:
        table = statement.answer(scope.facts)
    except SourceError as error:
        if not scope.facts.is_alive():
            raise
        _ask_in_parts(scope, measures, answers, str(error))
    else:
        answers.statements.append(statement)
        answers.tables.append(table)


def _ask_in_parts(scope: Scope, measures: Sequence[Measure], answers: Answers, why: str) -> None:
    if len(measures) == 1:
        answers.refused[measures[0].key] = why
        return
    middle = len(measures) // 2
    for part in (measures[:middle], measures[middle:]):
        for statement in plan(scope, part).statements:
            _ask(scope, statement, answers)
