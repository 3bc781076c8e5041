"""What is known of each customer of a portfolio: whether it is there, and what it does, fact by fact, matched by the customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func

from kpicore import each, facts, period, seconds_between
from kpicore_value.activity import IS_ORDER

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from kpicore import Measure

customer, contact, sale = facts.customer.c, facts.contact.c, facts.sale.c

IS_ACT = and_(contact.direction == "in", contact.is_automatic.is_not(True))
"""What the customer did: wrote, called, came. Pressed by no machine, and claimed by no employee."""

IS_CAMPAIGN = and_(contact.direction == "out", contact.campaign_id.is_not(None))
"""What a campaign sent to the customer."""

IN_PERIOD = and_(contact.started_at >= period.start, contact.started_at < period.end)
OPTIONAL = (contact.is_automatic, sale.reverses_id)
"""Columns that a source may lack."""


def some(condition: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return, over the rows of a group, how many meet a condition."""
    return func.count(case((condition, 1)))


def customers(condition: ColumnElement[Any], value: ColumnElement[Any] | None = None, **options: Any) -> Measure:
    """List customers by a condition on their record, with a value of it."""
    return each(func.count() if value is None else func.max(value), customer.customer_id, some(condition) > 0, **options)


def of_contacts(value: ColumnElement[Any]) -> Measure:
    """Take an aggregate over the contacts with each customer."""
    return each(value, contact.customer_id, optional=OPTIONAL)


def of_sales(value: ColumnElement[Any]) -> Measure:
    """Take an aggregate over the sales to each customer."""
    return each(value, sale.customer_id, optional=OPTIONAL)


def orders(condition: ColumnElement[Any]) -> Measure:
    """Count the orders of each customer that meet a condition."""
    return of_sales(some(and_(IS_ORDER, condition)))


def since_start(moment: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the seconds from the period's start to a moment."""
    return seconds_between(period.start, moment)
