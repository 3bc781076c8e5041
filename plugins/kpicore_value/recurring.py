"""What happens to the revenue of the customers who are there: how much leaves, and how much stays and grows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func

from kpicore import Measure, Ratio, facts, later, number_parameter, period, total
from kpicore_value.activity import had_contract

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from kpicore import Metric, Parameters

customer, sale = facts.customer.c, facts.sale.c

NRR = "value.net_revenue_retention"
BACK_DAYS = 365.0
"""Against the same time a year before, so that seasons cancel out."""

NET = case((sale.reverses_id.is_not(None), -func.abs(sale.amount)), else_=sale.amount)
"""What a sale adds to revenue; a reversal takes its amount away, whichever sign it is written with."""

revenue_churn = Ratio(
    name="value.revenue_churn",
    title={"en": "Revenue churn", "zh": "收入流失率"},
    definition={
        "en": "Recurring revenue of the customers lost in the period, out of that of all who were active when it began.",
        "zh": "本期流失客户的经常性收入，占期初全部活跃客户经常性收入的比例。",
    },
    numerator=total(customer.recurring_amount, and_(had_contract(period.start), customer.ended_at < period.end), is_state=True),
    denominator=total(customer.recurring_amount, had_contract(period.start), is_state=True),
    subject=customer.owner_id,
    direction="lower",
    unit="share",
    frequency="month",
    dimension="customer value",
    formula={
        "en": "recurring revenue of customers lost / recurring revenue of customers active at the start",
        "zh": "流失客户的月经常性收入 ÷ 期初活跃客户的月经常性收入",
    },
    caliber={
        "en": (
            "Gross: whole customers lost, not contracts made smaller, by the recurring revenue that is recorded of them"
            " today. By who looked after"
            " them when the period began."
        ),
        "zh": "毛流失口径：只计整体流失的客户，不计缩减；以客户当前登记的经常性收入为准；归属期初的负责人。",
    },
    drives=["sales.revenue_signed"],
    guards=["value.churn_rate", NRR],
    gaming={
        "en": "Lowering the recurring revenue of a customer who is about to leave; net revenue retention shows it.",
        "zh": "在客户流失前先调低其经常性收入；净收入留存率会反映出来。",
    },
    source="Common practice in subscription business (gross revenue churn).",
)


def net_revenue_retention(back_days: float = BACK_DAYS) -> Metric:
    """Build the net revenue retention, with how many days back the comparison lies."""
    return Ratio(
        name=NRR,
        title={"en": "Net revenue retention", "zh": "净收入留存率"},
        definition={
            "en": (f"Revenue of the period from the customers who bought {back_days:g} days before, as a share of what they bought then."),
            "zh": f"{back_days:g}天前同一时段有购买的客户，其本期收入占当时收入的比例。",
        },
        numerator=_of_cohort(_within(0.0), back_days),
        denominator=_of_cohort(_within(back_days), back_days),
        direction="higher",
        unit="share",
        frequency="quarter",
        dimension="customer value",
        formula={
            "en": "(revenue then + expansion - contraction - churn) / revenue then, of the customers of then",
            "zh": "(当时收入 + 增购 - 缩减 - 流失) ÷ 当时收入，仅限当时的客户",
        },
        caliber={
            "en": (
                "By signed sales, net of reversals. Customers won since are left out; who no longer buys counts with 0. By"
                " who looks after the"
                " customer when the period begins."
            ),
            "zh": "按签约销售额(扣除冲销)。此后新增的客户不计；不再购买者以0计；归属期初的客户负责人。",
        },
        drives=["sales.revenue_signed", "value.annual_spend"],
        guards=["value.churn_rate", "value.revenue_churn"],
        gaming={
            "en": "Moving a signature into the period; over four quarters it evens out.",
            "zh": "把签约时间挪入本期；四个季度合计后互相抵消。",
        },
        source="Common practice in subscription business (net revenue retention of a cohort, by revenue).",
        optional=[sale.reverses_id],
        parameters={"back_days": back_days},
    )


def _within(back_days: float) -> ColumnElement[Any]:
    since, until = (later(moment, days=-back_days) if back_days else moment for moment in (period.start, period.end))
    return func.sum(case((and_(sale.signed_at >= since, sale.signed_at < until), NET), else_=0))


def _of_cohort(revenue: ColumnElement[Any], back_days: float) -> Measure:
    per, on, whose = (sale.customer_id,), facts.sale, customer.owner_id
    return Measure(function="sum", value=revenue, where=_within(back_days) > 0, per=per, on=on, subject=whose, is_state=True)


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    return [revenue_churn, net_revenue_retention(number_parameter(parameters, NRR, "back_days", BACK_DAYS, most=3660))]
