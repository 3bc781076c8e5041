"""What was signed: revenue net of what was taken back, its growth, the size of an order, and how far a target was reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Double, and_, case, cast, func

from kpicore import Growth, Mean, Ratio, Total, count, facts, period, seconds_between, total

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from kpicore import Measure, Metric

sale, target = facts.sale.c, facts.target.c

NET = case((sale.reverses_id.is_not(None), -func.abs(sale.amount)), else_=sale.amount)
"""What a sale adds to revenue; a reversal takes its amount away, whichever sign it is written with."""

revenue_signed = Total(
    name="sales.revenue_signed",
    title={"en": "Revenue, signed", "zh": "合同销售额"},
    definition={
        "en": "Amounts of the sales signed in the period, less what was taken back in it.",
        "zh": "本期签约金额，减去本期冲销的金额。",
    },
    value=NET,
    subject=sale.employee_id,
    at=sale.signed_at,
    direction="higher",
    unit="money",
    frequency="month",
    dimension="acquisition",
    formula={"en": "sum of amounts; a reversal counts minus its amount", "zh": "金额之和；冲销按负数计"},
    caliber={
        "en": "Signed, not paid. A reversal counts in the period in which it was made, at the rate of the day of the original sale.",
        "zh": "签约额而非回款额。冲销计入发生当期，按原订单日汇率折算。",
    },
    drives=["sales.revenue_growth", "sales.quota_attainment", "value.annual_spend"],
    guards=["sales.average_order_value", "sales.win_rate"],
    gaming={
        "en": "Signing at the period's end what is taken back in the next one: the reversal then counts against the next one.",
        "zh": "期末签约、下期冲销：冲销计入下期。",
    },
    source="Contract revenue as kept in CRM and ERP systems.",
    optional=[sale.reverses_id],
)

revenue_growth = Growth(
    name="sales.revenue_growth",
    title={"en": "Revenue growth", "zh": "销售增长率"},
    definition={
        "en": "Change of the signed revenue against the period before, relative to that period.",
        "zh": "签约额相对上一期的变化率。",
    },
    of=revenue_signed,
    against="previous",
    subject=sale.employee_id,
    at=sale.signed_at,
    direction="higher",
    unit="share",
    frequency="month",
    dimension="acquisition",
    formula={
        "en": "(revenue of the period - revenue of the period before) / revenue of the period before",
        "zh": "(本期收入 − 上期收入) ÷ 上期收入",
    },
    caliber={
        "en": "Against the period before, so that seasons show; a base of 0 or less has no growth.",
        "zh": "与上一期相比，会体现季节性；基数不大于0时无增长率。",
    },
    drives=["sales.quota_attainment"],
    guards=["sales.revenue_growth_year", "sales.average_order_value"],
    gaming={"en": "Holding back contracts from a bad period into the next.", "zh": "把业绩差的一期的合同压到下一期。"},
    source="Common practice.",
    optional=[sale.reverses_id],
)

revenue_growth_year = Growth(
    name="sales.revenue_growth_year",
    title={"en": "Revenue growth, year on year", "zh": "销售同比增长率"},
    definition={
        "en": "Change of the signed revenue against the same period a year earlier, relative to that period.",
        "zh": "签约额相对上年同期的变化率。",
    },
    of=revenue_signed,
    against="year_ago",
    subject=sale.employee_id,
    at=sale.signed_at,
    direction="higher",
    unit="share",
    frequency="month",
    dimension="acquisition",
    formula={
        "en": "(revenue of the period - revenue a year earlier) / revenue a year earlier",
        "zh": "(本期收入 − 上年同期收入) ÷ 上年同期收入",
    },
    caliber={
        "en": "Against the same period of the year before, which takes out the seasons; a base of 0 or less has no growth.",
        "zh": "与上年同期相比，消除季节性；基数不大于0时无增长率。",
    },
    drives=["sales.quota_attainment"],
    guards=["sales.revenue_growth", "sales.average_order_value"],
    gaming={
        "en": "Taking over customers from others: their revenue of a year ago stays with those who sold it.",
        "zh": "接手他人客户：其上年收入仍归原销售。",
    },
    source="Common practice.",
    optional=[sale.reverses_id],
)

average_order_value = Mean(
    name="sales.average_order_value",
    title={"en": "Average order value", "zh": "客单价"},
    definition={"en": "Mean amount of the sales signed in the period.", "zh": "本期签约订单的平均金额。"},
    value=sale.amount,
    where=sale.reverses_id.is_(None),
    subject=sale.employee_id,
    at=sale.signed_at,
    direction="higher",
    unit="money",
    frequency="month",
    dimension="acquisition",
    formula={"en": "sum of the amounts of sales / sales, reversals left out of both", "zh": "订单金额之和 ÷ 订单数，均不含冲销"},
    caliber={
        "en": "Orders as they were signed, before anything was taken back; per order, not per customer.",
        "zh": "按签约时的订单计，未扣冲销；按订单而非按客户。",
    },
    drives=["sales.revenue_signed"],
    guards=["sales.win_rate", "sales.revenue_signed"],
    gaming={"en": "Merging orders, or dropping small customers.", "zh": "合并订单，或放弃小客户。"},
    source="Common practice in retail and business-to-business sales.",
    optional=[sale.reverses_id],
)


def _prorated() -> Measure:
    """Sum the targets, each by the share of its span that lies in the period."""
    overlaps = and_(target.period_start < period.end, target.period_end > period.start)
    start = _later_of(target.period_start, period.start)
    end = _earlier_of(target.period_end, period.end)
    length = func.nullif(seconds_between(target.period_start, target.period_end), 0.0)
    share = seconds_between(start, end) / length
    wanted = and_(target.metric == revenue_signed.name, target.employee_id.is_not(None), overlaps)
    return total(cast(target.value, Double) * share, wanted, subject=target.employee_id, is_state=True)


def _later_of(one: ColumnElement[object], other: ColumnElement[object]) -> ColumnElement[object]:
    return case((one > other, one), else_=other)


def _earlier_of(one: ColumnElement[object], other: ColumnElement[object]) -> ColumnElement[object]:
    return case((one < other, one), else_=other)


quota_attainment = Ratio(
    name="sales.quota_attainment",
    title={"en": "Quota attainment", "zh": "目标达成率"},
    definition={"en": "Signed revenue of the period, out of the target for it.", "zh": "本期签约额占目标的比例。"},
    numerator=total(NET, where=sale.employee_id.is_not(None)),
    denominator=_prorated(),
    evidence=count(sale.sale_id, where=sale.employee_id.is_not(None)),
    subject=sale.employee_id,
    at=sale.signed_at,
    direction="higher",
    unit="share",
    frequency="month",
    dimension="acquisition",
    formula={
        "en": "signed revenue / sum of (target x share of the target's span that lies in the period)",
        "zh": "签约额 ÷ Σ(目标 × 目标期间落在本期的比例)",
    },
    caliber={
        "en": (
            "Targets of persons for sales.revenue_signed, prorated by time. Sales of nobody are left out. Whoever has no target has no"
            " attainment; in a team's figure their sales count, so give everybody a target."
        ),
        "zh": "按个人的 sales.revenue_signed 目标，按时间折算。无归属的销售不计。无目标者无达成率；其销售计入团队，故人人应有目标。",
    },
    drives=["sales.revenue_growth"],
    guards=["sales.win_rate", "sales.average_order_value"],
    gaming={"en": "Negotiating a low target, and holding contracts back once it is reached.", "zh": "争取低目标，达成后压单。"},
    source="Common sales practice.",
    optional=[sale.reverses_id],
)


def metrics() -> list[Metric]:
    """Return the metrics of this module."""
    return [revenue_signed, revenue_growth, revenue_growth_year, average_order_value, quota_attainment]
