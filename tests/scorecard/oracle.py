"""A slow scoring in plain Python, one person and one metric at a time, written from the documentation and not from the code."""

from __future__ import annotations

import math
from statistics import mean, stdev
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kpicore.model.choice import Choice
    from kpicore.model.scorecard import Scorecard

Values = dict[str, dict[str, float | None]]
"""Per person and metric; None is no data."""


def share(value: float, peers: list[float], by: str, given: dict[str, Any], direction: str) -> float:
    """Bring one value to 0..1, not clipped."""
    if by == "target":
        zero, target = float(given.get("floor", given.get("baseline", 0.0))), float(given["target"])
        first = (value - zero) / (target - zero)
        if "stretch" not in given:
            return first
        worth = float(given.get("at_target", 0.8))
        second = (value - target) / (float(given["stretch"]) - target)
        return worth * first if second < 0 else worth + (1 - worth) * second
    sign = -1 if direction == "lower" else 1
    if len(set(peers)) == 1:
        return 0.5
    if by == "percentile":
        return sum(sign * peer < sign * value for peer in peers) / (len(peers) - 1)
    if by == "z_score":
        return 0.5 + sign * (value - mean(peers)) / stdev(peers) / 6
    place = (value - min(peers)) / (max(peers) - min(peers))
    return place if sign > 0 else 1 - place


def score(values: Values, card: Scorecard, directions: dict[str, str]) -> dict[str, float | None]:
    """Score everybody; None is unscored."""
    weights = _weights(card)
    return {person: _one(person, values, card, directions, weights) for person in values}


def _weights(card: Scorecard) -> dict[str, float]:
    weights = {metric.use: metric.weight or 0.0 for metric in card.metrics}
    for dimension in card.dimensions:
        if dimension.weight is not None:
            inside = [metric.use for metric in card.metrics if metric.dimension == dimension.name]
            total = sum(weights[name] for name in inside)
            weights |= {name: dimension.weight * weights[name] / total if total else 0.0 for name in inside}
    whole = sum(weights.values())
    return {name: weight / whole for name, weight in weights.items()}


def _one(person: str, values: Values, card: Scorecard, directions: dict[str, str], weights: dict[str, float]) -> float | None:
    shares: dict[str, float] = {}
    for metric in card.metrics:
        peers = [own[metric.use] for own in values.values()]
        known = [peer for peer in peers if peer is not None]
        own = values[person][metric.use]
        if own is None or (metric.normalise.by != "target" and len(known) < 2):
            continue
        raw = share(own, known, metric.normalise.by, dict(metric.normalise.parameters), directions[metric.use])
        shares[metric.use] = min(1.0, max(0.0, raw))
    covered = sum(weights[name] for name in shares)
    if covered == 0 or covered < card.minimum_coverage - 1e-9:
        return None
    if card.missing == "block" and any(weights[name] > 0 and name not in shares for name in weights):
        return None
    if card.missing in ("neutral", "zero"):
        absent = [name for name in weights if values[person][name] is None]
        shares |= dict.fromkeys(absent, 0.5 if card.missing == "neutral" else 0.0)
    return _gated(_aggregated(shares, weights, card), values[person], card)


def _aggregated(shares: dict[str, float], weights: dict[str, float], card: Scorecard) -> float:
    if not card.dimensions:
        return 100 * _mean(shares, weights, card.aggregate)
    scores, above = {}, {}
    for dimension in card.dimensions:
        inside = [metric.use for metric in card.metrics if metric.dimension == dimension.name]
        known = {name: shares[name] for name in inside if name in shares}
        above[dimension.name] = sum(weights[name] for name in inside)
        if sum(weights[name] for name in known) > 0:
            scores[dimension.name] = _mean(known, weights, dimension.aggregate)
    return 100 * _mean(scores, above, card.aggregate)


def _mean(shares: dict[str, float], weights: dict[str, float], choice: Choice) -> float:
    total = sum(weights[name] for name in shares)
    power: Any = {"arithmetic": 1.0, "geometric": 0.0, "harmonic": -1.0}.get(choice.by, choice.parameters.get("power"))
    if power == 0:
        return float(math.prod(max(x, 0.01) ** (weights[name] / total) for name, x in shares.items()))
    floor = 0.01 if power < 0 else 0.0
    return float(sum(weights[name] / total * max(x, floor) ** power for name, x in shares.items() if weights[name]) ** (1 / power))


def _gated(result: float, own: dict[str, float | None], card: Scorecard) -> float:
    for gate in card.gates:
        value = own[gate.use]
        if value is None:
            continue
        if (gate.below is not None and value < gate.below) or (gate.above is not None and value > gate.above):
            if gate.then.cap is not None:
                result = min(result, gate.then.cap)
            else:
                result *= 0 if gate.then.void else 1 - (gate.then.discount or 0)
    return result
