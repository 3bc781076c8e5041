"""How the tests of the metric plugins measure: rows written by hand, one metric, and its cells as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from kpicore.model.cells import State
from kpicore.pipeline import measure
from kpicore.testing import check_plugin, facts_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from types import ModuleType
    from typing import Any

    from sqlalchemy import Engine

    from kpicore.config import Project

Rows: TypeAlias = "Mapping[str, Sequence[Mapping[str, object]]]"
Cell: TypeAlias = "float | str"
"""The value, or the name of the state where there is none."""


@pytest.fixture
def filled() -> Iterator[Callable[..., Engine]]:
    """Return a function that makes a database from rows, and close them all afterwards."""
    made: list[Engine] = []

    def make(rows: Rows, url: str = "duckdb:///:memory:") -> Engine:
        made.append(facts_from(rows, url))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()


@pytest.fixture
def cells(filled: Callable[..., Engine]) -> Callable[..., dict[str, Any]]:
    """Return a function that gives a metric's cells per subject: one value or state, or a list of them where `each` splits the period."""

    def found(
        plugin: ModuleType,
        name: str,
        rows: Rows,
        period: str = "2024",
        *,
        by: str = "person",
        each: Any = None,
        as_of: datetime | None = None,
        parameters: Mapping[str, Mapping[str, object]] | None = None,
        project: Project | None = None,
    ) -> dict[str, Cell | list[Cell]]:
        matrix = measure(
            metrics=[name],
            facts=filled(rows),
            period=period,
            by=by,
            each=each,
            as_of=as_of,
            project=project,
            registry=check_plugin(plugin, parameters),
        )
        states, values = matrix.state[:, 0, :], matrix.value[:, 0, :]
        rows_of = [
            [float(value) if state == State.VALUE else State(state).label for state, value in zip(*each_row, strict=True)]
            for each_row in zip(states, values, strict=True)
        ]
        return {who: row if each else row[0] for who, row in zip(matrix.subjects, rows_of, strict=True)}

    return found
