"""Whether customers buy again, how often, and what they spend in a year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func

from kpicore import Proportion, Ratio, count, distinct, facts, groups, local_day, period, total
from kpicore_value.activity import IS_ORDER, had_contract
from kpicore_value.recurring import NET

if TYPE_CHECKING:
    from kpicore import Metric

customer, sale = facts.customer.c, facts.sale.c

_ORDER_DAY = case((IS_ORDER, local_day(sale.signed_at)))
_ORDERS = func.count(case((IS_ORDER, 1)))

repurchase_rate = Proportion(
    name="value.repurchase_rate",
    title={"en": "Repurchase rate", "zh": "复购率"},
    definition={
        "en": "Customers who ordered on at least two different days of the period, out of those who ordered in it.",
        "zh": "本期下单的客户中，在至少两个不同日期下单的比例。",
    },
    numerator=groups(sale.customer_id, having=func.max(_ORDER_DAY) > func.min(_ORDER_DAY)),
    denominator=groups(sale.customer_id, having=_ORDERS >= 1),
    subject=sale.employee_id,
    at=sale.signed_at,
    direction="higher",
    unit="share",
    frequency="quarter",
    dimension="customer value",
    formula={"en": "customers with orders on two or more days / customers with an order", "zh": "两个及以上日期下单的客户数 ÷ 下单客户数"},
    caliber={
        "en": (
            "Days in the project's time zone, so that an order split in two does not count; free orders count. Per seller:"
            " both orders must"
            " be with the same one. A reversal is no order, and does not undo one."
        ),
        "zh": "按项目时区的日期计，一单拆成两单不算复购；零元订单计入。按销售人员统计时两单须为同一人。冲销不是订单，也不抵消订单。",
    },
    drives=["value.annual_spend", "sales.revenue_signed"],
    guards=["value.churn_rate", "sales.average_order_value"],
    gaming={"en": "Splitting one order over two days; the average order value falls.", "zh": "把一单拆到两天；客单价会随之下降。"},
    source="Common practice in retail.",
    optional=[sale.reverses_id],
)

repurchase_rate_orders = Proportion(
    name="value.repurchase_rate_orders",
    title={"en": "Repurchase rate, by orders", "zh": "复购率(按订单)"},
    definition={
        "en": "Customers with at least two orders in the period, out of those who ordered in it.",
        "zh": "本期下单的客户中，至少下了两单的比例。",
    },
    numerator=groups(sale.customer_id, having=_ORDERS >= 2),
    denominator=groups(sale.customer_id, having=_ORDERS >= 1),
    subject=sale.employee_id,
    at=sale.signed_at,
    direction="higher",
    unit="share",
    frequency="quarter",
    dimension="customer value",
    formula={"en": "customers with two or more orders / customers with an order", "zh": "两单及以上的客户数 ÷ 下单客户数"},
    caliber={
        "en": "Orders as recorded, also two on one day; otherwise as value.repurchase_rate.",
        "zh": "按登记的订单计，同一天两单也算；其余同 value.repurchase_rate。",
    },
    drives=["value.annual_spend", "sales.revenue_signed"],
    guards=["value.repurchase_rate", "sales.average_order_value"],
    gaming={
        "en": "Splitting one order in two; value.repurchase_rate does not reward it.",
        "zh": "把一单拆成两单；value.repurchase_rate 不会因此提高。",
    },
    source="Common practice in retail.",
    optional=[sale.reverses_id],
)

annual_spend = Ratio(
    name="value.annual_spend",
    title={"en": "Annual spend per customer", "zh": "客户年均消费额"},
    definition={
        "en": "Signed revenue of the period per customer who ordered in it, brought to a year.",
        "zh": "本期签约收入除以本期下单客户数，折算为一年。",
    },
    numerator=total(NET, where=sale.customer_id.is_not(None)),
    denominator=distinct(sale.customer_id, where=IS_ORDER),
    per_days=365.25,
    subject=sale.employee_id,
    at=sale.signed_at,
    direction="higher",
    unit="money",
    frequency="quarter",
    dimension="customer value",
    formula={
        "en": "(signed revenue net of reversals / customers with an order) x 365.25 / days of the period",
        "zh": "(扣除冲销的签约收入 ÷ 下单客户数) × 365.25 ÷ 本期天数",
    },
    caliber={
        "en": (
            "Per customer who ordered, not per customer in the portfolio. Only a period of a year needs no scaling: a shorter"
            " one leaves out"
            " customers who order less often, and so overstates. Sales without a customer are left out."
        ),
        "zh": "按下单客户而非名下全部客户平均。只有整年无需折算；期间越短越漏掉低频客户，因而偏高。无客户的销售不计。",
    },
    drives=["sales.revenue_signed"],
    guards=["value.repurchase_rate", "value.churn_rate"],
    gaming={
        "en": "Dropping small customers; booking one customer's orders on another's name.",
        "zh": "放弃小客户；把一个客户的订单记在另一客户名下。",
    },
    source="Common practice in customer value management.",
    optional=[sale.reverses_id],
)

purchase_frequency = Ratio(
    name="value.purchase_frequency",
    title={"en": "Purchase frequency", "zh": "购买频率"},
    definition={"en": "Orders of the period per customer who ordered in it.", "zh": "本期订单数除以本期下单客户数。"},
    numerator=count(sale.sale_id, where=and_(IS_ORDER, sale.customer_id.is_not(None))),
    denominator=distinct(sale.customer_id, where=IS_ORDER),
    subject=sale.employee_id,
    at=sale.signed_at,
    direction="higher",
    unit="count",
    frequency="quarter",
    dimension="customer value",
    formula={"en": "orders / customers with an order", "zh": "订单数 ÷ 下单客户数"},
    caliber={
        "en": (
            "Active is who ordered in the period. A reversal is no order, and does not undo one; sales without a customer are left out."
        ),
        "zh": "活跃指本期有订单。冲销不是订单，也不抵消订单；无客户的销售不计。",
    },
    drives=["value.annual_spend", "sales.revenue_signed"],
    guards=["sales.average_order_value", "value.purchase_frequency_portfolio"],
    gaming={
        "en": "Splitting orders; dropping customers who order seldom, which the frequency over the portfolio shows.",
        "zh": "拆分订单；放弃低频客户，按名下全部客户计算的购买频率会反映出来。",
    },
    source="Common practice in retail.",
    optional=[sale.reverses_id],
)

purchase_frequency_portfolio = Ratio(
    name="value.purchase_frequency_portfolio",
    title={"en": "Purchase frequency of the portfolio", "zh": "购买频率(全部客户)"},
    definition={"en": "Orders of the period per customer who was active when it began.", "zh": "本期订单数除以期初活跃客户数。"},
    numerator=count(sale.sale_id, and_(IS_ORDER, had_contract(period.start)), on=facts.sale, subject=customer.owner_id, at=sale.signed_at),
    denominator=count(customer.customer_id, had_contract(period.start), subject=customer.owner_id, is_state=True),
    direction="higher",
    unit="count",
    frequency="quarter",
    dimension="customer value",
    formula={
        "en": "orders of customers active at the start / customers active at the start",
        "zh": "期初活跃客户的订单数 ÷ 期初活跃客户数",
    },
    caliber={
        "en": (
            "By contract, over the whole portfolio, so that customers who do not order count with 0. Orders by who looked after"
            " the customer then."
        ),
        "zh": "按合作关系和名下全部客户计算，不下单者以0计。订单归属当时的客户负责人。",
    },
    drives=["value.annual_spend", "sales.revenue_signed"],
    guards=["sales.average_order_value", "value.churn_rate"],
    gaming={"en": "Splitting orders; ending the contracts of customers who do not order.", "zh": "拆分订单；终止不下单客户的合作。"},
    source="Common practice in account management.",
    optional=[sale.reverses_id],
)


def metrics() -> list[Metric]:
    """Return the metrics of this module."""
    return [repurchase_rate, repurchase_rate_orders, annual_spend, purchase_frequency, purchase_frequency_portfolio]
