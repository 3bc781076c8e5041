"""How far chance may have moved scores and ranks: the frozen scorecard, applied to draws of what the metrics may truly be."""

from __future__ import annotations

from hashlib import sha256
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, frozen

from kpicore.kernels import draws, rank, uncertain
from kpicore.kernels.rounding import DECIMALS
from kpicore.model.uncertainty import FEWEST_DRAWS
from kpicore.scorecard import small
from kpicore.scorecard.holding import Held
from kpicore.scorecard.posterior import knowledge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kpicore.matrix import MetricMatrix
    from kpicore.model.cells import FloatArray
    from kpicore.scorecard.posterior import Knowledge
    from kpicore.scorecard.prepare import Prepared
    from kpicore.scorecard.run import Scored

    IntArray = NDArray[np.int64]
    Units = NDArray[np.int32]

UNIT = 10.0**-DECIMALS
CELLS = 200_000_000
"""So many values are drawn at most: some seconds of work. Beyond, intervals come from the delta method."""
SHEET = 60_000
"""So many values make one draw at most; a block of them must fit into memory."""
CHUNK = 600_000
"""So many values are moved up and down together for the delta method."""
PAIRS = 2_000_000_000
"""So many pairs of people are compared at most where the aggregator compares people."""
RANKS = 40_000_000
"""So many scores are ranked at most where the delta method is used."""
FIGURES = ("low", "high", "rank_low", "rank_high", "expected_rank", "p_target", "p_top", "p_above_next")
"""What is told of each person by number, NaN where it is not."""


@frozen(eq=False)
class Spread:
    """Intervals and probabilities; arrays are (subjects,), NaN or 0 where there is none."""

    method: str
    """draws, delta, or none."""
    why: str
    """Why not by draws, or why there are no intervals, or ranks have none; '' where all is as asked."""
    draws: int
    """How many were made."""
    covers: FloatArray
    """Share of the person's effective weight whose error is known; the rest is taken as exact."""
    low: FloatArray
    high: FloatArray
    rank_low: FloatArray
    rank_high: FloatArray
    expected_rank: FloatArray
    p_target: FloatArray
    """Probability that the score reaches the target."""
    p_top: FloatArray
    """Probability of a rank among the top ones."""
    p_above_next: FloatArray
    """Probability of truly being above the next in the league table; a tie counts half."""
    grade: IntArray
    """1 is the best; 0 is none."""


def spread(scored: Scored, matrix: MetricMatrix, prepared: Prepared) -> Spread:
    """Say how uncertain the scores and ranks of a scoring are.

    Args:
        scored: the scoring, with everything fitted.
        matrix: what it was made from, for the errors of the metrics.
        prepared: the scorecard's offers and parameters.
    """
    asked, held = scored.scorecard.uncertainty, Held.of(scored, prepared)
    known = _known(scored, matrix, held.uses)
    nothing = _nothing(scored, known)
    table = rank.order(scored.published.score, scored.subjects)
    if asked.draws == 0:
        return evolve(nothing, why="the scorecard asks for none (draws = 0)")
    if not (nothing.covers[table] > 0).any():
        return evolve(nothing, why="no metric's error is known")
    rows = np.arange(len(scored.subjects)) if held.compares else np.sort(table)
    made, why = affordable(asked.draws, rows.size, len(held.uses), held.effort)
    if made:
        units = _drawn(held, known, rows, asked.seed, made)
        scores = units if rows.size == table.size else units[:, np.searchsorted(rows, np.sort(table))]
        return _told(evolve(nothing, method="draws", why=why, draws=made), scored, table, scores)
    if held.compares:
        return evolve(nothing, why=why)
    return _by_delta(evolve(nothing, method="delta", why=why), held, known, table)


def affordable(asked: int, people: int, metrics: int, effort: float = 0.0) -> tuple[int, str]:
    """Return how many draws can be made, and why it is not as many as asked for; effort is 0 where people are not compared."""
    if not effort:
        fits = asked * people * metrics <= CELLS and people * metrics <= SHEET
        return (asked, "") if fits else (0, f"{asked} draws of {people} people and {metrics} metrics are too many")
    possible = int(PAIRS / max(1.0, people * people * metrics * effort))
    if possible >= asked:
        return asked, ""
    why = f"the aggregator compares all {people} people with each other in every draw"
    return (possible, why) if possible >= FEWEST_DRAWS else (0, why)


def _known(scored: Scored, matrix: MetricMatrix, uses: Sequence[str]) -> Knowledge:
    """Return what is known of each metric, in the order of `uses`."""
    names = [metric.use for metric in scored.scorecard.metrics] + [gate.use for gate in scored.scorecard.gates]
    at = [names.index(use) for use in uses]
    value, n = np.hstack([scored.allowed.value, scored.gated.value])[:, at], np.hstack([scored.measured.n, scored.gated.n])[:, at]
    gates = matrix.variance[:, [matrix.metrics.index(gate.use) for gate in scored.scorecard.gates], 0]
    variance = np.hstack([scored.allowed.variance, gates])[:, at]
    raw = knowledge(value, n, np.where(np.isnan(value), np.nan, variance), [matrix.families.get(use) for use in uses])
    return small.known(scored.settled, raw, uses)


def _nothing(scored: Scored, known: Knowledge) -> Spread:
    is_known = known.is_known[:, : len(scored.scorecard.metrics)]
    covers = np.where(is_known, scored.weight, 0.0).sum(axis=1)
    blank = {name: np.full(covers.shape, np.nan) for name in FIGURES}
    return Spread("none", "", 0, covers, grade=np.zeros(covers.shape, dtype=np.int64), **blank)


def _drawn(held: Held, known: Knowledge, rows: IntArray, seed: int, count: int) -> Units:
    keys = [key(held.scored.subjects[at]) for at in rows]
    scores = np.empty((count, rows.size), dtype=np.int32)
    start = 0
    for block in draws.blocks(known.posterior.rows(rows), seed, keys, count):
        scores[start : start + block.shape[0]] = held.units(block, rows)
        start += block.shape[0]
    return scores


def key(subject: str) -> int:
    """Return the number that a subject's draws follow from, wherever the subject stands."""
    return int.from_bytes(sha256(subject.encode("utf-8", "surrogatepass")).digest()[:8], "big")


def _told(given: Spread, scored: Scored, table: IntArray, scores: Units) -> Spread:
    """Fill in what draws of the scored people's scores tell; columns of `scores` are in the order of their rows."""
    asked, rows = scored.scorecard.uncertainty, np.sort(table)
    published = np.rint(scored.published.score[rows] / UNIT)
    low, high = uncertain.interval(scores, asked.level, published)
    ranks = uncertain.ranks(scores)
    best, worst = uncertain.rank_interval(ranks, asked.level, scored.published.rank[rows])
    down = np.searchsorted(rows, table)
    after = np.full(rows.size, np.nan)
    after[down[:-1]] = uncertain.above(scores, down[:-1], down[1:])
    told = evolve(
        given,
        low=_at(given, rows, np.round(low * UNIT, DECIMALS)),
        high=_at(given, rows, np.round(high * UNIT, DECIMALS)),
        rank_low=_at(given, rows, best),
        rank_high=_at(given, rows, worst),
        expected_rank=_at(given, rows, ranks.mean(axis=0, dtype=np.float64)),
        p_target=_at(given, rows, uncertain.reaches(scores, round(asked.target / UNIT))),
        p_top=_at(given, rows, (ranks <= asked.top).sum(axis=0) / ranks.shape[0]),
        p_above_next=_at(given, rows, after),
    )
    grades = _at(given, rows, uncertain.grades(scores, published, down, asked.grade))
    return evolve(told, grade=np.nan_to_num(grades).astype(np.int64))


def _at(given: Spread, rows: IntArray, figures: FloatArray | IntArray) -> FloatArray:
    """Put figures of the scored people in their places; of whom nothing is known to vary, nothing is told."""
    placed = np.full(given.covers.shape, np.nan)
    placed[rows] = figures
    return np.where(given.covers > 0, placed, np.nan)


def _by_delta(given: Spread, held: Held, known: Knowledge, table: IntArray) -> Spread:
    """Take scores as normal, with the variance of the delta method; ranks are drawn from those as far as they can be."""
    asked, rows = held.scored.scorecard.uncertainty, np.sort(table)
    score = held.scored.published.score[rows]
    deviation = np.sqrt(uncertain.delta(rates(held, known, rows), known.posterior.rows(rows).variance()))
    if asked.draws * rows.size <= RANKS:
        normal = draws.Posterior(np.full((rows.size, 1), draws.NORMAL, dtype=np.int8), score[:, None], deviation[:, None] ** 2)
        keys = [key(held.scored.subjects[at]) for at in rows]
        drawn = [np.rint(np.clip(block[:, :, 0], 0.0, 100.0) / UNIT) for block in draws.blocks(normal, asked.seed, keys, asked.draws)]
        return _told(evolve(given, draws=asked.draws), held.scored, table, np.concatenate(drawn).astype(np.int32))
    reach = NormalDist().inv_cdf((1 + asked.level) / 2) * deviation
    low, high = (_at(given, rows, np.clip(end, 0.0, 100.0).round(DECIMALS)) for end in (score - reach, score + reach))
    why = f"{given.why}, and too many to rank again and again, so ranks have no interval"
    return evolve(given, why=why, low=low, high=high)


def rates(held: Held, known: Knowledge, rows: IntArray) -> FloatArray:
    """Return points per unit of each metric, (rows, uses), between one standard deviation below and one above the value.

    Where the score is linear that far this is the slope; over the kink of a stretch, a cut or a gate it is the mean slope.
    """
    step = max(1, CHUNK // max(1, len(held.uses)))
    parts = [_rates(held, known, rows[start : start + step]) for start in range(0, rows.size, step)]
    return np.concatenate(parts) if parts else np.zeros((0, len(held.uses)))


def _rates(held: Held, known: Knowledge, rows: IntArray) -> FloatArray:
    posterior = known.posterior.rows(rows)
    centre, deviation = posterior.mean(), np.sqrt(posterior.variance())
    found = np.zeros(centre.shape)
    for at in range(centre.shape[1]):
        ends = np.repeat(centre[None], 2, axis=0)
        ends[:, :, at] += np.array([[-1.0], [1.0]]) * np.nan_to_num(deviation[:, at])
        below, above = held.units(ends, rows) * UNIT
        np.divide(above - below, 2 * deviation[:, at], out=found[:, at], where=deviation[:, at] > 0)
    return found
