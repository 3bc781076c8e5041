"""What is compared: plain numpy, kpicore, scikit-criteria and pymcdm, on the same made-up people."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from kpicore import MetricMatrix, Scorecard

    FloatArray = NDArray[np.float64]

SAME, ONLY = "numpy, the same figures", "numpy, scores and ranks only"
VARIANTS = (SAME, ONLY, "kpicore", "scikit-criteria", "pymcdm")
NEEDS = {"scikit-criteria": "skcriteria", "pymcdm": "pymcdm"}
MISSING = 0.05
SEED = 7
FLOOR, TARGET, STRETCH, AT_TARGET = 0.1, 0.6, 0.9, 0.8
COVERAGE = 0.6
BANDS = (0.0, 40.0, 50.0, 60.0)
RANGE_STARTS = 0.5
"""The first half of the metrics goes by target, the rest by the range of the peers."""


def is_installed(variant: str) -> bool:
    """Return whether the library of a variant is there."""
    return variant not in NEEDS or find_spec(NEEDS[variant]) is not None


def prepared(variant: str, people: int, metrics: int, draws: int) -> tuple[Callable[[], Any], Callable[[Any], dict[str, float]]]:
    """Return what a variant does, and what its answer is checked by."""
    if variant == "draws":
        return _draws(people, metrics, draws), lambda _: {}
    if variant in NEEDS:
        value = made_up(people, metrics, missing=0.0)
        return (_skcriteria if variant == "scikit-criteria" else _pymcdm)(value, weights(metrics)), lambda _: {}
    if variant == "kpicore":
        return _kpicore(people, metrics), lambda scored: checks(scored.published.score, scored.published.rank)
    value, rounds = made_up(people, metrics), variant == SAME
    return lambda: plain(value, weights(metrics), rounds=rounds), lambda found: checks(*found[:2])


def made_up(people: int, metrics: int, missing: float = MISSING) -> FloatArray:
    """Make values from 0 to 1, (people, metrics); column by column, so that making them does not set the peak of memory."""
    draw = np.random.default_rng(SEED)
    value = np.empty((people, metrics))
    for column in range(metrics):
        value[:, column] = draw.random(people)
        if missing:
            value[draw.random(people) < missing, column] = np.nan
    return value


def weights(metrics: int) -> FloatArray:
    """Return unequal weights that sum to 1."""
    raw = np.arange(1.0, metrics + 1)
    return raw / raw.sum()


def plain(value: FloatArray, nominal: FloatArray, *, rounds: bool) -> tuple[FloatArray, Any, FloatArray, FloatArray]:
    """Score as a script would: scores rounded as published, ranks, bands, and points; with `rounds`, points that sum to the score."""
    share = np.empty_like(value)
    half = int(value.shape[1] * RANGE_STARTS)
    for column in range(half):
        share[:, column] = np.interp(value[:, column], [FLOOR, TARGET, STRETCH], [0.0, AT_TARGET, 1.0])
    low, high = np.nanmin(value[:, half:], axis=0), np.nanmax(value[:, half:], axis=0)
    share[:, half:] = np.clip((value[:, half:] - low) / (high - low), 0.0, 1.0)
    known = np.where(np.isnan(share), 0.0, nominal)
    coverage = known.sum(axis=1)
    points = 100.0 * share * (known / coverage[:, None])
    if rounds:
        points = _rounded(points)
    score = np.round(np.nansum(points, axis=1), 4)
    score[coverage < COVERAGE] = np.nan
    table = np.sort(score[~np.isnan(score)])
    rank = np.where(np.isnan(score), 0, table.size - np.searchsorted(table, score, side="right") + 1)
    return score, rank, np.searchsorted(BANDS, score, side="right") - 1, points


def _rounded(points: FloatArray) -> FloatArray:
    """Round points to four decimals so that each row sums to its rounded sum: what is left goes to the largest remainders."""
    scaled = np.round(np.nan_to_num(points) * 1e4, 6)
    down = np.floor(scaled)
    rest = scaled - down
    left = np.rint(rest.sum(axis=1))
    place = np.argsort(np.argsort(-rest, axis=1, kind="stable"), axis=1)
    return (down + (place < left[:, None])) / 1e4


def checks(score: FloatArray, rank: Any) -> dict[str, float]:
    """Return figures that differ where scores do; rounding by parts may move a rank where two scores are all but equal."""
    return {"scored": float((~np.isnan(score)).sum()), "mean": round(float(np.nanmean(score)), 5), "best": float(np.nanmin(rank[rank > 0]))}


def matrix(people: int, metrics: int, *, variance: float = 0.0) -> MetricMatrix:
    """Make the metric matrix that kpicore scores."""
    from kpicore import MetricMatrix
    from kpicore.model.cells import State

    value = made_up(people, metrics)[:, :, None]
    state = np.isnan(value).astype(np.int8) * np.int8(State.NO_DATA)
    n = np.where(state == State.VALUE, 20.0, 0.0)
    names = tuple(f"m{column}" for column in range(metrics))
    families = dict.fromkeys(names, "gaussian") if variance else {}
    subjects = tuple(f"{at:07}" for at in range(people))
    return MetricMatrix(subjects, names, ("2024-Q1",), value, n, np.where(state == State.VALUE, variance, np.nan), state, families=families)


def card(metrics: int, draws: int = 0) -> Scorecard:
    """Make the scorecard."""
    from kpicore import Band, Scorecard, ScorecardMetric
    from kpicore.model.uncertainty import Uncertainty

    half = int(metrics * RANGE_STARTS)
    target = {"by": "target", "floor": FLOOR, "target": TARGET, "stretch": STRETCH, "at_target": AT_TARGET}
    parts = [ScorecardMetric(f"m{at}", target if at < half else {"by": "min_max"}, weight=at + 1.0) for at in range(metrics)]
    bands = [Band(start, f"from {start:g}") for start in BANDS]
    return Scorecard(role="agent", metrics=parts, minimum_coverage=COVERAGE, bands=bands, uncertainty=Uncertainty(draws=draws))


def _offers() -> Any:
    from kpicore import textbook
    from kpicore.scorecard import Offers

    return Offers.of(textbook.normalisers(), textbook.weightings(), textbook.aggregators())


def _kpicore(people: int, metrics: int) -> Callable[[], Any]:
    from kpicore.scorecard import score

    measured, scorecard, offers = matrix(people, metrics), card(metrics), _offers()
    return lambda: score(measured, scorecard, offers, dict.fromkeys(measured.metrics, "higher"))


def _draws(people: int, metrics: int, draws: int) -> Callable[[], Any]:
    from kpicore.scorecard import prepare, score
    from kpicore.scorecard.spread import spread

    measured, scorecard, offers = matrix(people, metrics, variance=0.01), card(metrics, draws), _offers()
    ways = dict.fromkeys(measured.metrics, "higher")
    scored, ready = score(measured, scorecard, offers, ways), prepare(scorecard, offers, ways)

    def run() -> Any:
        found = spread(scored, measured, ready)
        assert (found.method, found.draws) == ("draws", draws), found.why
        return found

    return run


def _skcriteria(value: FloatArray, nominal: FloatArray) -> Callable[[], Any]:
    import skcriteria
    from skcriteria.agg.simple import WeightedSumModel
    from skcriteria.pipeline import mkpipe
    from skcriteria.preprocessing.scalers import MinMaxScaler

    decision = skcriteria.mkdm(value, [max] * value.shape[1], weights=nominal)
    pipe = mkpipe(MinMaxScaler(target="matrix"), WeightedSumModel())
    return lambda: pipe.evaluate(decision)


def _pymcdm(value: FloatArray, nominal: FloatArray) -> Callable[[], Any]:
    from pymcdm.helpers import rankdata
    from pymcdm.methods import WSM
    from pymcdm.normalizations import minmax_normalization

    method, types = WSM(minmax_normalization), np.ones(value.shape[1])
    return lambda: rankdata(method(value, nominal, types), reverse=True)
