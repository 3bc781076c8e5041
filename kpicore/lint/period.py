"""Which period shows what a scorecard does: the last complete one in which somebody has a score."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from kpicore import pipeline
from kpicore.errors import PeriodError
from kpicore.model.period import parse, shift, split
from kpicore.query.plan import missing_columns
from kpicore.query.run import closure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpicore.model.period import Calendar, Period
    from kpicore.model.result import RunResult
    from kpicore.model.scorecard import PeriodUnit, Scorecard
    from kpicore.query.database import Facts
    from kpicore.record import Setting

TRIES = 8
"""How many periods are looked at, from the last one back."""
UNFINISHED = 0.05
"""A period is complete if the facts reach to this share of its length before its end: quarters end in holidays."""


def last_result(facts: Facts, card: Scorecard, setting: Setting) -> RunResult:
    """Score the last complete period in which somebody has a score.

    Raises:
        PeriodError: there is none.
        KpiError: the scorecard cannot be scored.
    """
    latest = _latest(facts, card, setting)
    for period in complete_periods(latest, card.period, setting.calendar) if latest else ():
        try:
            result = pipeline.run(facts, card, period, setting).result
        except PeriodError:
            continue
        if result.scores:
            return result
    raise PeriodError(
        f"nobody in the role {card.role!r} has a score in the last {TRIES} complete {card.period}s of the facts; use --period"
    )


def _latest(facts: Facts, card: Scorecard, setting: Setting) -> datetime | None:
    """Return up to when facts are known: what the loader wrote down, or else the latest of the metrics' facts."""
    if known := facts.profile.meta.get("horizon"):
        return datetime.fromisoformat(known)
    metrics = setting.registry.metrics
    parts = [part for name in closure(metrics, card.uses()) for part in metrics[name].measures() if part.at is not None]
    usable = [part for part in parts if not missing_columns(facts, part)]
    times = {str(part.at): facts.rows(select(func.max(part.at)).select_from(part.fact))[0][0] for part in usable}
    known_times = [moment if isinstance(moment, datetime) else datetime.fromisoformat(str(moment)) for moment in times.values() if moment]
    return max(known_times, default=None)


def complete_periods(latest: datetime, unit: PeriodUnit, calendar: Calendar) -> Iterator[Period]:
    """Yield the last complete periods, the latest first.

    Args:
        latest: naive UTC moment of the latest fact.
        unit: of the periods.
        calendar: in which they begin and end.
    """
    local = latest.replace(tzinfo=UTC).astimezone(ZoneInfo(calendar.time_zone)).replace(tzinfo=None)
    period = _around(local, unit, calendar)
    if local < period.end - UNFINISHED * (period.end - period.start):
        period = shift(period, -1, calendar)
    for _ in range(TRIES):
        yield period
        period = shift(period, -1, calendar)


def _around(moment: datetime, unit: PeriodUnit, calendar: Calendar) -> Period:
    """Return the period in which a moment of local time lies."""
    if unit in ("day", "week"):
        year, week, _ = moment.isocalendar()
        return parse(f"{moment:%Y-%m-%d}" if unit == "day" else f"{year}-W{week:02d}", calendar)
    years = [parse(str(year), calendar) for year in (moment.year - 1, moment.year)]
    return next(part for year in years for part in split(year, unit, calendar) if part.start <= moment < part.end)
