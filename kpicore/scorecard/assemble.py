"""From the arrays of a scoring to values that explain themselves: who scored what and how, and who has no score and why."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve, frozen

from kpicore.kernels.rank import order
from kpicore.kernels.rounding import DECIMALS
from kpicore.model.cells import State
from kpicore.model.dimension import DimensionScore
from kpicore.model.result import GateEffect, MetricCell, Score, Unscored
from kpicore.scorecard.spread import FIGURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kpicore.model.cells import FloatArray
    from kpicore.model.result import Credit
    from kpicore.model.uncertainty import Uncertainty
    from kpicore.scorecard.run import Scored
    from kpicore.scorecard.spread import Spread

UNIT = 10.0**-DECIMALS

_WHY = {
    State.NO_DATA: "nothing to measure in the period",
    State.NOT_APPLICABLE: "the metric does not apply",
    State.NOT_TESTABLE: "the facts lack a column that the metric needs",
    State.ERROR: "the metric failed",
}


@frozen(eq=False)
class _Rows:
    """The arrays of a scoring as lists, which are much faster to read one figure at a time. Missing numbers are None."""

    scored: Scored
    state: list[list[int]]
    value: list[list[float | None]]
    complexity: list[list[float | None]]
    adjusted: list[list[float | None]]
    shrunk: list[list[float | None]]
    reliability: list[list[float | None]]
    low: list[list[float | None]]
    high: list[list[float | None]]
    treated: list[list[float | None]]
    n: list[list[float]]
    share: list[list[float | None]]
    clipped: list[list[float | None]]
    filled: list[list[float | None]]
    weight: list[list[float]]
    points: list[list[float]]

    @classmethod
    def of(cls, scored: Scored) -> _Rows:
        """Read the arrays."""
        measured, normalised = scored.measured, scored.normalised
        points = np.round(scored.published.points * UNIT, DECIMALS).tolist()
        low, high = scored.settled.limits(scored.scorecard.uncertainty.level)
        return cls(
            scored,
            measured.state.tolist(),
            _known(measured.value),
            _known(scored.allowed.coefficient),
            _known(scored.allowed.adjusted),
            _known(scored.settled.shrunk()),
            _known(scored.settled.reliability()),
            _known(low),
            _known(high),
            _known(np.where(scored.treated.value == scored.settled.value, np.nan, scored.treated.value)),
            measured.n.tolist(),
            _known(normalised.share),
            _known(normalised.clipped),
            _known(scored.filled),
            scored.weight.tolist(),
            points,
        )


def people(
    scored: Scored,
    teams: Mapping[str, str] | None = None,
    credit: Mapping[str, tuple[Credit, ...]] | None = None,
    chance: Spread | None = None,
) -> tuple[tuple[Score, ...], tuple[Unscored, ...]]:
    """Make values of a scoring.

    Args:
        scored: the arrays.
        teams: per subject.
        credit: per subject, how many rows counted.
        chance: how uncertain the scores are; left out of the values where it is not given.
    Returns:
        The scores in the order of the league table, and the unscored by id.
    """
    table = [int(at) for at in order(scored.published.score, scored.subjects)]
    rest = sorted(set(range(len(scored.subjects))) - set(table), key=scored.subjects.__getitem__)
    rows = _Rows.of(scored)
    scores = tuple(evolve(_score(rows, at, teams or {}, credit or {}), **_chance(chance, at)) for at in table)
    return scores, tuple(_unscored(rows, at, teams or {}) for at in rest)


def _score(rows: _Rows, at: int, teams: Mapping[str, str], credit: Mapping[str, tuple[Credit, ...]]) -> Score:
    scored = rows.scored
    subject, band = scored.subjects[at], int(scored.published.band[at])
    return Score(
        subject=subject,
        team=teams.get(subject),
        score=float(scored.published.score[at]),
        rank=int(scored.published.rank[at]),
        band=scored.scorecard.bands[band].name if band >= 0 else None,
        coverage=float(scored.gaps.coverage[at]),
        metrics=tuple(_cell(rows, at, column, is_scored=True) for column in range(len(scored.scorecard.metrics))),
        gates=tuple(_gate(scored, at, column) for column in range(len(scored.scorecard.gates))),
        dimensions=tuple(_dimension(rows, at, each) for each in range(len(scored.scorecard.dimensions))),
        credit=credit.get(subject, ()),
    )


_WHOLE = ("rank_low", "rank_high")


def _chance(chance: Spread | None, at: int) -> dict[str, Any]:
    """Return what a score says of chance; nothing is None."""
    if chance is None:
        return {}
    figures = {name: float(getattr(chance, name)[at]) for name in FIGURES}
    known = {name: None if math.isnan(each) else int(each) if name in _WHOLE else each for name, each in figures.items()}
    return {**known, "interval_covers": float(chance.covers[at]), "grade": int(chance.grade[at]) or None}


def told(asked: Uncertainty, chance: Spread) -> dict[str, Any]:
    """Return how intervals were made, for the run."""
    made = {"level": asked.level, "draws": chance.draws, "seed": asked.seed, "method": chance.method, "why": chance.why or None}
    return {**made, "target": asked.target, "top": asked.top, "grade": asked.grade}


def _cell(rows: _Rows, at: int, column: int, *, is_scored: bool) -> MetricCell:
    scored, name = rows.scored, rows.scored.scorecard.metrics[column].use
    state, share, filled = State(rows.state[at][column]), rows.share[at][column], rows.filled[at][column]
    return MetricCell(
        metric=name,
        state=state.label,
        value=rows.value[at][column],
        n=rows.n[at][column],
        normalised=filled if is_scored else share,
        weight=None if share is None else rows.weight[at][column],
        points=rows.points[at][column] if is_scored and filled is not None else None,
        nominal_weight=float(scored.nominal[column]),
        clipped=rows.clipped[at][column],
        treated=rows.treated[at][column],
        why=_why(rows, at, column),
        goalposts=scored.normalised.goalposts.get(name, {}),
        low=rows.low[at][column],
        high=rows.high[at][column],
        complexity=rows.complexity[at][column],
        adjusted=rows.adjusted[at][column],
        shrunk=rows.shrunk[at][column],
        reliability=rows.reliability[at][column],
        enough_data=not scored.settled.is_lacking[at, column] if state == State.VALUE else None,
    )


def _why(rows: _Rows, at: int, column: int) -> str | None:
    scored, name, state = rows.scored, rows.scored.scorecard.metrics[column].use, State(rows.state[at][column])
    if state == State.VALUE and (lacks := scored.settled.figures[name].lacks(at)):
        return f"not enough data: {lacks}"
    if state == State.VALUE:
        treated = scored.treated.notes.get(name) if rows.treated[at][column] is not None else None
        notes = [scored.allowed.told(name, at), scored.settled.figures[name].note, treated, scored.normalised.notes.get(name)]
        return "; ".join(filter(None, notes)) or None
    if not scored.measured.active[at]:
        return "no facts in the period"
    return scored.why.get(name, _WHY[state])


def _dimension(rows: _Rows, at: int, each: int) -> DimensionScore:
    scored, score = rows.scored, float(rows.scored.dimensions[at, each])
    columns = np.flatnonzero(scored.levels.dimension == each)
    weight, points = scored.weight[at, columns], scored.published.points[at, columns]
    return DimensionScore(
        name=scored.scorecard.dimensions[each].name,
        score=None if math.isnan(score) else round(100.0 * score, DECIMALS),
        weight=None if np.isnan(scored.normalised.share[at, columns]).all() else float(weight.sum()),
        points=None if math.isnan(score) else round(int(points.sum()) * UNIT, DECIMALS),
    )


def _gate(scored: Scored, at: int, column: int) -> GateEffect:
    rule = scored.scorecard.gates[column]
    state = State(scored.gated.state[at, column])
    lacks = "not enough data" if state == State.VALUE else state.label
    unknown = f"{rule.use} has no value ({lacks}), so the gate does not fire" if np.isnan(scored.gated.value[at, column]) else None
    return GateEffect(
        use=rule.use,
        condition=rule.condition,
        value=None if unknown else float(scored.gated.value[at, column]),
        fired=bool(scored.fired[at, column]),
        effect=rule.then.to_dict(),
        points=round(float(scored.published.gate_points[at, column]) * UNIT, DECIMALS),
        reason=rule.then.reason,
        why=unknown,
    )


def _unscored(rows: _Rows, at: int, teams: Mapping[str, str]) -> Unscored:
    scored = rows.scored
    state, why = _verdict(scored, at)
    subject = scored.subjects[at]
    cells = tuple(_cell(rows, at, column, is_scored=False) for column in range(len(scored.scorecard.metrics)))
    return Unscored(subject, state, why, teams.get(subject), float(scored.gaps.coverage[at]), cells)


def _verdict(scored: Scored, at: int) -> tuple[str, str]:
    if not scored.measured.active[at]:
        return State.NO_DATA.label, "no facts in the period"
    states = {State(scored.measured.state[at, column]) for column in np.flatnonzero(scored.nominal > 0)}
    if len(states) == 1 and State.VALUE not in states:
        return _all_alike(scored, states.pop())
    if scored.gaps.blocked[at]:
        return "blocked", f"a metric is missing, and the scorecard asks for all of them ({_gaps(scored, at)})"
    if scored.gaps.is_thin[at]:
        return "not_enough_data", f"there is enough data for {_covered(scored, at)}"
    return "insufficient_coverage", f"there is data for {_covered(scored, at)}"


def _covered(scored: Scored, at: int) -> str:
    has, needs = f"{100 * scored.gaps.coverage[at]:.4g} %", f"{100 * scored.scorecard.minimum_coverage:.4g} %"
    return f"{has} of the weight, and at least {needs} is needed ({_gaps(scored, at)})"


def _all_alike(scored: Scored, state: State) -> tuple[str, str]:
    if state == State.NO_DATA:
        why = "facts in the period, but none that a metric of this scorecard measures"
        return state.label, why if scored.measured.knows_active else "no facts in the period"
    return state.label, f"no metric of this scorecard has a value: {_WHY[state]}"


def _gaps(scored: Scored, at: int) -> str:
    gaps = []
    for column in np.flatnonzero(np.isnan(scored.normalised.share[at]) & (scored.nominal > 0)):
        name, state = scored.scorecard.metrics[column].use, State(scored.measured.state[at, column])
        why = scored.settled.figures[name].lacks(at) or scored.normalised.notes.get(name, "not comparable")
        gaps.append(f"{name}: {why if state == State.VALUE else state.label}")
    return "; ".join(gaps)


def _known(numbers: FloatArray) -> list[list[float | None]]:
    plain = numbers.astype(object)
    plain[np.isnan(numbers)] = None
    lists: list[list[float | None]] = plain.tolist()
    return lists
