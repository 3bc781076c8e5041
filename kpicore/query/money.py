"""Amounts in several currencies: converted once, at the rate of the event's day, or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Double, Over, Table, and_, case, cast, func, literal, null, or_, select
from sqlalchemy.sql import visitors

from kpicore import facts
from kpicore.errors import MetricError
from kpicore.model.expression import AsRecorded, EpochDay, Exact
from kpicore.model.measure import Memory, columns_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Subquery

    from kpicore.query.database import Facts

Expression = ColumnElement[Any]

_CONVERTED: Memory[Expression] = Memory()


def is_foreign(database: Facts, fact: Table, expressions: Sequence[Expression], home: str) -> bool:
    """Return whether the expressions read amounts of the fact of which some are not in the project's currency."""
    found = _currencies(database, expressions).get(fact.name, ())
    return not {*found} <= {None, home}


def refuse_mixed(database: Facts, fact: Table, expressions: Sequence[Expression], home: str | None) -> None:
    """Refuse amounts that cannot be converted.

    Raises:
        MetricError: amounts are in several currencies and the project has not said which is its own, or they are amounts of another
            table than the fact, or of neighbouring rows, which are not converted.
    """
    overs = [part for each in expressions for part in visitors.iterate(each) if isinstance(part, Over)]
    within = _currencies(database, overs)
    for name, found in _currencies(database, expressions).items():
        kinds = ", ".join(str(each) for each in found)
        if home is None and len(found) > 1:
            raise MetricError(
                f"amounts of {name} must be in one currency to be added (got {kinds});"
                " set `currency` in kpicore.toml and give the rates in fx_rate"
            )
        if home is not None and not {*found} <= {None, home} and (name != fact.name or name in within):
            where = "a window expression" if name in within else f"a metric on {fact.name}"
            raise MetricError(
                f"amounts of {name} must be in {home} to be used in {where} (got {kinds}); only a fact's own amounts are converted"
            )


def _currencies(database: Facts, expressions: Sequence[Expression]) -> dict[str, tuple[str | None, ...]]:
    """Return, per table whose amounts are read, the currencies that occur in it, where it says."""
    converted = columns_of(*(_CONVERTED.recall(each, _converted) for each in expressions))
    amounts = [column for column in converted if column.info.get("is_money") and database.profile.has(column)]
    tables = {column.table.name: column.table for column in amounts}
    said = {name: table.c.currency for name, table in tables.items() if "currency" in table.c}
    return {name: database.values(column) for name, column in said.items() if database.profile.has(column)}


def _converted(expression: Expression) -> Expression:
    """Return the expression without the amounts that stay in their own currency."""
    if not any(isinstance(part, AsRecorded) for part in visitors.iterate(expression)):
        return expression
    found: Expression = visitors.replacement_traverse(expression, {}, lambda part, **_: null() if isinstance(part, AsRecorded) else None)
    return found


def rates(database: Facts, home: str) -> Subquery | None:
    """Return (currency, from_day, to_day, rate) into the project's currency; spans of one currency do not overlap."""
    table = facts.fx_rate
    if not all(database.profile.has(table.c[name]) for name in ("currency", "valid_on", "rate")):
        return None
    day = EpochDay(table.c.valid_on)
    currency = Exact(table.c.currency)
    following = func.lead(day).over(partition_by=currency, order_by=[table.c.valid_on, table.c.rate_id])
    into = table.c["into"]
    chosen = [or_(into.is_(None), Exact(into) == home)] if database.profile.has(into) else []
    columns = (currency.label("currency"), day.label("from_day"), func.coalesce(following, 10_000_000).label("to_day"), table.c.rate)
    return select(*columns).where(*chosen).subquery("rates")


def holds_on(found: Subquery, currency: Expression, day: Expression) -> Expression:
    """Return the condition under which a rate applies to a row."""
    return and_(found.c.currency == currency, day >= found.c.from_day, day < found.c.to_day)


def factor(found: Subquery | None, currency: Expression, home: str) -> tuple[Expression, Expression]:
    """Return what an amount is multiplied by, and whether that is unknown for want of a rate."""
    rate: Expression = cast(found.c.rate if found is not None else null(), Double)
    is_home = or_(currency.is_(None), currency == home)
    return case((is_home, literal(1.0)), else_=rate), and_(currency.is_not(None), currency != home, rate.is_(None))
