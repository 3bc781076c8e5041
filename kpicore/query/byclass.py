"""Grouping by a class of cases instead of by people: the class takes the subject's place in the results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from kpicore.errors import PlanError
from kpicore.facts.classes import refuse_far
from kpicore.query.rows import steps_to

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Column

    from kpicore.model.measure import Measure
    from kpicore.model.metric import Metric
    from kpicore.query.database import Facts

NONE = "(none)"
"""The label of what has no value in the column."""
NULL = "\ue000"
"""Stands for null among the values, where '(none)' itself may be one."""


def by_class(tables: Sequence[pa.Table]) -> list[pa.Table]:
    """Put the class in the place of the subject."""
    return [_relabelled(table) for table in tables]


def _relabelled(table: pa.Table) -> pa.Table:
    label = pc.fill_null(table.column("class0").cast(pa.string()), NULL)
    return table.set_column(table.column_names.index("subject"), "subject", label)


def label_of(subject: str) -> str:
    """Return how a class is called; null is '(none)'."""
    return NONE if subject == NULL else subject


def lacking_class(database: Facts, metrics: Mapping[str, Metric], names: Sequence[str], column: Column[Any]) -> dict[str, list[str]]:
    """Return, per metric whose rows cannot be told apart by a column, what is missing for it."""
    found = {name: sorted({each for part in metrics[name].measures() for each in _lacking(database, part, column)}) for name in names}
    return {name: missing for name, missing in found.items() if missing}


def _lacking(database: Facts, measure: Measure, column: Column[Any]) -> list[str]:
    try:
        refuse_far(column, [measure.fact])
    except PlanError:
        return [f"a way from each {measure.fact.name} to one {column.table.name}"]
    needed = [column, *(edge.column for edge in steps_to(measure.fact, [column]))]
    return [str(each) for each in needed if not database.profile.has(each)]
