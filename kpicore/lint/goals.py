"""Rules about targets and other goalposts. They need no data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from kpicore.config.structure import structure
from kpicore.errors import KpiError, call
from kpicore.model.kinds import Conversion, Count, Proportion, Snapshot
from kpicore.model.offer import Direction

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kpicore.lint.rule import Draft, Remark
    from kpicore.model.choice import Choice
    from kpicore.model.metric import Metric
    from kpicore.model.offer import Normaliser

MOST_RELATIVE = 0.5
BEST = {"higher": ("target", "stretch", "high"), "lower": ("target", "stretch", "low")}
"""Parameters of normalisers that say what good is, by what is better."""


def impossible_goal(draft: Draft) -> Iterator[Remark]:
    """Yield each goal that lies where the metric can never be."""
    for each in draft.counting:
        metric = draft.metrics[each.use]
        low, high = reach(metric)
        for key in BEST.get(metric.direction, ()):
            goal = each.normalise.parameters.get(key)
            if isinstance(goal, int | float) and not low <= goal <= high:
                bounds = f"from {low:g} to {high:g}" if math.isfinite(high) else f"{low:g} or more"
                yield each.use, f"{key} = {goal:g} can never be reached: the metric is {bounds}; set a {key} within that"


def reach(metric: Metric) -> tuple[float, float]:
    """Return the lowest and highest value that a metric can have; a ratio with the unit share may pass 1."""
    if isinstance(metric, Proportion | Conversion):
        return 0.0, 1.0
    is_positive = (
        isinstance(metric, Count) or metric.unit in ("days", "hours", "minutes") or (isinstance(metric, Snapshot) and metric.value is None)
    )
    return (0.0 if is_positive else -math.inf), math.inf


def relative(draft: Draft) -> Iterator[Remark]:
    """Yield a remark where most of the weight compares people with each other."""
    weights = draft.weights
    among = [each.use for each in draft.counting if _is_relative(draft, each.use, each.normalise)]
    if (share := sum(weights.get(name, 0.0) for name in among)) > MOST_RELATIVE:
        what = "one colleague's gain is another's loss, and when all improve nobody's score rises; set targets for some of them"
        yield "", f"{share:.0%} of the weight compares people with each other ({', '.join(among)}): {what}"


def _is_relative(draft: Draft, name: str, normalise: Choice) -> bool:
    """Tell whether goalposts follow from the peers: they then differ for two groups of peers."""
    offer, way = draft.normalisers.get(normalise.by), draft.metrics[name].direction
    if offer is None or way not in get_args(Direction):
        return False
    try:
        parameters = structure(offer.parameters, normalise.parameters, "normalise")
        one, other = (_goalposts(offer, way, parameters, group) for group in ([0.1, 0.2, 0.4, 0.5, 0.6], [0.2, 0.3, 0.3, 0.8, 0.9]))
    except KpiError:
        return False
    return one != other


def _goalposts(offer: Normaliser, way: str, parameters: Any, peers: list[float]) -> Mapping[str, Any]:
    return call(f"normaliser {offer.name!r}", offer.fit, np.array(peers), way, parameters)
