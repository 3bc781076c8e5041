"""What each kind of metric makes of its measures, written a second time for the slow oracle."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen
from rows import evaluate

from kpicore.model import kinds
from kpicore.model.expression import later, period, seconds_between
from kpicore.model.measure import Measure, count, quantile, total

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from oracle import Oracle, Place
    from rows import Env

    from kpicore.model.metric import Metric


@frozen
class Cell:
    """What a metric should give for one subject and period; None is absent."""

    value: float | None
    n: float = 0.0
    variance: float | None = None


def bind(measure: Measure, metric: Metric) -> Measure:
    """Return a measure with the metric's subject, time and attribution where it has none of its own."""
    at = None if measure.is_state else (metric.at if measure.at is None else measure.at)
    subject = metric.subject if measure.subject is None else measure.subject
    return evolve(measure, subject=subject, at=at, attribution="now" if "now" in (measure.attribution, metric.attribution) else "then")


def parts_of(metric: Any) -> list[Measure]:
    """Return the measures by whose facts a metric knows who is active."""
    if isinstance(metric, kinds.Growth):
        return parts_of(metric.of)
    if isinstance(metric, kinds.Custom):
        return [bind(each, metric) for each in metric.of.values()]
    if isinstance(metric, kinds.Count):
        return [bind(metric.of, metric)]
    if isinstance(metric, (kinds.Proportion, kinds.Ratio)):
        return [bind(metric.numerator, metric), bind(metric.denominator, metric)]
    if isinstance(metric, (kinds.Total, kinds.Mean, kinds.Quantile)):
        return [bind(total(metric.value), metric)]
    return [bind(count(metric.key), metric)] if isinstance(metric, kinds.Conversion) else []


def _count(oracle: Oracle, metric: Any, active: set[Place]) -> dict[Place, Cell]:
    found = oracle.measure(bind(metric.of, metric))
    return {place: Cell(value, value or 0.0, value) if place in active else Cell(None) for place, value in found.items()}


def _moments(oracle: Oracle, metric: Any) -> Iterator[tuple[Place, float, float, float]]:
    plain = Measure(function="squares", value=metric.value, where=metric.where)
    names = (total(metric.value, metric.where), count(metric.value, metric.where), plain)
    sums, numbers, squares = (oracle.measure(bind(each, metric)) for each in names)
    for place in oracle.places():
        yield place, sums[place] or 0.0, numbers[place] or 0.0, squares[place] or 0.0


def _total(oracle: Oracle, metric: Any, active: set[Place]) -> dict[Place, Cell]:
    return {place: Cell(value, n, squares) if place in active else Cell(None) for place, value, n, squares in _moments(oracle, metric)}


def _mean(oracle: Oracle, metric: Any, active: set[Place]) -> dict[Place, Cell]:
    del active
    found = {}
    for place, value, n, squares in _moments(oracle, metric):
        spread = max(squares - value * value / n, 0.0) / (n - 1) / n if n > 1 else None
        found[place] = Cell(value / n, n, spread) if n else Cell(None)
    return found


def _share(over: float, under: float) -> Cell:
    return Cell(over / under, under, over / under * (1 - over / under) / under) if under else Cell(None)


def _proportion(oracle: Oracle, metric: Any, active: set[Place]) -> dict[Place, Cell]:
    del active
    over, under = oracle.measure(bind(metric.numerator, metric)), oracle.measure(bind(metric.denominator, metric))
    return {place: _share(over[place] or 0.0, under[place] or 0.0) for place in over}


def _ratio(oracle: Oracle, metric: Any, active: set[Place]) -> dict[Place, Cell]:
    del active
    parts = bind(metric.numerator, metric), bind(metric.denominator, metric)
    over, under = (oracle.measure(part) for part in parts)
    found = {}
    for place in over:
        below = under[place] or 0.0
        share = (over[place] or 0.0) / below if below else 0.0
        spread = _spread(oracle, *parts, place, share) / below**2 * metric.scale**2 if below else None
        found[place] = Cell(share * metric.scale, below, spread) if below else Cell(None)
    return found


def _spread(oracle: Oracle, over: Measure, under: Measure, place: Place, share: float) -> float:
    """Return the sum of squared residuals x - share * y over rows; NaN where x and y are not of the same rows."""
    if under.is_state:
        return math.fsum(weight * _added(over, env) ** 2 for env, weight in oracle.credits(over).get(place, []))
    if over.is_state or (over.fact, str(over.at), str(over.subject)) != (under.fact, str(under.at), str(under.subject)):
        return math.nan
    rows = oracle.credits(over).get(place, [])
    return math.fsum(weight * (_added(over, env) - share * _added(under, env)) ** 2 for env, weight in rows)


def _added(measure: Measure, env: Env) -> float:
    """Return what a row adds to a count or sum."""
    value = evaluate(measure.value, env) if measure.where is None or evaluate(measure.where, env) else None
    return 0.0 if value is None else 1.0 if measure.function == "count" else float(value)


def _quantile(oracle: Oracle, metric: Any, active: set[Place]) -> dict[Place, Cell]:
    del active
    found = oracle.measure(bind(quantile(metric.value, metric.q, metric.where), metric))
    numbers = oracle.measure(bind(count(metric.value, metric.where), metric))
    return {place: Cell(value, numbers[place] or 0.0) if value is not None else Cell(None) for place, value in found.items()}


def _growth(oracle: Oracle, metric: Any, active: set[Place]) -> dict[Place, Cell]:
    now = oracle.cells(metric.of, active)
    earlier = oracle.earlier(metric.against)
    then = earlier.cells(metric.of, set(earlier.places()))
    found = {}
    for place, cell in now.items():
        value, base = cell.value, then[place].value
        known = value is not None and base is not None and base > 0
        found[place] = Cell((value - base) / base, cell.n + then[place].n) if known else Cell(None)  # type: ignore[operator]  # both are known
    return found


def _conversion(oracle: Oracle, metric: Any, active: set[Place]) -> dict[Place, Cell]:
    del active
    window = metric.within_days
    mature = [] if metric.where is None else [metric.where]
    success = [metric.converted_at.is_not(None), *([] if metric.converted is None else [metric.converted])]
    if window is not None:
        mature.append(later(metric.at, days=window) <= period.as_of)
        success.append(seconds_between(metric.at, metric.converted_at) <= window * 86400)
    found = {}
    credited = oracle.credits(bind(count(metric.key), metric))
    for place in oracle.places():
        rows = credited.get(place, [])
        known = [(env, share) for env, share in rows if all(evaluate(each, env) for each in mature)]
        over = math.fsum(share for env, share in known if all(evaluate(each, env) for each in success))
        found[place] = _share(over, math.fsum(share for _, share in known))
    return found


def _snapshot(oracle: Oracle, metric: Any, active: set[Place]) -> dict[Place, Cell]:
    state = Measure(function="count", value=metric.began_at, is_state=True, owned_at="end")
    found: dict[Place, Cell] = {}
    credited = oracle.credits(bind(state, metric))
    for place in oracle.places():
        kept = [(env, share) for env, share in credited.get(place, []) if _stands(metric, env)]
        values = [(1.0 if metric.value is None else evaluate(metric.value, env), share) for env, share in kept]
        known = [(float(value), share) for value, share in values if value is not None]
        n = math.fsum(share for _, share in known)
        balance = math.fsum(value * share for value, share in known)
        found[place] = Cell(balance, n) if place in active or n else Cell(None)
    return found


def _stands(metric: Any, env: Env) -> bool:
    began, ended = evaluate(metric.began_at, env), evaluate(metric.ended_at, env)
    is_there = began is not None and began < env.bounds["end"] and (ended is None or ended >= env.bounds["end"])
    return is_there and (metric.where is None or bool(evaluate(metric.where, env)))


def _derived(oracle: Oracle, metric: Any, active: set[Place]) -> dict[Place, Cell]:
    parts = {key: oracle.cells(oracle.metrics[name], active) for key, name in metric.of.items()}
    found = {}
    for place in oracle.places():
        cells = {key: part[place] for key, part in parts.items()}
        known = all(cell.value is not None for cell in cells.values())
        value = metric.compute(**{key: cell.value for key, cell in cells.items()}) if known else None
        found[place] = Cell(value, min(cell.n for cell in cells.values())) if value is not None else Cell(None)
    return found


def _custom(oracle: Oracle, metric: Any, active: set[Place]) -> dict[Place, Cell]:
    del active
    parts = {key: oracle.measure(bind(each, metric)) for key, each in metric.of.items()}
    found = {}
    for place in oracle.places():
        values = {key: part[place] for key, part in parts.items()}
        known = all(value is not None for value in values.values())
        value = metric.compute(**values) if known else math.nan
        found[place] = Cell(value, (values[metric.evidence] or 0.0) if metric.evidence else 1.0) if math.isfinite(value) else Cell(None)
    return found


KINDS: dict[type, Callable[[Oracle, Any, set[Place]], dict[Place, Cell]]] = {
    kinds.Count: _count,
    kinds.Total: _total,
    kinds.Mean: _mean,
    kinds.Proportion: _proportion,
    kinds.Ratio: _ratio,
    kinds.Quantile: _quantile,
    kinds.Growth: _growth,
    kinds.Conversion: _conversion,
    kinds.Snapshot: _snapshot,
    kinds.Derived: _derived,
    kinds.Custom: _custom,
}
