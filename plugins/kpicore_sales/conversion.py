"""How many opportunities are won: of those closed in a period, and of those created in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_

from kpicore import Conversion, Proportion, count, facts, names_parameter, number_parameter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpicore import Metric, Parameters

deal, customer = facts.opportunity.c, facts.customer.c

COHORT = "sales.win_rate_created"
KEY_ACCOUNTS = "sales.key_account_win_rate"
KEY_SIZES = ("key",)
WITHIN_DAYS = 180.0
"""Half a year: three times the mean cycle of the public data on which the metrics are tested, and a usual length of a forecast."""

win_rate = Proportion(
    name="sales.win_rate",
    title={"en": "Win rate (closed)", "zh": "商机赢单率"},
    definition={
        "en": "Opportunities won, out of those won or lost in the period, by close date.",
        "zh": "本期关闭的商机中赢单的比例，按关闭日计。",
    },
    numerator=count(deal.opportunity_id, where=and_(deal.is_closed, deal.is_won)),
    denominator=count(deal.opportunity_id, where=deal.is_closed),
    subject=deal.owner_id,
    at=deal.closed_at,
    direction="higher",
    unit="share",
    frequency="month",
    dimension="sales process",
    formula={"en": "opportunities won / (opportunities won + opportunities lost)", "zh": "赢单数 ÷ (赢单数 + 输单数)"},
    caliber={
        "en": "By close date and the owner at the close; open opportunities are in neither part.",
        "zh": "按关闭日及当时负责人计；未关闭的商机不计入。",
    },
    drives=["sales.revenue_signed", "sales.revenue_won"],
    guards=["sales.win_rate_created", "sales.pipeline_honesty"],
    gaming={
        "en": "Never closing what is lost, or entering a deal only once it is won, raises it; the rate by creation date counts both.",
        "zh": "输单不关闭或赢单后才录入会抬高；按创建日的赢单率两者都计。",
    },
    source="Common sales practice; reported as the win rate by Salesforce and HubSpot.",
)


def win_rate_created(within_days: float = WITHIN_DAYS) -> Metric:
    """Build the win rate of a cohort, with the days that a deal is given to be won."""
    return Conversion(
        name=COHORT,
        title={"en": "Win rate (cohort)", "zh": "商机转化率(按创建)"},
        definition={
            "en": f"Opportunities won within {within_days:g} days, out of those created in the period and at least that old.",
            "zh": f"本期创建且已满{within_days:g}天的商机中，{within_days:g}天内赢单的比例。",
        },
        key=deal.opportunity_id,
        converted_at=deal.closed_at,
        converted=deal.is_won,
        within_days=within_days,
        subject=deal.owner_id,
        at=deal.created_at,
        direction="higher",
        unit="share",
        frequency="quarter",
        dimension="sales process",
        formula={
            "en": f"opportunities won within {within_days:g} days of creation / opportunities created at least {within_days:g} days ago",
            "zh": f"创建后{within_days:g}天内赢单数 ÷ 创建满{within_days:g}天的商机数",
        },
        caliber={
            "en": "By creation date and the owner then. Younger opportunities are in neither part, so a cohort not yet of age has no data.",
            "zh": "按创建日及当时负责人计。未满期的商机不计入，因此尚未成熟的批次无数据。",
        },
        drives=["sales.win_rate", "sales.revenue_signed"],
        guards=["sales.cycle_time"],
        gaming={
            "en": "Entering a deal only once it is nearly won; the share of cycles of a few days shows it.",
            "zh": "临近赢单才录入商机；短周期占比会暴露。",
        },
        source="Cohort conversion with a maturity window, as in survival analysis of sales funnels.",
        parameters={"within_days": within_days},
    )


def key_account_win_rate(sizes: Sequence[str] = KEY_SIZES) -> Metric:
    """Build the win rate among key accounts, with the sizes that make a customer one."""
    is_key = customer.size.in_(list(sizes))
    return Proportion(
        name=KEY_ACCOUNTS,
        title={"en": "Key-account win rate", "zh": "大客户成交率"},
        definition={
            "en": "Opportunities won with key accounts, out of those won or lost with them in the period, by close date.",
            "zh": "本期关闭的大客户商机中赢单的比例，按关闭日计。",
        },
        numerator=count(deal.opportunity_id, where=and_(deal.is_closed, deal.is_won, is_key)),
        denominator=count(deal.opportunity_id, where=and_(deal.is_closed, is_key)),
        subject=deal.owner_id,
        at=deal.closed_at,
        direction="higher",
        unit="share",
        frequency="quarter",
        dimension="sales process",
        formula={"en": "key-account opportunities won / (won + lost)", "zh": "大客户赢单数 ÷ (大客户赢单数 + 输单数)"},
        caliber={
            "en": f"Customers whose size is {' or '.join(sizes)} today; otherwise as sales.win_rate.",
            "zh": f"规模现为{'、'.join(sizes)}的客户；其余同 sales.win_rate。",
        },
        drives=["sales.win_rate", "sales.revenue_signed"],
        guards=["sales.win_rate_created", "sales.discount_rate"],
        gaming={
            "en": "Changing the size of a customer after a loss; the record's changes show it.",
            "zh": "输单后修改客户规模；变更记录可见。",
        },
        source="Common practice in key account management.",
        parameters={"sizes": list(sizes)},
    )


win_rate_created_to_date = Conversion(
    name="sales.win_rate_created_to_date",
    title={"en": "Win rate (cohort, to date)", "zh": "商机转化率(按创建,截至目前)"},
    definition={"en": "Opportunities won by now, out of all created in the period.", "zh": "本期创建的商机中，至今已赢单的比例。"},
    key=deal.opportunity_id,
    converted_at=deal.closed_at,
    converted=deal.is_won,
    subject=deal.owner_id,
    at=deal.created_at,
    direction="higher",
    unit="share",
    frequency="quarter",
    dimension="sales process",
    formula={"en": "opportunities won so far / opportunities created", "zh": "至今赢单数 ÷ 创建的商机数"},
    caliber={
        "en": "By creation date and the owner then, without a window: a young cohort's share still grows. For history, not for scores.",
        "zh": "按创建日及当时负责人计，不设期限：近期商机的比例还会上升。用于回顾，不用于评分。",
    },
    drives=["sales.win_rate", "sales.revenue_signed"],
    guards=["sales.cycle_time"],
    gaming={
        "en": "As the cohort win rate; and old cohorts look better than young ones without anybody having done anything.",
        "zh": "同按创建的赢单率；且较早的商机仅因时间更长而更高。",
    },
    source="The plain conversion of a cohort to date.",
)


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    within = number_parameter(parameters, COHORT, "within_days", WITHIN_DAYS, most=3660)
    sizes = names_parameter(parameters, KEY_ACCOUNTS, "sizes", KEY_SIZES)
    return [win_rate, win_rate_created(within), win_rate_created_to_date, key_account_win_rate(sizes)]
