"""Second moments of what measures add up: the sums of squares and of products from which the variance of a ratio follows."""

from __future__ import annotations

from attrs import evolve
from sqlalchemy import Double, and_, cast

from kpicore.model.measure import Expression, Measure, sql_text


def squares_of(measure: Measure) -> Measure | None:
    """Return the sum of squares of what a measure adds up, a count being its own; None where it does not add up rows of events."""
    if measure.at is None or not measure.is_additive or measure.function == "squares":
        return None
    return measure if measure.function == "count" else evolve(measure, function="squares")


def moments_of(over: Measure, under: Measure) -> tuple[Measure, ...] | None:
    """Return the sums that the variance of `over` / `under` needs besides the two, or None where it is not known.

    Args:
        over: a bound measure.
        under: a bound measure.
    Returns:
        The sum of squares of `over`, where `under` is a state and so no matter of chance; where both add up the same rows, that, the
        sum of products, and the sum of squares of `under`.
    """
    squares, under_squares = squares_of(over), squares_of(under)
    if squares is None or not under.is_additive or under.function == "squares":
        return None
    if under.at is None:
        return (squares,)
    if under_squares is None or not _share_rows(over, under):
        return None
    return (squares, _products(over, under), under_squares)


def _share_rows(one: Measure, two: Measure) -> bool:
    return _rows(one) == _rows(two)


def _rows(measure: Measure) -> tuple[object, ...]:
    return (measure.fact.name, sql_text(measure.subject), sql_text(measure.at), measure.attribution, measure.lookahead_days)


def _products(over: Measure, under: Measure) -> Measure:
    """Return the sum of x y over rows; a count adds 1 where its value is not null."""
    needed = [part.where for part in (over, under) if part.where is not None]
    needed += [
        part.value.is_not(None) for part in (over, under) if part.function == "count" and not getattr(part.value, "primary_key", False)
    ]
    both = evolve(over, where=and_(*needed) if needed else None, optional=(*over.optional, *under.optional))
    if over.function == "sum" and under.function == "sum":
        return evolve(both, value=_double(over.value) * _double(under.value))
    return evolve(both, function=under.function, value=under.value) if over.function == "count" else both


def _double(value: Expression) -> Expression:
    return cast(value, Double)
