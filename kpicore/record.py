"""What a run leaves behind: the result, and everything behind it that explanations and reports need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve, field, frozen

from kpicore.config import Project, config_digest
from kpicore.model.result import Credit, Failure, Rejects, RunInfo, RunResult
from kpicore.model.scale import Scale
from kpicore.query.credit import counted
from kpicore.scorecard import people
from kpicore.scorecard.assemble import told
from kpicore.scorecard.complexity import drifts

if TYPE_CHECKING:
    from datetime import datetime

    from kpicore.model.people import People
    from kpicore.model.period import Calendar
    from kpicore.model.scorecard import Scorecard
    from kpicore.query.credit import Ledger
    from kpicore.query.database import Facts
    from kpicore.query.run import Outcome, Request
    from kpicore.registry import Registry
    from kpicore.scorecard import Scored, Spread


@frozen(eq=False)
class Setting:
    """What a run needs to know besides scorecard and period."""

    registry: Registry
    project: Project = field(factory=lambda: Project("embedded"))
    as_of: datetime | None = None
    """Naive UTC moment up to which the facts are known; None: what the loader found."""
    scale: Scale = field(factory=Scale)
    """What was frozen with an earlier run."""

    @property
    def calendar(self) -> Calendar:
        """The project's calendar."""
        return self.project.calendar


@frozen(eq=False)
class Evidence:
    """Everything behind a result."""

    scorecard: Scorecard
    setting: Setting
    request: Request
    outcome: Outcome
    people: People
    ledgers: tuple[Ledger, ...]


@frozen(eq=False)
class Run:
    """A finished run."""

    result: RunResult
    evidence: Evidence
    scored: Scored
    """All figures, as arrays."""


def record(facts: Facts, scored: Scored, chance: Spread, evidence: Evidence) -> Run:
    """Put the result together."""
    period, calendar = evidence.request.periods[0], evidence.setting.calendar
    span = calendar.utc(period.start), calendar.utc(period.end)
    teams = {subject: evidence.people.team_of(subject, evidence.scorecard.role, *span) for subject in scored.subjects}
    scores, unscored = people(scored, {who: team for who, team in teams.items() if team}, _credit(evidence), chance)
    names = evidence.people.names
    result = RunResult(
        run=evolve(_info(evidence), uncertainty=told(scored.scorecard.uncertainty, chance)),
        scores=tuple(evolve(each, name=names.get(each.subject)) for each in scores),
        unscored=tuple(evolve(each, name=names.get(each.subject)) for each in unscored),
        failures=_failures(evidence),
        rejects=rejects(facts),
        scale=scored.scale,
        drifts=drifts(scored.allowed, scored.subjects),
    )
    return Run(result, evidence, scored)


def _info(evidence: Evidence) -> RunInfo:
    setting, outcome = evidence.setting, evidence.outcome
    digest = config_digest(evidence.scorecard, setting.project, setting.scale)
    period, as_of = evidence.request.periods[0], outcome.as_of.isoformat()
    return RunInfo(evidence.scorecard.role, period, as_of, digest, outcome.measured.digest, setting.registry.versions())


def _credit(evidence: Evidence) -> dict[str, tuple[Credit, ...]]:
    measured = evidence.outcome.measured
    found = {}
    for subject in measured.subjects:
        figures_of = [(each.raw.fact.name, counted(each, measured, subject)) for each in evidence.ledgers]
        found[subject] = tuple(Credit(fact, *figures) for fact, figures in figures_of if figures is not None)
    return found


def _failures(evidence: Evidence) -> tuple[Failure, ...]:
    registry = evidence.setting.registry
    running = []
    for each in evidence.outcome.failures:
        owner = registry.plugin_of("kpicore_metrics", each.what)
        running.append(Failure(owner.name if owner else "", f"metric {each.what!r}", each.why))
    return tuple([Failure(each.plugin, each.what, each.why) for each in registry.failures] + running)


def rejects(facts: Facts) -> dict[str, Rejects]:
    """Return, per fact, how many rows the loader set aside and why; nothing for a database used in place."""
    found: dict[str, dict[str, set[Any]]] = {}
    for table, reason, *row in facts.bookkeeping("reject", ["table_name", "reason", "row_key", "file", "line"]):
        found.setdefault(str(table), {}).setdefault(str(reason), set()).add(tuple(row))
    return {
        table: Rejects(len(set().union(*reasons.values())), {reason: len(rows) for reason, rows in reasons.items()})
        for table, reasons in found.items()
    }
