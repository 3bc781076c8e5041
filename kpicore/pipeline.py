"""One run, from facts to scores: read `run` first, its lines are the stages.

Embedders call `evaluate` (scores) or `measure` (metric values); neither needs files, a current directory or global state.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from kpicore import registry as plugins
from kpicore.config import Project, check_reach, load_scorecard
from kpicore.config.complexity import check_complexity, class_columns
from kpicore.errors import PeriodError
from kpicore.model.period import Period, Unit, parse, split
from kpicore.model.scale import Scale
from kpicore.model.scorecard import Scorecard
from kpicore.query import credit, plan
from kpicore.query import run as query
from kpicore.query.database import Facts, open_facts
from kpicore.query.grouping import read_people
from kpicore.query.mix import class_plans, with_mixes
from kpicore.record import Evidence, Run, Setting, record
from kpicore.scorecard import Offers, prepare, score, spread
from kpicore.scorecard.complexity import refuse_unfit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from kpicore.matrix import MetricMatrix
    from kpicore.model.metric import Metric
    from kpicore.model.result import RunResult
    from kpicore.query.credit import Ledger
    from kpicore.query.mix import ClassPlan
    from kpicore.registry import Registry


def run(facts: Facts, scorecard: Scorecard, period: Period, setting: Setting) -> Run:
    """Score the people of the scorecard's role for one period."""
    offers = check(scorecard, setting)
    ledgers = _ledgers(setting.registry, scorecard)
    request = _request(setting, scorecard.uses(), (period,), role=scorecard.role, ledgers=ledgers)
    outcome = query.measure(facts, request)
    _refuse_empty(facts, request, outcome)
    outcome, mixes = with_mixes(facts, request, outcome, class_columns(scorecard))
    scored = score(outcome.matrix, scorecard, offers, directions(setting.registry), setting.scale, mixes)
    chance = spread(scored, outcome.matrix, prepare(scorecard, offers, directions(setting.registry)))
    return record(facts, scored, chance, Evidence(scorecard, setting, request, outcome, read_people(facts), ledgers))


def check(scorecard: Scorecard, setting: Setting) -> Offers:
    """Check that a scorecard can be scored with what plugins offer, without any facts.

    Raises:
        ConfigError: with all that is unknown or cannot work, each with its place in the file.
    """
    registry = setting.registry
    offers = Offers(registry.normalisers, registry.weightings, registry.aggregators, registry.complexities)
    prepared = prepare(scorecard, offers, directions(registry))
    check_reach(scorecard, registry.metrics)
    refuse_unfit(prepared.steps, check_complexity(scorecard, registry.metrics))
    return offers


def directions(registry: Registry) -> dict[str, str]:
    """Return which way is better, per metric."""
    return {name: metric.direction for name, metric in registry.metrics.items()}


def evaluate(
    *,
    scorecard: Scorecard | Path | str,
    facts: Engine | Connection | Facts | Path | str,
    period: Period | str,
    project: Project | None = None,
    registry: Registry | None = None,
    as_of: datetime | None = None,
    scale: Scale | None = None,
) -> RunResult:
    """Score the people of a role for one period.

    Args:
        scorecard: a value, or the path of a scorecard file.
        facts: a DuckDB file, a database URL, an engine, or an open connection (which stays open, in its transaction).
        period: e.g. '2017-Q3'.
        project: time zone, fiscal year, currency, metric parameters; UTC and no currency unless given.
        registry: the plugins in use; all installed ones unless given.
        as_of: naive UTC moment up to which the facts are known: a cohort counts once its time to convert has passed by then.
            It leaves no fact out. What the loader found unless given.
        scale: of an earlier run (`RunResult.scale`); what it does not hold is fitted to the people scored.
    Raises:
        KpiError: with what must hold, what came, and what to do next.
    """
    setting = set_up(project, registry, as_of, scale)
    card = scorecard if isinstance(scorecard, Scorecard) else load_scorecard(Path(scorecard))
    with open_facts(facts) as opened:
        return run(opened, card, _period(period, setting), setting).result


def measure(
    *,
    metrics: Sequence[str],
    facts: Engine | Connection | Facts | Path | str,
    period: Period | str,
    by: str = "person",
    role: str | None = None,
    each: Unit | None = None,
    project: Project | None = None,
    registry: Registry | None = None,
    as_of: datetime | None = None,
) -> MetricMatrix:
    """Measure metrics without scoring anybody.

    Args:
        metrics: names of the metrics.
        facts: as for `evaluate`.
        period: e.g. '2017'.
        by: person, team, manager, region, role or all, or a column that makes classes of cases, e.g. 'customer.size'.
        role: only facts that happened while their owner held this role.
        each: split the period into days, weeks, months, quarters, halves or years, e.g. 'month'.
        project: as for `evaluate`.
        registry: as for `evaluate`.
        as_of: as for `evaluate`.
    Returns:
        Values, evidence and states of the shape (subjects, metrics, periods).
    """
    setting = set_up(project, registry, as_of)
    with open_facts(facts) as opened:
        return query.measure(opened, request(setting, metrics, period, by=by, role=role, each=each)).matrix


def set_up(
    project: Project | None = None,
    registry: Registry | None = None,
    as_of: datetime | None = None,
    scale: Scale | None = None,
) -> Setting:
    """Load the plugins that a project uses, unless they are given."""
    chosen = project or Project("embedded")
    found = registry or plugins.load(block=chosen.plugins.block, require=chosen.plugins.require, parameters=chosen.parameters)
    return Setting(found, chosen, as_of, scale or Scale())


def request(
    setting: Setting, metrics: Sequence[str], period: Period | str, *, by: str = "person", role: str | None = None, each: Unit | None = None
) -> query.Request:
    """Say what is to be measured; see `measure`."""
    span = _period(period, setting)
    periods = (span,) if each is None else tuple(split(span, each, setting.calendar))
    return _request(setting, metrics, periods, by=by, role=role)


def scorecard_request(setting: Setting, scorecard: Scorecard, period: Period | str) -> query.Request:
    """Say what a scorecard asks to be measured, its credit rules included."""
    span = _period(period, setting)
    return _request(setting, scorecard.uses(), (span,), role=scorecard.role, ledgers=_ledgers(setting.registry, scorecard))


def planned(facts: Facts, wanted: query.Request) -> plan.Plan:
    """Return the statements for a request, without running them."""
    return query.prepare(facts, wanted)[1]


def planned_classes(facts: Facts, wanted: query.Request, scorecard: Scorecard) -> list[ClassPlan]:
    """Return the statements that measure by classes of cases, for the metrics with `complexity`, without running them."""
    return class_plans(facts, wanted, class_columns(scorecard))


def _period(period: Period | str, setting: Setting) -> Period:
    return period if isinstance(period, Period) else parse(period, setting.calendar)


def _request(
    setting: Setting,
    names: Sequence[str],
    periods: tuple[Period, ...],
    *,
    by: str = "person",
    role: str | None = None,
    ledgers: Sequence[Ledger] = (),
) -> query.Request:
    extra = tuple(part for found in ledgers for part in found.measures)
    project = setting.project
    shared = (setting.calendar, by, role, project.currency, setting.as_of, project.calendars, extra)
    return query.Request(setting.registry.metrics, tuple(names), periods, *shared)


def _ledgers(registry: Registry, scorecard: Scorecard) -> tuple[Ledger, ...]:
    """Return the credit rules whose facts the scorecard's metrics use."""
    used = {part.fact.name for name in query.closure(registry.metrics, scorecard.uses()) for part in registry.metrics[name].measures()}
    found = [credit.ledger(rule) for _, rule in sorted(registry.rules.items())]
    return tuple(each for each in found if each.raw.fact.name in used)


def _refuse_empty(facts: Facts, wanted: query.Request, outcome: query.Outcome) -> None:
    """Refuse a period in which nobody has any fact: most likely the period is wrong."""
    used = [part for name in query.closure(wanted.metrics, wanted.names) for part in wanted.metrics[name].measures()]
    if outcome.measured.active.any() or all(part.at is None for part in used):
        return
    spans = sorted({text for name in wanted.names if (text := _span(facts, wanted.metrics[name]))})
    raise PeriodError(
        f"the period {wanted.periods[0].name} must lie in the data: nobody in the role {wanted.role!r} has a fact in it;"
        f" {'; '.join(spans) or 'there are no facts for these metrics at all'}"
    )


def _span(facts: Facts, metric: Metric) -> str | None:
    for part in metric.measures():
        if part.at is not None and not plan.missing_columns(facts, part):
            first, last = facts.rows(select(func.min(part.at), func.max(part.at)).select_from(part.fact))[0]
            return f"{part.fact.name} goes from {str(first)[:10]} to {str(last)[:10]}" if first is not None else None
    return None
