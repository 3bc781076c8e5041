"""Scorecards for tests of the linter: from TOML, a table of people and metrics in Python, as the linter's pages show them."""

from __future__ import annotations

import csv
import tomllib
from functools import cache
from io import StringIO
from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve

from kpicore import registry
from kpicore.config.structure import structure
from kpicore.lint.figures import figures
from kpicore.lint.rule import Draft
from kpicore.matrix import MetricMatrix
from kpicore.model.cells import Cells
from kpicore.model.metric import Metric
from kpicore.model.period import parse
from kpicore.model.result import RunInfo, RunResult
from kpicore.model.scorecard import Scorecard
from kpicore.scorecard import Offers, people, score

if TYPE_CHECKING:
    from kpicore.registry import Registry


@cache
def plugins() -> Registry:
    """Load the plugins once."""
    return registry.load()


def with_metrics(python: str) -> Registry:
    """Return the plugins, with the metrics that some Python code makes."""
    made: dict[str, object] = {}
    exec(python, made)  # noqa: S102  # an example of the documentation
    mine = {each.name: each for each in made.values() if isinstance(each, Metric)}
    return evolve(plugins(), metrics={**plugins().metrics, **mine})


def card_of(toml: str) -> Scorecard:
    """Read a scorecard without its head."""
    return structure(Scorecard, {"role": "seller", **tomllib.loads(toml)}, "an example")


def result_of(card: Scorecard, table: str, offered: Registry) -> RunResult:
    """Score the people of a table: a column each for the person, the metrics and, if need be, n."""
    rows = list(csv.DictReader(StringIO(table)))
    n = np.array([float(row.get("n") or 30) for row in rows])[:, None]
    cells = {}
    for name in rows[0]:
        if name not in ("person", "n"):
            value = np.array([float(row[name]) if row[name] else np.nan for row in rows])[:, None]
            cells[name] = Cells.of(value, n)
    matrix = MetricMatrix.build([row["person"] for row in rows], ["2024-Q1"], cells)
    offers = Offers(offered.normalisers, offered.weightings, offered.aggregators)
    scored = score(matrix, card, offers, {name: metric.direction for name, metric in offered.metrics.items()})
    scores, unscored = people(scored)
    return RunResult(RunInfo("seller", parse("2024-Q1"), "", "", ""), scores, unscored, scale=scored.scale)


def draft_of(toml: str, table: str = "", python: str = "") -> Draft:
    """Return what rules read."""
    offered, card = with_metrics(python), card_of(toml)
    results = figures(result_of(card, table, offered)) if table else None
    return Draft(card, offered.metrics, offered.normalisers, results)
