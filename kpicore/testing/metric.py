"""What each metric must carry, for the definition handbook and for the planner."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import Table

from kpicore import facts
from kpicore.errors import KpiError
from kpicore.registry.offers import METRIC_NAME, METRICS, OfferError, checked, is_said
from kpicore.testing.demand import demand

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kpicore.model.measure import Measure
    from kpicore.model.metric import Metric

DIMENSIONS = ("acquisition", "sales process", "customer service", "customer value", "data quality", "adoption")
CHOICES: dict[str, tuple[str, ...]] = {
    "direction": ("higher", "lower", "none"),
    "unit": ("share", "count", "money", "days", "hours", "minutes", "points", "ratio"),
    "frequency": ("day", "week", "month", "quarter"),
    "dimension": DIMENSIONS,
}
"""Fields of a metric that take one of a few words."""
TEXTS = ("definition", "formula", "caliber", "gaming", "source")
"""Fields of a metric that the definition handbook prints as they are."""


def check_metric(metric: Metric) -> None:
    """Check that a metric carries all that the definition handbook prints, and that it can be planned.

    Raises:
        AssertionError: something is missing or wrong; everything that is, is listed.
    """
    demand(f"metric {getattr(metric, 'name', metric)!r}", _metric_faults(metric))


def _metric_faults(metric: Metric) -> Iterator[str]:
    try:
        checked(METRICS, metric)
    except OfferError as error:
        yield str(error)
        return
    yield from (f"{name} must be said in words (got {getattr(metric, name)!r})" for name in TEXTS if not is_said(getattr(metric, name)))
    for name, choices in CHOICES.items():
        if getattr(metric, name) not in choices:
            yield f"{name} must be one of {', '.join(choices)} (got {getattr(metric, name)!r})"
    if not metric.kinds or set(metric.kinds) - {"person", "team", "customer"}:
        yield f"kinds must be of person, team, customer (got {metric.kinds!r})"
    for name in (*metric.drives, *metric.guards, *metric.inputs()):
        if not re.fullmatch(METRIC_NAME, name) or name == metric.name:
            yield f"drives, guards and inputs must name other metrics, e.g. 'sales.revenue_signed' (got {name!r})"
    yield from _measure_faults(metric.measures(), metric.inputs())


def _measure_faults(measures: Sequence[Measure], inputs: Sequence[str]) -> Iterator[str]:
    if not measures and not inputs:
        yield "it must have a measure, or be computed from other metrics"
    for measure in measures:
        if measure.subject is None:
            yield f"the measure on {measure.fact.name} must say to whom a row belongs: subject = ..."
        if measure.at is None and not measure.is_state:
            yield f"the measure on {measure.fact.name} must say when a row counts: at = ..."
        for table in {column.table.name: column.table for column in measure.columns()}.values():
            yield from _way_faults(measure.fact, table)


def _way_faults(fact: Table, table: object) -> Iterator[str]:
    if not isinstance(table, Table) or facts.metadata.tables.get(table.name) is not table:
        yield f"measures must be on the canonical facts of kpicore.facts (got {table})"
    elif table is not fact:
        try:
            facts.path(fact, table)
        except KpiError as error:
            yield str(error)
