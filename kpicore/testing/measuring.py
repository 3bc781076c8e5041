"""A metric measured on a database of facts, as a run would measure it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore.errors import MetricError
from kpicore.model.cells import State
from kpicore.model.period import Calendar, Period, parse
from kpicore.query.database import open_facts
from kpicore.query.run import Request
from kpicore.query.run import measure as run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from kpicore.model.metric import Metric
    from kpicore.model.workdays import WorkingCalendar


def measure(
    metric: Metric,
    facts: Engine | Connection | str | Path,
    period: str | Period,
    *,
    using: Iterable[Metric] = (),
    by: str = "person",
    calendar: Calendar | None = None,
    currency: str | None = None,
    working: Mapping[str, WorkingCalendar] | None = None,
    as_of: datetime | None = None,
) -> dict[str, float | str]:
    """Measure one metric for all subjects in one period.

    Args:
        metric: the metric under test; it need not be offered by a plugin.
        facts: what `facts_from` returned, or any other database of canonical facts.
        period: such as '2024-Q2', or a period.
        using: the metrics from which this one is computed, if it is; without them it is not testable.
        by: person, team, manager, region, role or all, or a column that makes classes of cases, e.g. 'customer.size'.
        calendar: the time zone in which periods begin; UTC unless given.
        currency: the project's currency, into which amounts are converted.
        working: working calendars, by the names that the metric uses.
        as_of: naive UTC moment up to which the facts are known; the end of the period unless given.
    Returns:
        Subject -> value in the metric's unit, or the state of a cell without one: 'no_data', 'not_applicable' or 'not_testable'.
    Raises:
        MetricError: the metric failed, or counts rows twice by its definition.
    """
    calendar = calendar or Calendar()
    span = parse(period, calendar) if isinstance(period, str) else period
    known = {each.name: each for each in (*using, metric)}
    with open_facts(facts) as database:
        outcome = run(database, Request(known, (metric.name,), (span,), calendar, by, None, currency, as_of, working or {}))
    for failure in outcome.failures:
        raise MetricError(f"the metric {failure.what!r} failed: {failure.why}")
    cells = outcome.matrix.cell(metric.name)
    values = zip(cells.value[:, 0], cells.state[:, 0], strict=True)
    told = [float(value) if state == State.VALUE else State(state).label for value, state in values]
    return dict(zip(outcome.matrix.subjects, told, strict=True))
