"""Amounts in several currencies: converted once, at the rate of the event's day, or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Double, Table, and_, case, cast, func, literal, null, or_, select

from kpicore import facts
from kpicore.errors import MetricError
from kpicore.model.expression import EpochDay, Exact
from kpicore.model.measure import columns_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Subquery

    from kpicore.query.database import Facts

Expression = ColumnElement[Any]


def is_foreign(database: Facts, fact: Table, expressions: Sequence[Expression], home: str | None) -> bool:
    """Return whether the expressions read amounts of which some are not in the project's currency.

    Raises:
        MetricError: amounts are in several currencies and the project has not said which is its own.
    """
    amounts = [column for column in columns_of(*expressions) if column.info.get("is_money") and column.table is fact]
    if not amounts or "currency" not in fact.c or not database.profile.has(fact.c.currency):
        return False
    found = database.values(fact.c.currency)
    if home is None and len(found) > 1:
        kinds = ", ".join(str(each) for each in found)
        raise MetricError(
            f"amounts of {fact.name} must be in one currency to be added (got {kinds});"
            " set `currency` in kpicore.toml and give the rates in fx_rate"
        )
    return home is not None and not {*found} <= {None, home}


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
