"""The stages between matrix and points, each on arrays of (subjects, metrics); run.py calls them in order."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from kpicore.errors import ConfigError, PeersError, PluginError, ScorecardError, call, nearest
from kpicore.kernels import gate as gates
from kpicore.kernels import missing
from kpicore.kernels.normalise import refuse_infinite
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
    active = np.ones(len(matrix.subjects), dtype=bool) if matrix.active is None else matrix.active[:, 0].astype(bool)
    state = matrix.columns("state", metrics)
    if not active.all():
        state = np.where(active[:, None] | (state != State.VALUE), state, State.NO_DATA).astype(np.int8)
    absent = state != State.VALUE
    value, n = matrix.columns("value", metrics), missing.blank(matrix.columns("n", metrics), absent, 0.0)
    if (np.isfinite(value) == absent).any():
        value = missing.blank(value, absent, np.nan)
        for column, name in enumerate(metrics):
            refuse_infinite(value[:, column], repr(name))
    return Evidence(value, n, state, active, matrix.active is not None)


@frozen(eq=False)
class Normalised:
    """Metrics from 0 to 1: what values are held against, and what comes of it, for some people or for all."""

    value: FloatArray
    """(subjects, metrics): what is held against goalposts; NaN is missing."""
    steps: tuple[Step, ...]
    goalposts: Mapping[str, Goalposts]
    """Per metric, what its values are held against; a metric without any is missing for everyone."""
    notes: Mapping[str, str]
    """Per metric, what is special: peers too few, or all equal."""

    @cached_property
    def share(self) -> FloatArray:
        """(subjects, metrics), clipped; NaN is missing."""
        return self.of(slice(None))

    @cached_property
    def clipped(self) -> FloatArray:
        """(subjects, metrics): what was cut off; NaN is missing."""
        return self._curves(slice(None)) - self.share

    def of(self, rows: slice) -> FloatArray:
        """Return what the values of some people become, (rows, metrics), clipped; NaN is missing.

        Raises:
            PluginError: a normaliser failed, or did not give what it must.
        """
        share = self._curves(rows)
        return np.clip(share, 0.0, 1.0, out=share)

    def _curves(self, rows: slice) -> FloatArray:
        # Metric by metric in memory, as they are computed, and as rows are summed fastest.
        value = self.value[rows].copy(order="F")
        share = np.full(value.shape, np.nan, order="F")
        for at, step in enumerate(self.steps):
            if step.metric in self.goalposts:
                share[:, at] = _applied(step, value[:, at], self.goalposts[step.metric])
        is_false = np.isinf(share) | (np.isnan(value) > np.isnan(share))
        if is_false.any():
            step = self.steps[int(np.flatnonzero(is_false.any(axis=0))[0])]
            raise PluginError(
                f"normaliser {step.offer.name!r} must return finite numbers, and NaN where the value is missing ({step.metric})"
            )
        return share


def normalise(value: FloatArray, steps: Sequence[Step], frozen_posts: Mapping[str, Goalposts]) -> Normalised:
    """Find what brings each metric to the range 0 to 1: goalposts from the peers, unless they are frozen.

    Raises:
        ConfigError: a normaliser refuses its parameters.
        PluginError: a normaliser failed.
    """
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
    return Normalised(value, tuple(steps), goalposts, notes)


def _fit(step: Step, peers: FloatArray) -> Goalposts:
    try:
        return call(f"normaliser {step.offer.name!r}", step.offer.fit, peers.copy(), step.direction, step.parameters)
    except ConfigError as error:
        raise ConfigError(f"{step.place}, normalise: {error}") from None


def _applied(step: Step, value: FloatArray, posts: Goalposts) -> FloatArray:
    who = f"normaliser {step.offer.name!r}"
    share: Any = call(who, step.offer.apply, value, posts)
    if not isinstance(share, np.ndarray) or share.shape != value.shape or share.dtype.kind != "f":
        raise PluginError(f"{who} must return an array of floats of shape {value.shape} (got {_kind(share)})")
    return share


def weigh(used: Used[Weighting], scorecard: Scorecard, normalised: Normalised) -> FloatArray:
    """Return the nominal weights, (metrics,), summing to 1.

    Raises:
        PluginError: the weighting failed, or did not give what it must.
    """
    who = f"weighting {used.offer.name!r}"
    basis = weight_basis(scorecard, lambda: normalised.of(slice(None)))
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
    points: Any = call(who, used.offer.points, share.copy(order="K"), weights.copy(order="K"), used.parameters)
    if not isinstance(points, np.ndarray) or points.shape != share.shape:
        raise PluginError(f"{who} must return points of shape {share.shape} (got {_kind(points)})")
    is_missing = np.isnan(points)
    total = np.where(is_missing, 0.0, points).sum(axis=1)
    if (is_missing != np.isnan(share)).any() or not ((total >= -1e-6) & (total <= 100 + 1e-6)).all():
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
