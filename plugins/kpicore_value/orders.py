"""Whether customers buy again, and what they spend in a year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import case, func

from kpicore import Proportion, Ratio, distinct, facts, groups, local_day, total

if TYPE_CHECKING:
    from kpicore import Metric

sale = facts.sale.c

_IS_ORDER = sale.reverses_id.is_(None)
_ORDER_DAY = case((_IS_ORDER, local_day(sale.signed_at)))
_ORDERS = func.count(case((_IS_ORDER, 1)))
_NET = case((sale.reverses_id.is_not(None), -func.abs(sale.amount)), else_=sale.amount)

repurchase_rate = Proportion(
    name="value.repurchase_rate",
    title={"en": "Repurchase rate", "zh": "复购率"},
    definition="Customers who ordered on at least two different days of the period, out of those who ordered in it.",
    numerator=groups(sale.customer_id, having=func.max(_ORDER_DAY) > func.min(_ORDER_DAY)),
    denominator=groups(sale.customer_id, having=_ORDERS >= 1),
    subject=sale.employee_id,
    at=sale.signed_at,
    direction="higher",
    unit="share",
    frequency="quarter",
    dimension="customer value",
    formula="customers with orders on two or more days / customers with an order",
    caliber=(
        "Days in the project's time zone, so that an order split in two does not count; free orders count. Per seller: both orders must"
        " be with the same one. A reversal is no order, and does not undo one."
    ),
    drives=["value.annual_spend", "sales.revenue_signed"],
    guards=["value.churn_rate", "sales.average_order_value"],
    gaming="Splitting one order over two days; the average order value falls.",
    source="Common practice in retail.",
    optional=[sale.reverses_id],
)

repurchase_rate_orders = Proportion(
    name="value.repurchase_rate_orders",
    title={"en": "Repurchase rate, by orders", "zh": "复购率(按订单)"},
    definition="Customers with at least two orders in the period, out of those who ordered in it.",
    numerator=groups(sale.customer_id, having=_ORDERS >= 2),
    denominator=groups(sale.customer_id, having=_ORDERS >= 1),
    subject=sale.employee_id,
    at=sale.signed_at,
    direction="higher",
    unit="share",
    frequency="quarter",
    dimension="customer value",
    formula="customers with two or more orders / customers with an order",
    caliber="Orders as recorded, also two on one day; otherwise as value.repurchase_rate.",
    drives=["value.annual_spend", "sales.revenue_signed"],
    guards=["value.repurchase_rate", "sales.average_order_value"],
    gaming="Splitting one order in two; value.repurchase_rate does not reward it.",
    source="Common practice in retail.",
    optional=[sale.reverses_id],
)

annual_spend = Ratio(
    name="value.annual_spend",
    title={"en": "Annual spend per customer", "zh": "客户年均消费额"},
    definition="Signed revenue of the period per customer who ordered in it, brought to a year.",
    numerator=total(_NET, where=sale.customer_id.is_not(None)),
    denominator=distinct(sale.customer_id, where=_IS_ORDER),
    per_days=365.25,
    subject=sale.employee_id,
    at=sale.signed_at,
    direction="higher",
    unit="money",
    frequency="quarter",
    dimension="customer value",
    formula="(signed revenue net of reversals / customers with an order) x 365.25 / days of the period",
    caliber=(
        "Per customer who ordered, not per customer in the portfolio. Only a period of a year needs no scaling: a shorter one leaves out"
        " customers who order less often, and so overstates. Sales without a customer are left out."
    ),
    drives=["sales.revenue_signed"],
    guards=["value.repurchase_rate", "value.churn_rate"],
    gaming="Dropping small customers; booking one customer's orders on another's name.",
    source="Common practice in customer value management.",
    optional=[sale.reverses_id],
)


def metrics() -> list[Metric]:
    """Return the metrics of this module."""
    return [repurchase_rate, repurchase_rate_orders, annual_spend]
