"""Customers who have fallen silent, those who were marked as about to leave, and how many of both come back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import and_, case, func

from kpicore import Cells, Derived, Grouped, Groups, Total, each, facts, later, number_parameter, period
from kpicore_value.activity import had_contract
from kpicore_value.portfolio import IN_PERIOD, IS_ACT, IS_CAMPAIGN, OPTIONAL, customers, of_contacts, orders, since_start, some

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement

    from kpicore import FloatArray, Measure, Metric, Parameters

customer, contact, sale, cost, member = (
    facts.customer.c,
    facts.contact.c,
    facts.sale.c,
    facts.cost.c,
    facts.campaign_member.c,
)

RATE, UPLIFT, BACK, SPENT = "value.reactivation_rate", "value.reactivation_uplift", "value.reactivated_customers", "value.campaign_cost"
WINBACK = "value.winback_rate"
SILENT_DAYS, WITHIN_DAYS = 180.0, 90.0
ABOUT: dict[str, Any] = {"subject": customer.owner_id, "dimension": "customer value", "frequency": "quarter"}


def _silent(days: float) -> dict[str, Measure]:
    """List the customers who have been there for so many days, with what they did in them."""
    since = later(period.start, days=-days)
    known = and_(had_contract(period.start), customer.started_at < since)
    return {
        "known": customers(known),
        "acts_before": of_contacts(some(and_(IS_ACT, contact.started_at >= since, contact.started_at < period.start))),
        "orders_before": orders(and_(sale.signed_at >= since, sale.signed_at < period.start)),
    }


def _is_silent(groups: Groups) -> np.ndarray:
    silent: np.ndarray = np.nan_to_num(groups["acts_before"]) + np.nan_to_num(groups["orders_before"]) == 0
    return silent


def _after_campaign(days: float) -> dict[str, Measure]:
    return {
        **_silent(days),
        "touched": of_contacts(func.min(case((and_(IS_CAMPAIGN, IN_PERIOD), since_start(contact.started_at))))),
        "acted": of_contacts(func.max(case((and_(IS_ACT, IN_PERIOD), since_start(contact.started_at))))),
    }


def _came_back(groups: Groups) -> FloatArray:
    """Return 1 for silent customers with an act after a campaign's first contact, 0 for the other silent ones, NaN for all others."""
    return np.where(_is_silent(groups), (groups["acted"] > groups["touched"]).astype(np.float64), np.nan)


def reactivation_rate(days: float = SILENT_DAYS) -> Metric:
    """Build the reactivation rate, with how many days without an act make a customer silent."""
    return Grouped(
        name=RATE,
        title={"en": "Silent-customer activation", "zh": "沉默客户唤醒率"},
        definition={
            "en": (
                f"Customers silent for {days:g} days when the period began who did something after a campaign's contact, out of"
                " all silent ones."
            ),
            "zh": f"期初已沉默{days:g}天的客户中，在营销触达之后有客户行为的比例。",
        },
        of=_after_campaign(days),
        compute=lambda groups: groups.share(_came_back(groups)),
        direction="higher",
        unit="share",
        formula={
            "en": "silent customers with an act of their own after a campaign's contact in the period / customers silent at its start",
            "zh": "本期营销触达后有自主行为的沉默客户数 ÷ 期初沉默客户数",
        },
        caliber={
            "en": (
                "Silent is who had neither an inbound contact nor an order. All silent customers are in the denominator, so"
                " that choosing whom to"
                " write to does not help. Some would have come back by themselves: value.reactivation_uplift takes that off."
            ),
            "zh": "沉默指既无主动联系也无订单。分母为全部沉默客户，挑选触达对象无用。部分客户会自行回来，见 value.reactivation_uplift。",
        },
        drives=["value.clv", "sales.revenue_signed"],
        guards=[UPLIFT, "value.reactivation_cost"],
        gaming={
            "en": "Asking friends among the customers to write; the uplift over those held out, and orders, do not grow with it.",
            "zh": "请熟识客户回消息；与对照组相比的增量和订单不会随之增长。",
        },
        source="Common practice in customer marketing.",
        optional=OPTIONAL,
        parameters={"silent_days": days},
        **ABOUT,
    )


def _in_arms(groups: Groups) -> Cells:
    acted = (groups["acted"] > groups["chosen_at"]).astype(np.float64)
    silent = _is_silent(groups) & (groups["chosen"] > 0)
    chosen, held_out = (groups.share(np.where(silent & (groups["held_out"] == arm), acted, np.nan)) for arm in (0, 1))
    return Cells.of(chosen.value - held_out.value, chosen.n + held_out.n, chosen.variance + held_out.variance)


def reactivation_uplift(days: float = SILENT_DAYS) -> Metric:
    """Build the reactivation over the hold-out, with how many days without an act make a customer silent."""
    chosen = and_(member.chosen_at >= period.start, member.chosen_at < period.end)
    held_out = func.max(case((and_(chosen, member.is_held_out.is_(True)), 1), (chosen, 0)))
    per = member.customer_id
    arms = {
        "chosen": each(some(chosen), per),
        "held_out": each(held_out, per, optional=(member.is_held_out,)),
        "chosen_at": each(func.min(case((chosen, since_start(member.chosen_at)))), per),
        "acted": _after_campaign(days)["acted"],
    }
    return Grouped(
        name=UPLIFT,
        title={"en": "Silent-customer activation over the hold-out", "zh": "沉默客户唤醒增量(对照组)"},
        definition={
            "en": ("Share of silent customers chosen for a campaign who did something afterwards, less the same share of those held out."),
            "zh": "入选营销活动的沉默客户事后有行为的比例，减去对照组的同一比例。",
        },
        of={**_silent(days), **arms},
        compute=_in_arms,
        direction="higher",
        unit="share",
        formula={"en": "share of those chosen - share of those held out", "zh": "入选客户的比例 - 对照组的比例"},
        caliber={
            "en": (
                "By whom the campaign chose in the period, whether or not it reached them; who was held out of any of its"
                " campaigns belongs to the"
                " hold-out. No data where nobody was held out. The hold-out must have been drawn by lot."
            ),
            "zh": "以活动选中为准，无论是否触达；在任一活动中被留作对照的客户计入对照组。没有对照组则无数据。对照组须随机抽取。",
        },
        drives=["value.clv"],
        guards=["value.reactivation_cost"],
        gaming={
            "en": "Holding out those who would not come back anyway; the lot must be drawn by a machine.",
            "zh": "把本不会回来的客户留作对照；对照组须由系统抽取。",
        },
        source="Intention to treat: as in randomised trials, and in uplift measurement in marketing.",
        optional=OPTIONAL,
        parameters={"silent_days": days},
        **ABOUT,
    )


def _number(groups: Groups) -> Cells:
    """Return how many came back; 0 for whoever has silent customers."""
    back = _came_back(groups)
    silent = groups.sums(np.isfinite(back).astype(np.float64))
    value = groups.sums(back)
    return Cells.of(np.where(silent > 0, value, np.nan), value, value, "poisson")


def reactivated_customers(days: float = SILENT_DAYS) -> Metric:
    """Build the number of reactivated customers, with how many days without an act make a customer silent."""
    return Grouped(
        name=BACK,
        title={"en": "Silent customers activated", "zh": "唤醒的沉默客户数"},
        definition={
            "en": f"Customers silent for {days:g} days when the period began who did something after a campaign's contact.",
            "zh": f"期初已沉默{days:g}天、在营销触达之后有客户行为的客户数。",
        },
        of=_after_campaign(days),
        compute=_number,
        direction="higher",
        unit="count",
        formula={"en": "numerator of value.reactivation_rate", "zh": "value.reactivation_rate 的分子"},
        caliber={"en": "As value.reactivation_rate; for the cost of each.", "zh": "同 value.reactivation_rate；用于计算单次成本。"},
        drives=["value.clv"],
        guards=[RATE],
        gaming={"en": "As value.reactivation_rate.", "zh": "同 value.reactivation_rate。"},
        source="Common practice in customer marketing.",
        optional=OPTIONAL,
        parameters={"silent_days": days},
        **ABOUT,
    )


campaign_cost = Total(
    name=SPENT,
    title={"en": "Campaign cost", "zh": "营销活动成本"},
    definition={"en": "Cost of campaigns in the period.", "zh": "本期营销活动的成本。"},
    value=cost.amount,
    where=cost.campaign_id.is_not(None),
    at=cost.incurred_at,
    direction="lower",
    unit="money",
    formula={"en": "cost of the campaigns that somebody runs", "zh": "所负责营销活动的成本"},
    caliber={
        "en": "All costs booked on a campaign, to whoever runs it, also those of campaigns for other ends.",
        "zh": "记在营销活动上的全部成本，归属活动负责人，包括其他目的的活动。",
    },
    drives=["value.reactivation_cost"],
    guards=[BACK],
    gaming={"en": "Booking the cost on no campaign.", "zh": "不把成本记到营销活动上。"},
    source="Common practice in marketing control.",
    **{**ABOUT, "subject": facts.campaign.c.owner_id},
)

reactivation_cost = Derived(
    name="value.reactivation_cost",
    title={"en": "Cost per reactivation", "zh": "单次唤醒成本"},
    definition={
        "en": "Cost of campaigns in the period per silent customer activated in it.",
        "zh": "本期营销活动成本除以唤醒的沉默客户数。",
    },
    of={"cost": SPENT, "back": BACK},
    compute=lambda cost, back: np.where(back > 0, cost / back, np.nan),
    direction="lower",
    unit="money",
    formula={"en": "campaign cost / silent customers activated", "zh": "营销活动成本 ÷ 唤醒的沉默客户数"},
    caliber={
        "en": (
            "All campaigns, not only those written to silent customers. Cost to who runs a campaign, customers to who looks after"
            " them: for teams."
        ),
        "zh": "计全部活动，不限于针对沉默客户者。成本归属活动负责人，客户归属其负责人：宜按团队使用。",
    },
    drives=["value.clv"],
    guards=[RATE],
    gaming={"en": "Booking the cost elsewhere.", "zh": "把成本记到别处。"},
    source="Common practice in customer marketing.",
    **{**ABOUT, "subject": None},
)


def _after_warning(within: float) -> Mapping[str, Measure]:
    until = later(customer.warned_at, days=within)
    warned = and_(customer.warned_at >= period.start, customer.warned_at < period.end, until <= period.as_of)
    was_there = and_(customer.started_at <= customer.warned_at, customer.ended_at.is_(None) | (customer.ended_at > customer.warned_at))
    return {
        "warned": customers(and_(warned, was_there)),
        "left": customers(and_(warned, was_there), case((customer.ended_at < until, 1), else_=0)),
        "acts": of_contacts(some(and_(IS_ACT, *_in_window(contact.started_at, until)))),
        "orders": orders(and_(*_in_window(sale.signed_at, until))),
    }


def _in_window(moment: ColumnElement[Any], until: ColumnElement[Any]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (moment > customer.warned_at, moment <= until)


def _won_back(groups: Groups) -> Cells:
    did = np.nan_to_num(groups["acts"]) + np.nan_to_num(groups["orders"]) > 0
    return groups.share((did & (groups["left"] == 0)).astype(np.float64))


def winback_rate(within: float = WITHIN_DAYS) -> Metric:
    """Build the win-back rate, with how many days there are to win a customer back."""
    return Grouped(
        name=WINBACK,
        title={"en": "Win-back of warned customers", "zh": "流失预警客户挽回率"},
        definition={
            "en": f"Customers marked as about to leave in the period who are still there and active again within {within:g} days.",
            "zh": f"本期被预警流失的客户中，{within:g}天内仍在且重新活跃的比例。",
        },
        of=_after_warning(within),
        compute=_won_back,
        direction="higher",
        unit="share",
        formula={
            "en": (
                f"warned customers with an act or order within {within:g} days who have not left / customers warned at least"
                f" {within:g} days ago"
            ),
            "zh": f"预警后{within:g}天内有行为或订单且未流失的客户数 ÷ 至少{within:g}天前预警的客户数",
        },
        caliber={
            "en": (
                "By the time of the last warning, which must come before the loss and before the act; younger warnings are in"
                " neither part. Active is"
                " an inbound contact or an order. By who looks after the customer when the period begins."
            ),
            "zh": "按最近一次预警的时间，预警须早于流失和行为；未满期限的预警不计。活跃指主动联系或订单。归属期初的客户负责人。",
        },
        drives=["value.retention_rate"],
        guards=["value.churn_rate"],
        gaming={
            "en": "Warning of customers who are in no danger; the churn rate does not fall with it.",
            "zh": "对没有流失风险的客户发预警；流失率不会因此下降。",
        },
        source="Common practice in customer success.",
        optional=OPTIONAL,
        parameters={"within_days": within},
        **ABOUT,
    )


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    made = {RATE: reactivation_rate, UPLIFT: reactivation_uplift, BACK: reactivated_customers}
    silent = partial(number_parameter, parameters, key="silent_days", default=SILENT_DAYS, most=3660)
    within = number_parameter(parameters, WINBACK, "within_days", WITHIN_DAYS, most=3660)
    return [*(make(silent(metric=name)) for name, make in made.items()), campaign_cost, reactivation_cost, winback_rate(within)]
