"""Treatment of outliers, the stage before normalisation: asked for by a metric's `treat`, fitted to the peers, frozen with goalposts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from kpicore.config.structure import structure
from kpicore.errors import ConfigError, PeersError, nearest
from kpicore.kernels import treat as kernel
from kpicore.kernels.treat import Treatment
from kpicore.model.check import refuse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kpicore.model.cells import FloatArray
    from kpicore.model.check import Problem
    from kpicore.model.choice import Choice
    from kpicore.model.offer import Goalposts, Normaliser
    from kpicore.model.scale import Scale
    from kpicore.scorecard.prepare import Step


@frozen
class Winsorise:
    """Parameters of `winsorise`: draw in outliers, up to so many, or a share at either end."""

    points: int | None = None
    """How many values may be drawn in at most, while there are outliers; 5 unless given."""
    share: float | None = None
    """Instead of `points`: the share of the peers that is drawn in at each end, outliers or not."""

    def __attrs_post_init__(self) -> None:
        """Refuse what draws in nothing, or everything."""
        refuse(self, _winsorise_problems(self))

    def fit(self, peers: FloatArray) -> Treatment:
        """Find the limits."""
        limits = kernel.quantile_limits(peers, self.share) if self.share else kernel.winsor_limits(peers, self.points or kernel.POINTS)
        return Treatment("winsorise", *limits) if np.isfinite(limits).any() else Treatment()


def _winsorise_problems(given: Winsorise) -> Iterator[Problem]:
    yield from _points_problems(given.points)
    if given.share is not None and not 0.0 < given.share < 0.5:
        yield "share", f"share must be above 0 and below 0.5, as it is drawn in at each end (got {given.share!r})"
    if given.share is not None and given.points is not None:
        yield "share", "points and share both say how much is drawn in; keep one of them"


@frozen
class Outliers:
    """Parameters of `outliers`: draw them in while they are few, else take the logarithm."""

    points: int | None = None
    """How many values may be drawn in at most; 5 unless given."""

    def __attrs_post_init__(self) -> None:
        """Refuse to draw in nothing."""
        refuse(self, _points_problems(self.points))

    def fit(self, peers: FloatArray) -> Treatment:
        """Find what helps."""
        return kernel.outlier_treatment(peers, self.points or kernel.POINTS)


def _points_problems(points: int | None) -> Iterator[Problem]:
    if points is not None and points < 1:
        yield "points", f"points must be a whole number of 1 or more (got {points!r})"


@frozen
class Log:
    """Parameters of `log`: none; the logarithm is taken over the range of the peers."""

    def fit(self, peers: FloatArray) -> Treatment:
        """Find the range."""
        return kernel.log_treatment(peers)


TREATMENTS: dict[str, type[Winsorise | Outliers | Log]] = {"winsorise": Winsorise, "outliers": Outliers, "log": Log}
"""What `treat` can name."""


def read(asked: Choice | None, offer: Normaliser, parameters: Any) -> Winsorise | Outliers | Log | None:
    """Read a metric's `treat`.

    Raises:
        ConfigError: it is unknown, has wrong parameters, or changes the unit in which the goalposts are declared.
    """
    if asked is None:
        return None
    if asked.by not in TREATMENTS:
        raise ConfigError(f"treatment {asked.by!r} is unknown{nearest(asked.by, TREATMENTS)}")
    declared = [name for name in offer.in_unit if getattr(parameters, name) is not None]
    if declared and asked.by != "winsorise":
        takes = "takes" if asked.by == "log" else "may take"
        instead = '; use treat = "winsorise"' + (
            ', or { by = "goalposts", low = ..., high = ..., scale = "log" }' if "low" in declared else ""
        )
        raise ConfigError(
            f"treat: {asked.by!r} {takes} logarithms, but {offer.name} gives {', '.join(declared)} in the metric's unit{instead}"
        )
    return structure(TREATMENTS[asked.by], asked.parameters, "treat")


@frozen(eq=False)
class Treated:
    """Values whose outliers were treated."""

    value: FloatArray
    """(subjects, metrics): in the metric's unit, or its logarithm; NaN is missing."""
    treatments: Mapping[str, Goalposts]
    """Per treated metric, the limits as plain numbers."""
    notes: Mapping[str, str]
    """Per metric of which a value was changed, what was done to how many."""


def treat(value: FloatArray, steps: Sequence[Step], held: Scale) -> Treated:
    """Treat the metrics that ask for it, with limits from the peers unless they are frozen.

    Raises:
        ConfigError: goalposts are frozen that were fitted with another treatment.
    """
    treated = value.copy() if any(step.treatment is not None for step in steps) else value
    treatments: dict[str, Goalposts] = {}
    notes: dict[str, str] = {}
    for at, step in enumerate(steps):
        _refuse_other_scale(step, held)
        if step.treatment is None:
            continue
        posts = treatments[step.metric] = held.treatments.get(step.metric) or to_posts(_fit(step.treatment, value[:, at]))
        treated[:, at] = kernel.treat(value[:, at], of_posts(posts))
        if told := _told(value[:, at], treated[:, at], of_posts(posts)):
            notes[step.metric] = told
    return Treated(treated, treatments, notes)


def _fit(asked: Winsorise | Outliers | Log, peers: FloatArray) -> Treatment:
    try:
        return asked.fit(peers)
    except PeersError:
        return Treatment()  # nobody has a value, so there is none to treat


def again(value: FloatArray, steps: Sequence[Step], treatments: Mapping[str, Goalposts]) -> FloatArray:
    """Treat other values of the same metrics as those were that the treatments were fitted to.

    Args:
        value: (rows, metrics), in the metrics' units; NaN is missing.
        steps: one per metric.
        treatments: per metric, as frozen; a metric without one is left alone.
    Returns:
        Same shape; the values themselves where there is no treatment.
    """
    columns = [(at, of_posts(treatments[step.metric])) for at, step in enumerate(steps) if step.metric in treatments]
    treated = value.copy() if columns else value
    for at, treatment in columns:
        treated[:, at] = kernel.treat(value[:, at], treatment)
    return treated


def _refuse_other_scale(step: Step, held: Scale) -> None:
    if step.metric in held.goalposts and (step.metric in held.treatments) != (step.treatment is not None):
        was, wants = ("with", "no") if step.treatment is None else ("without", "one")
        raise ConfigError(
            f"{step.place}, treat: the given scale was made {was} a treatment of this metric, and the scorecard asks for {wants}"
        )


def to_posts(fitted: Treatment) -> Goalposts:
    """Return a treatment as plain numbers: limits that are left open are left out."""
    limits = {key: limit for key, limit in (("low", fitted.low), ("high", fitted.high)) if math.isfinite(limit)}
    return {fitted.by: 1.0, **limits, **({"mirrored": 1.0} if fitted.is_mirrored else {})}


def of_posts(posts: Goalposts) -> Treatment:
    """Return the treatment that `to_posts` wrote.

    Raises:
        ConfigError: it did not.
    """
    limits = {key: post for key, post in posts.items() if key in ("low", "high") and not isinstance(post, tuple)}
    if "log" in posts and len(limits) == 2:
        return Treatment("log", limits["low"], limits["high"], is_mirrored="mirrored" in posts)
    if "winsorise" in posts and limits:
        return Treatment("winsorise", limits.get("low", -math.inf), limits.get("high", math.inf))
    if "nothing" in posts:
        return Treatment()
    raise ConfigError(f"a frozen treatment must be limits, a logarithm, or nothing, as a result holds it (got {dict(posts)!r})")


def _told(before: FloatArray, after: FloatArray, treatment: Treatment) -> str | None:
    audit = kernel.audit(before, after)
    if not audit.rows.size:
        return None
    was, now = audit.shape_before, audit.shape_after
    forms = f"skewness {was.skewness:.2f} to {now.skewness:.2f}, kurtosis {was.kurtosis:.2f} to {now.kurtosis:.2f}"
    behind = "" if np.isnan([*was, *now]).any() else f" ({forms})"
    if treatment.by == "log":
        return f"the logarithm of the metric is held against the goalposts{behind}"
    return f"outliers were winsorised: {audit.rows.size} of {int((~np.isnan(before)).sum())} values{behind}"
