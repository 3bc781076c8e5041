"""A result as one long table: a row per person and metric, with the person's score beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kpicore.model.result import CHANCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpicore.model.result import RunResult, Score, Unscored

_PERSON = ("subject", "team", "state", "score", "low", "high", "rank", "rank_low", "rank_high", *CHANCE, "band", "coverage")

COLUMNS: dict[str, str] = {
    **dict.fromkeys(("run", "role", "period", "subject", "team", "state"), "text"),
    **dict.fromkeys(("score", "low", "high"), "number"),
    **dict.fromkeys(("rank", "rank_low", "rank_high"), "whole"),
    **dict.fromkeys(CHANCE[:-1], "number"),
    "grade": "whole",
    "band": "text",
    "coverage": "number",
    "metric": "text",
    "metric_state": "text",
    **dict.fromkeys(
        ("value", "n", "value_low", "value_high", "complexity", "adjusted", "shrunk", "reliability", "treated", "normalised", "clipped"),
        "number",
    ),
    **dict.fromkeys(("nominal_weight", "weight", "points"), "number"),
    "enough_data": "yes or no",
    "why": "text",
}
"""Columns of the table, and whether they hold text, numbers, whole numbers, or yes or no."""

_TYPES = {"text": pa.string(), "number": pa.float64(), "whole": pa.int64(), "yes or no": pa.bool_()}


def table(result: RunResult) -> pa.Table:
    """Return the rows of the scored by rank, then those of people without a score."""
    schema = pa.schema([(name, _TYPES[kind]) for name, kind in COLUMNS.items()])
    rows = list(_rows(result))
    return pa.table({name: [row.get(name) for row in rows] for name in COLUMNS}, schema=schema)


def _rows(result: RunResult) -> Iterator[dict[str, Any]]:
    start = {"run": result.run.id, "role": result.run.role, "period": result.run.period.name}
    everybody: tuple[Score | Unscored, ...] = (*result.scores, *result.unscored)
    for person in everybody:
        about = {**start, **{name: getattr(person, name, None) for name in _PERSON}}
        for cell in person.metrics:
            figures = {**cell.to_dict(), "metric_state": cell.state, "value_low": cell.low, "value_high": cell.high}
            yield {**figures, **about}
