"""From the arrays of a scoring to values that explain themselves: who scored what and how, and who has no score and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kpicore.kernels.rank import order
from kpicore.kernels.rounding import DECIMALS
from kpicore.model.cells import State
from kpicore.model.result import GateEffect, MetricCell, Score, Unscored

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kpicore.model.result import Credit
    from kpicore.scorecard.run import Scored

UNIT = 10.0**-DECIMALS

_WHY = {
    State.NO_DATA: "nothing to measure in the period",
    State.NOT_APPLICABLE: "the metric does not apply",
    State.NOT_TESTABLE: "the facts lack a column that the metric needs",
    State.ERROR: "the metric failed",
}


def people(
    scored: Scored, teams: Mapping[str, str] | None = None, credit: Mapping[str, tuple[Credit, ...]] | None = None
) -> tuple[tuple[Score, ...], tuple[Unscored, ...]]:
    """Make values of a scoring.

    Args:
        scored: the arrays.
        teams: per subject.
        credit: per subject, how many rows counted.
    Returns:
        The scores in the order of the league table, and the unscored by id.
    """
    table = [int(at) for at in order(scored.published.score, scored.subjects)]
    rest = sorted(set(range(len(scored.subjects))) - set(table), key=scored.subjects.__getitem__)
    scores = tuple(_score(scored, at, teams or {}, credit or {}) for at in table)
    return scores, tuple(_unscored(scored, at, teams or {}) for at in rest)


def _score(scored: Scored, at: int, teams: Mapping[str, str], credit: Mapping[str, tuple[Credit, ...]]) -> Score:
    subject, band = scored.subjects[at], int(scored.published.band[at])
    return Score(
        subject=subject,
        team=teams.get(subject),
        score=float(scored.published.score[at]),
        rank=int(scored.published.rank[at]),
        band=scored.scorecard.bands[band].name if band >= 0 else None,
        coverage=float(scored.gaps.coverage[at]),
        metrics=tuple(_cell(scored, at, column, is_scored=True) for column in range(len(scored.scorecard.metrics))),
        gates=tuple(_gate(scored, at, column) for column in range(len(scored.scorecard.gates))),
        credit=credit.get(subject, ()),
    )


def _cell(scored: Scored, at: int, column: int, *, is_scored: bool) -> MetricCell:
    name = scored.scorecard.metrics[column].use
    state = State(scored.measured.state[at, column])
    has_share = not np.isnan(scored.normalised.share[at, column])
    in_score = is_scored and not np.isnan(scored.filled[at, column])
    return MetricCell(
        metric=name,
        state=state.label,
        value=_known(scored.measured.value[at, column]),
        n=float(scored.measured.n[at, column]),
        normalised=_known(scored.filled[at, column] if is_scored else scored.normalised.share[at, column]),
        weight=float(scored.gaps.weight[at, column]) if has_share else None,
        points=_published(scored.published.points[at, column]) if in_score else None,
        nominal_weight=float(scored.nominal[column]),
        clipped=_known(scored.normalised.clipped[at, column]),
        why=_why(scored, at, name, state),
        goalposts=scored.normalised.goalposts.get(name, {}),
    )


def _why(scored: Scored, at: int, name: str, state: State) -> str | None:
    if state == State.VALUE:
        return scored.normalised.notes.get(name)
    if not scored.measured.active[at]:
        return "no facts in the period"
    return scored.why.get(name, _WHY[state])


def _gate(scored: Scored, at: int, column: int) -> GateEffect:
    rule = scored.scorecard.gates[column]
    state = State(scored.gated.state[at, column])
    unknown = None if state == State.VALUE else f"{rule.use} has no value ({state.label}), so the gate does not fire"
    return GateEffect(
        use=rule.use,
        condition=rule.condition,
        value=_known(scored.gated.value[at, column]),
        fired=bool(scored.fired[at, column]),
        effect=rule.then.to_dict(),
        points=_published(scored.published.gate_points[at, column]),
        reason=rule.then.reason,
        why=unknown,
    )


def _unscored(scored: Scored, at: int, teams: Mapping[str, str]) -> Unscored:
    state, why = _verdict(scored, at)
    subject = scored.subjects[at]
    cells = tuple(_cell(scored, at, column, is_scored=False) for column in range(len(scored.scorecard.metrics)))
    return Unscored(subject, state, why, teams.get(subject), float(scored.gaps.coverage[at]), cells)


def _verdict(scored: Scored, at: int) -> tuple[str, str]:
    if not scored.measured.active[at]:
        return State.NO_DATA.label, "no facts in the period"
    states = {State(scored.measured.state[at, column]) for column in np.flatnonzero(scored.nominal > 0)}
    if len(states) == 1 and State.VALUE not in states:
        return _all_alike(scored, states.pop())
    if scored.gaps.blocked[at]:
        return "blocked", f"a metric is missing, and the scorecard asks for all of them ({_gaps(scored, at)})"
    has, needs = f"{100 * scored.gaps.coverage[at]:.4g} %", f"{100 * scored.scorecard.minimum_coverage:.4g} %"
    return "insufficient_coverage", f"there is data for {has} of the weight, and at least {needs} is needed ({_gaps(scored, at)})"


def _all_alike(scored: Scored, state: State) -> tuple[str, str]:
    if state == State.NO_DATA:
        why = "facts in the period, but none that a metric of this scorecard measures"
        return state.label, why if scored.measured.knows_active else "no facts in the period"
    return state.label, f"no metric of this scorecard has a value: {_WHY[state]}"


def _gaps(scored: Scored, at: int) -> str:
    gaps = []
    for column in np.flatnonzero(np.isnan(scored.normalised.share[at]) & (scored.nominal > 0)):
        name, state = scored.scorecard.metrics[column].use, State(scored.measured.state[at, column])
        gaps.append(f"{name}: {scored.normalised.notes.get(name, 'not comparable') if state == State.VALUE else state.label}")
    return "; ".join(gaps)


def _known(number: float) -> float | None:
    return None if np.isnan(number) else float(number)


def _published(units: int) -> float:
    return round(float(units) * UNIT, DECIMALS)
