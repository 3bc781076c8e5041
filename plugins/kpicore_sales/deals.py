"""What became of opportunities: how many were won and lost, how long that took, what they were worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func

from kpicore import Count, Mean, Quantile, Ratio, Total, count, days_between, facts, groups, local_day, total

if TYPE_CHECKING:
    from kpicore import Metric

deal = facts.opportunity.c

_WON = and_(deal.is_closed, deal.is_won)
_BEGUN = and_(_WON, deal.closed_at >= deal.created_at)
_DAYS_OPEN = days_between(deal.created_at, deal.closed_at)
_DAY = local_day(deal.closed_at)
# Day 4 of the epoch, 5 January 1970, is a Monday; adding 10 keeps the remainder from being negative.
_FORTNIGHT = _DAY - (_DAY + 10) % 14
_NO_CUSTOMER = case((deal.customer_id.is_(None), deal.opportunity_id), else_="")

opportunities_won = Count(
    name="sales.opportunities_won",
    title={"en": "Opportunities won", "zh": "赢单商机数"},
    definition={"en": "Opportunities won in the period, each record counted.", "zh": "本期赢单的商机数，按档案逐条计。"},
    of=count(deal.opportunity_id, where=_WON),
    subject=deal.owner_id,
    at=deal.closed_at,
    direction="higher",
    unit="count",
    frequency="month",
    dimension="sales process",
    formula={"en": "opportunities that are closed and won", "zh": "已关闭且赢单的商机数"},
    caliber={
        "en": "Records, by close date and the owner at the close; sales.deals_won counts customers and fortnights instead.",
        "zh": "按档案计，按关闭日及当时负责人；sales.deals_won 按客户与双周计。",
    },
    drives=["sales.revenue_signed", "sales.revenue_won"],
    guards=["sales.deals_won", "sales.average_won_value"],
    gaming={
        "en": "Splitting one deal into several records; sales.deals_won does not reward it.",
        "zh": "把一单拆成多条；sales.deals_won 不予奖励。",
    },
    source="Common sales practice.",
)

opportunities_lost = Count(
    name="sales.opportunities_lost",
    title={"en": "Opportunities lost", "zh": "输单商机数"},
    definition={"en": "Opportunities closed in the period without being won.", "zh": "本期关闭但未赢单的商机数。"},
    of=count(deal.opportunity_id, where=and_(deal.is_closed, func.coalesce(deal.is_won, False).is_(False))),
    subject=deal.owner_id,
    at=deal.closed_at,
    direction="none",
    unit="count",
    frequency="month",
    dimension="sales process",
    formula={"en": "opportunities that are closed and not won", "zh": "已关闭且未赢单的商机数"},
    caliber={
        "en": "Records, by close date and the owner at the close. Neither good nor bad alone: it is the other half of the win rate.",
        "zh": "按档案计，按关闭日及当时负责人。单看无好坏之分：它是赢单率的另一半。",
    },
    drives=["sales.win_rate"],
    guards=["sales.win_rate_created"],
    gaming={"en": "Leaving lost deals open lowers it.", "zh": "输单不关闭会使其偏低。"},
    source="Common sales practice.",
)

deals_won = Count(
    name="sales.deals_won",
    title={"en": "Deals won", "zh": "成单数"},
    definition={
        "en": "Customers with whom at least one opportunity was won, counted once in each fortnight.",
        "zh": "至少赢得一个商机的客户数，每个双周只计一次。",
    },
    of=groups(
        func.coalesce(facts.entity_of(facts.opportunity), ""), _NO_CUSTOMER, _FORTNIGHT, having=func.max(case((_WON, 1), else_=0)) == 1
    ),
    subject=deal.owner_id,
    at=deal.closed_at,
    direction="higher",
    unit="count",
    frequency="month",
    dimension="sales process",
    formula={
        "en": "different (customer, fortnight) among the opportunities won; one without a customer stands for itself",
        "zh": "赢单商机中不同的(客户，双周)数；无客户的商机各自计一次",
    },
    caliber={
        "en": "By customer entity, close date and the owner at the close. A fortnight begins on a Monday and is the same for everybody.",
        "zh": "按客户实体、关闭日及当时负责人计。双周从周一开始，所有人相同。",
    },
    drives=["sales.revenue_signed", "sales.revenue_won"],
    guards=["sales.average_won_value", "sales.win_rate"],
    gaming={
        "en": "Splitting a deal in two does not count twice; spreading the parts over weeks, or leaving the customer blank, does.",
        "zh": "拆单不重复计数；但分散到数周或不填客户会多计。",
    },
    source="kpicore: a definition that does not pay for splitting.",
    optional=[deal.customer_id, facts.customer_entity.c.entity_id],
)

cycle_time = Mean(
    name="sales.cycle_time",
    title={"en": "Sales cycle, mean", "zh": "平均成交周期"},
    definition={
        "en": "Mean days from the creation of an opportunity to its win, for those won in the period.",
        "zh": "本期赢单商机从创建到赢单的平均天数。",
    },
    value=_DAYS_OPEN,
    where=_BEGUN,
    subject=deal.owner_id,
    at=deal.closed_at,
    direction="lower",
    unit="days",
    frequency="month",
    dimension="sales process",
    formula={
        "en": "sum of (close - creation) / opportunities won, in days of 24 hours",
        "zh": "(关闭时间 − 创建时间)之和 ÷ 赢单数，按24小时为一天",
    },
    caliber={
        "en": "The mean, by close date; opportunities without a creation date, or won before they were created, have no cycle.",
        "zh": "均值，按关闭日；无创建日或赢单早于创建的商机不计周期。",
    },
    drives=["sales.revenue_signed"],
    guards=["sales.win_rate_created", "sales.average_won_value"],
    gaming={"en": "Entering a deal only once it is nearly won shortens it.", "zh": "临近赢单才录入商机会缩短周期。"},
    source="Common sales practice.",
)

cycle_time_median = Quantile(
    name="sales.cycle_time_median",
    title={"en": "Sales cycle, median", "zh": "成交周期中位数"},
    definition={
        "en": "Median days from the creation of an opportunity to its win, for those won in the period.",
        "zh": "本期赢单商机从创建到赢单天数的中位数。",
    },
    value=_DAYS_OPEN,
    where=_BEGUN,
    subject=deal.owner_id,
    at=deal.closed_at,
    direction="lower",
    unit="days",
    frequency="month",
    dimension="sales process",
    formula={
        "en": "median of (close - creation) of the opportunities won, in days of 24 hours",
        "zh": "赢单商机(关闭时间 − 创建时间)的中位数，按24小时为一天",
    },
    caliber={
        "en": "The median, which a few very long deals do not move; otherwise as sales.cycle_time.",
        "zh": "中位数，不受个别超长商机影响；其余同 sales.cycle_time。",
    },
    drives=["sales.revenue_signed"],
    guards=["sales.win_rate_created", "sales.average_won_value"],
    gaming={"en": "Entering a deal only once it is nearly won shortens it.", "zh": "临近赢单才录入商机会缩短周期。"},
    source="Common sales practice; the quantile is type 7 of Hyndman and Fan, The American Statistician 50(4), 1996.",
)

average_won_value = Mean(
    name="sales.average_won_value",
    title={"en": "Average value of a won deal", "zh": "平均赢单金额"},
    definition={"en": "Mean amount of the opportunities won in the period.", "zh": "本期赢单商机的平均金额。"},
    value=deal.amount,
    where=_WON,
    subject=deal.owner_id,
    at=deal.closed_at,
    direction="higher",
    unit="money",
    frequency="month",
    dimension="sales process",
    formula={"en": "sum of the amounts of won opportunities / opportunities won with an amount", "zh": "赢单金额之和 ÷ 有金额的赢单数"},
    caliber={
        "en": "What the opportunity says was agreed; sales.average_order_value is what was signed.",
        "zh": "以商机上的成交金额为准；签约金额见 sales.average_order_value。",
    },
    drives=["sales.revenue_won"],
    guards=["sales.win_rate", "sales.deals_won"],
    gaming={"en": "Merging several deals into one record, or dropping small customers.", "zh": "把多单并成一条，或放弃小客户。"},
    source="Common sales practice.",
)

revenue_won = Total(
    name="sales.revenue_won",
    title={"en": "Revenue, won", "zh": "赢单金额"},
    definition={"en": "Amounts of the opportunities won in the period.", "zh": "本期赢单商机的金额。"},
    value=deal.amount,
    where=_WON,
    subject=deal.owner_id,
    at=deal.closed_at,
    direction="higher",
    unit="money",
    frequency="month",
    dimension="sales process",
    formula={"en": "sum of the amounts of won opportunities", "zh": "赢单金额之和"},
    caliber={
        "en": "What the opportunity says was agreed, by close date: for sources without contracts. Reversals are not known here.",
        "zh": "以商机上的成交金额为准，按关闭日计：用于没有合同数据的来源；不含冲销。",
    },
    drives=["value.annual_spend"],
    guards=["sales.win_rate", "sales.revenue_signed"],
    gaming={
        "en": "Closing as won what was not signed, or with a larger amount; the signed revenue does not follow.",
        "zh": "未签约即标为赢单或虚报金额；签约额不会随之增加。",
    },
    source="Common sales practice.",
)


_IS_PRICED = and_(_WON, deal.list_amount > 0, deal.amount.is_not(None))

discount_rate = Ratio(
    name="sales.discount_rate",
    title={"en": "Discount", "zh": "折扣率"},
    definition={
        "en": "What was given off the list price, as a share of it, on the opportunities won in the period.",
        "zh": "本期赢单商机中，相对目录价让利的比例。",
    },
    numerator=total(deal.list_amount - deal.amount, _IS_PRICED),
    denominator=total(deal.list_amount, _IS_PRICED),
    evidence=count(deal.opportunity_id, _IS_PRICED),
    subject=deal.owner_id,
    at=deal.closed_at,
    direction="lower",
    unit="share",
    frequency="month",
    dimension="sales process",
    formula={"en": "sum of (list amount - amount) / sum of list amounts", "zh": "(目录价金额 − 成交金额)之和 ÷ 目录价金额之和"},
    caliber={
        "en": "Won opportunities that have both amounts, weighted by money; one sold above list price counts against the discount.",
        "zh": "两种金额俱全的赢单商机，按金额加权；高于目录价成交的抵减折扣。",
    },
    drives=["sales.win_rate", "sales.revenue_won"],
    guards=["sales.win_rate", "sales.average_won_value"],
    gaming={"en": "Lowering the list amount of a deal, or giving free extras.", "zh": "调低商机的目录价，或以赠品代替折扣。"},
    source="Price realisation: Marn and Rosiello, Managing Price, Gaining Profit, Harvard Business Review 70(5), 1992.",
)


def metrics() -> list[Metric]:
    """Return the metrics of this module."""
    return [opportunities_won, opportunities_lost, deals_won, cycle_time, cycle_time_median, average_won_value, revenue_won, discount_rate]
