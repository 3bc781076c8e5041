"""Customers won for the first time, how their number grows, and what those who were there already buy besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func

from kpicore import Count, Growth, Total, choice_parameter, count, facts

if TYPE_CHECKING:
    from kpicore import Metric, Parameters

sale = facts.sale.c

EXPANSION = "sales.expansion_revenue"
WHAT = ("new_products", "repeat")
ALL_DAYS = 36600.0
"""A sale is the first only if none came before it, however long ago."""

_ENTITY = facts.entity_of(facts.sale)
_OPTIONAL = (sale.reverses_id, facts.customer_entity.c.entity_id)

_IS_ORDER = and_(sale.reverses_id.is_(None), sale.customer_id.is_not(None))
_COUNTS = case((_IS_ORDER, 1), else_=0)
_IN_ORDER = (sale.signed_at, sale.sale_id)
_OF_CUSTOMER = func.row_number().over(partition_by=[_ENTITY, _COUNTS], order_by=_IN_ORDER)
_OF_PRODUCT = func.row_number().over(partition_by=[_ENTITY, func.coalesce(sale.product_id, ""), _COUNTS], order_by=_IN_ORDER)
_FIRST_AT = func.min(sale.signed_at, type_=sale.signed_at.type).over(partition_by=[_ENTITY, _COUNTS])

IS_FIRST_SALE = and_(_IS_ORDER, _OF_CUSTOMER == 1)
"""Whether a sale is the first to its customer."""

_NOT_NEW = {
    "en": "Selling first under a new record of an old customer; the rate of duplicates shows it.",
    "zh": "为老客户新建档案后再签单；重复率会暴露。",
}

new_customers = Count(
    name="sales.new_customers",
    title={"en": "New customers", "zh": "新增客户数"},
    definition={"en": "Customers who bought for the first time in the period, per week.", "zh": "本期首次购买的客户数，按周平均。"},
    of=count(sale.sale_id, IS_FIRST_SALE, lookahead_days=ALL_DAYS),
    per_days=7.0,
    subject=sale.employee_id,
    at=sale.signed_at,
    direction="higher",
    unit="count",
    frequency="week",
    dimension="acquisition",
    formula={"en": "first sales / weeks of the period", "zh": "首单数 ÷ 本期周数"},
    caliber={
        "en": (
            "By customer entity, so that a second record is no new customer, and its first sale, to whoever made it; who comes back is"
            " not new. The mean of a week;"
            " in a shorter period the plain number. What was bought before the data begins is not known."
        ),
        "zh": (
            "按客户实体(重复档案合并)及其有史以来首单计，归属签单人；流失后返回的客户不算新客户。"
            "取周均值，短于一周时取实数。数据起点之前的购买未知。"
        ),
    },
    drives=["sales.revenue_signed", "sales.new_customer_growth"],
    guards=["sales.average_order_value", "quality.duplicate_rate"],
    gaming=_NOT_NEW,
    source="Common practice; first purchase as in the customer-base analysis of marketing science.",
    optional=_OPTIONAL,
)

new_customer_growth = Growth(
    name="sales.new_customer_growth",
    title={"en": "New-customer growth", "zh": "新客户增长率"},
    definition={
        "en": "Change of the number of new customers per week against the period before, relative to that period.",
        "zh": "每周新增客户数相对上一期的变化率。",
    },
    of=new_customers,
    against="previous",
    subject=sale.employee_id,
    at=sale.signed_at,
    direction="higher",
    unit="share",
    frequency="month",
    dimension="acquisition",
    formula={
        "en": "(new customers per week - those of the period before) / those of the period before",
        "zh": "(本期周均新客户数 − 上期) ÷ 上期",
    },
    caliber={
        "en": "Per week, so that months of different length compare; a base of 0 has no growth.",
        "zh": "按周均值比较，不受月份长短影响；上期为0时无增长率。",
    },
    drives=["sales.revenue_growth"],
    guards=["sales.new_customers", "sales.average_order_value"],
    gaming=_NOT_NEW,
    source="Common practice.",
    optional=_OPTIONAL,
)


def expansion_revenue(what: str = WHAT[0]) -> Metric:
    """Build the revenue from customers who were there already: of products new to them, or all that they buy again."""
    is_later = sale.signed_at > _FIRST_AT
    is_counted = and_(is_later, _OF_PRODUCT == 1, sale.product_id.is_not(None)) if what == "new_products" else is_later
    says = _EXPANSION[what]
    return Total(
        name=EXPANSION,
        title={"en": "Up- and cross-selling", "zh": "增购与交叉销售额"},
        definition={"en": f"Amounts of {says['en']}, signed in the period.", "zh": f"本期签约的{says['zh']}金额。"},
        value=sale.amount,
        where=and_(_IS_ORDER, is_counted),
        subject=sale.employee_id,
        at=sale.signed_at,
        direction="higher",
        unit="money",
        frequency="quarter",
        dimension="customer value",
        formula={"en": f"sum of the amounts of {says['en']}", "zh": f"{says['zh']}金额之和"},
        caliber={
            "en": "By customer entity; what is bought together with the first sale is no expansion, and reversals are left out.",
            "zh": "按客户实体计；与首单同时购买的不算增购，冲销不计。",
        },
        drives=["sales.revenue_signed", "value.annual_spend"],
        guards=["sales.revenue_signed", "value.churn_rate"],
        gaming={
            "en": "Selling a first order in parts, or under several product codes.",
            "zh": "把首单拆分，或用多个产品编码签单。",
        },
        source="Expansion revenue as in subscription accounting; cross-selling by product.",
        optional=_OPTIONAL,
        lookahead_days=ALL_DAYS,
        parameters={"what": what},
    )


_EXPANSION = {
    "new_products": {
        "en": "sales to existing customers of products that they had not bought before",
        "zh": "老客户首次购买新产品的订单",
    },
    "repeat": {"en": "sales to existing customers", "zh": "老客户的订单"},
}


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    return [new_customers, new_customer_growth, expansion_revenue(choice_parameter(parameters, EXPANSION, "what", WHAT[0], WHAT))]
