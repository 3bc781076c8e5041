"""The stages between matrix and points, each on arrays of (subjects, metrics); run.py calls them in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from kpicore.errors import ConfigError, PeersError, PluginError, ScorecardError, call, nearest
from kpicore.kernels import gate as gates
from kpicore.kernels import missing
from kpicore.kernels.normalise import clip, refuse_infinite
from kpicore.model.cells import State
from kpicore.scorecard.prepare import weight_basis

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from kpicore.matrix import MetricMatrix
    from kpicore.model.cells import FloatArray, StateArray
    from kpicore.model.offer import Aggregator, Goalposts, Weighting
    from kpicore.model.scorecard import Gate, Scorecard
    from kpicore.scorecard.prepare import Step, Used

    BoolArray = NDArray[np.bool_]


@frozen(eq=False)
class Evidence:
    """What was measured in one period; arrays have the shape (subjects, metrics)."""

    value: FloatArray
    """NaN where the state is not VALUE."""
    n: FloatArray
    state: StateArray
    active: BoolArray
    """(subjects,): whether the subject has any fact in the period; all, where that is not known."""
    knows_active: bool


def evidence(matrix: MetricMatrix, metrics: Sequence[str]) -> Evidence:
    """Take the columns of some metrics out of a matrix of one period.

    Who has no fact in the period has no data: a count of nothing is not a performance of 0.

    Raises:
        ScorecardError: the matrix lacks a metric, or has more or less than one period.
        ShapeError: a value is infinite.
    """
    if len(matrix.periods) != 1:
        raise ScorecardError(f"a scorecard is scored for one period at a time (got {len(matrix.periods)}: {', '.join(matrix.periods)})")
    for name in metrics:
        if name not in matrix.metrics:
            raise ScorecardError(f"metric {name!r} was not measured{nearest(name, matrix.metrics)}")
    at = [matrix.metrics.index(name) for name in metrics]
    shape = (len(matrix.subjects), len(at))
    active = np.ones(shape[0], dtype=bool) if matrix.active is None else matrix.active[:, 0].astype(bool)
    state = np.where(active[:, None] | (matrix.state[:, at, 0] != State.VALUE), matrix.state[:, at, 0], State.NO_DATA).astype(np.int8)
    value = np.where(state == State.VALUE, matrix.value[:, at, 0], np.nan)
    for column, name in enumerate(metrics):
        refuse_infinite(value[:, column], repr(name))
    return Evidence(value, np.where(state == State.VALUE, matrix.n[:, at, 0], 0.0), state, active, matrix.active is not None)


@frozen(eq=False)
class Normalised:
    """Metrics from 0 to 1."""

    share: FloatArray
    """(subjects, metrics), clipped; NaN is missing."""
    clipped: FloatArray
    """Same shape: what was cut off."""
    goalposts: Mapping[str, Goalposts]
    """Per metric, what its values were held against."""
    notes: Mapping[str, str]
    """Per metric, what is special: peers too few, or all equal."""


def normalise(value: FloatArray, steps: Sequence[Step], frozen_posts: Mapping[str, Goalposts]) -> Normalised:
    """Bring each metric to the range 0 to 1, with goalposts from the peers unless they are frozen.

    Raises:
        ConfigError: a normaliser refuses its parameters.
        PluginError: a normaliser failed, or did not give what it must.
    """
    share, clipped = np.full(value.shape, np.nan), np.full(value.shape, np.nan)
    goalposts: dict[str, Goalposts] = {}
    notes: dict[str, str] = {}
    for at, step in enumerate(steps):
        try:
            posts = frozen_posts.get(step.metric) or _fit(step, value[:, at])
        except PeersError as error:
            notes[step.metric] = f"{step.offer.name}: {error}"
            continue
        if posts.get("constant"):
            notes[step.metric] = "the peers do not differ, so everybody gets the neutral value"
        goalposts[step.metric] = posts
        share[:, at], clipped[:, at] = clip(_applied(step, value[:, at], posts))
    return Normalised(share, clipped, goalposts, notes)


def _fit(step: Step, peers: FloatArray) -> Goalposts:
    try:
        return call(f"normaliser {step.offer.name!r}", step.offer.fit, peers.copy(), step.direction, step.parameters)
    except ConfigError as error:
        raise ConfigError(f"{step.place}, normalise: {error}") from None


def _applied(step: Step, value: FloatArray, posts: Goalposts) -> FloatArray:
    who = f"normaliser {step.offer.name!r}"
    share: Any = call(who, step.offer.apply, value.copy(), posts)
    if not isinstance(share, np.ndarray) or share.shape != value.shape or not np.issubdtype(share.dtype, np.floating):
        raise PluginError(f"{who} must return an array of floats of shape {value.shape} (got {_kind(share)})")
    if np.isinf(share).any() or (~np.isnan(share) & np.isnan(value)).any():
        raise PluginError(f"{who} must return finite numbers, and NaN where the value is missing ({step.metric})")
    return share


def weigh(used: Used[Weighting], scorecard: Scorecard, share: FloatArray) -> FloatArray:
    """Return the nominal weights, (metrics,), summing to 1.

    Raises:
        PluginError: the weighting failed, or did not give what it must.
    """
    who = f"weighting {used.offer.name!r}"
    basis = weight_basis(scorecard, share.copy())
    return checked_weights(call(who, used.offer.weigh, basis, used.parameters), who, len(basis.metrics))


def checked_weights(weights: Any, who: str, metrics: int) -> FloatArray:
    """Return weights that a plugin gave, or refuse them.

    Raises:
        PluginError: they are not one per metric, or negative, or do not sum to 1.
    """
    if not isinstance(weights, np.ndarray) or weights.shape != (metrics,):
        raise PluginError(f"{who} must return one weight per metric, an array of shape {(metrics,)} (got {_kind(weights)})")
    if not np.isfinite(weights).all() or (weights < 0).any() or abs(weights.sum() - 1) > 1e-9:
        raise PluginError(f"{who} must return weights that are not negative and sum to 1 (got {weights.tolist()!r})")
    return weights


def fill_gaps(share: FloatArray, state: StateArray, policy: str) -> FloatArray:
    """Put in what the policy says where there was nothing to measure; not applicable, not testable and error are nobody's fault."""
    absent = state == State.NO_DATA
    if policy == "neutral":
        return missing.fill(share, absent, 0.5)
    return missing.fill(share, absent, 0.0) if policy == "zero" else share


def aggregate(used: Used[Aggregator], share: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the points of each metric, NaN where there is no value.

    Raises:
        PluginError: the aggregator failed, or did not give what it must.
    """
    who = f"aggregator {used.offer.name!r}"
    points: Any = call(who, used.offer.points, share.copy(), weights.copy(), used.parameters)
    if not isinstance(points, np.ndarray) or points.shape != share.shape:
        raise PluginError(f"{who} must return points of shape {share.shape} (got {_kind(points)})")
    total = np.nansum(points, axis=1)
    if (np.isnan(points) != np.isnan(share)).any() or not ((total >= -1e-6) & (total <= 100 + 1e-6)).all():
        raise PluginError(f"{who} must return points that sum to 0 to 100 per subject, NaN exactly where there is no value")
    return points


def _kind(came: object) -> str:
    return f"shape {came.shape}, {came.dtype}" if isinstance(came, np.ndarray) else type(came).__name__


def judge(score: FloatArray, value: FloatArray, rules: Sequence[Gate]) -> tuple[BoolArray, FloatArray]:
    """Apply gates one after the other; a gate without a value does not fire.

    Args:
        score: (subjects,), points.
        value: (subjects, gates), of each gate's metric, in its unit; NaN is missing.
        rules: the gates, in order.
    Returns:
        Whether each gate fired, and the points it took, both (subjects, gates).
    """
    fired, points = np.zeros(value.shape, dtype=bool), np.zeros(value.shape)
    for at, rule in enumerate(rules):
        fired[:, at] = _holds(rule, value[:, at])
        points[:, at] = _taken(rule, score, fired[:, at])
        score = score + points[:, at]
    return fired, points


def _holds(rule: Gate, value: FloatArray) -> BoolArray:
    if rule.below is not None:
        return value < rule.below
    return value > (np.inf if rule.above is None else rule.above)


def _taken(rule: Gate, score: FloatArray, fired: BoolArray) -> FloatArray:
    if rule.then.cap is not None:
        return gates.cap(score, fired, rule.then.cap)
    return gates.void(score, fired) if rule.then.discount is None else gates.discount(score, fired, rule.then.discount)
