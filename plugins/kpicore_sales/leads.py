"""What becomes of leads: how fast they are answered, whether they are worth pursuing, whether they convert."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, or_

from kpicore import (
    Conversion,
    Proportion,
    Quantile,
    choice_parameter,
    count,
    distinct,
    facts,
    hours_between,
    later,
    number_parameter,
    period,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from kpicore import Metric, Parameters

lead, contact, deal = facts.lead.c, facts.contact.c, facts.opportunity.c

CONVERSION, TO_DATE = "sales.lead_conversion", "sales.lead_conversion_to_date"
WITHIN_DAYS = 90.0
RESPONSE = "sales.lead_response_24h"
HOURS = 24.0
TO = ("converted", "won")
"""What a lead may become: an opportunity or customer, or a deal that is won."""
TOUCH = ("recorded", "contact")
"""Where the first follow-up is read: from the lead itself, or from the contacts with it."""


def _outcome(to: str) -> dict[str, Any]:
    """Return when a lead reached its goal, and whether it did."""
    if to == "won":
        return {"converted_at": deal.closed_at, "converted": and_(deal.is_closed, deal.is_won)}
    return {"converted_at": lead.converted_at}


_GOAL = {
    "converted": {"en": "became an opportunity or customer", "zh": "转化为商机或客户"},
    "won": {"en": "led to a deal that was won", "zh": "最终赢单"},
}


def lead_conversion(within_days: float = WITHIN_DAYS, to: str = "converted") -> Metric:
    """Build the lead conversion, with the days that a lead is given and what it is to become."""
    goal = _GOAL[to]
    return Conversion(
        name=CONVERSION,
        title={"en": "Lead conversion", "zh": "线索转化率"},
        definition={
            "en": f"Leads that {goal['en']} within {within_days:g} days, out of those created in the period and at least that old.",
            "zh": f"本期创建且已满{within_days:g}天的线索中，{within_days:g}天内{goal['zh']}的比例。",
        },
        key=lead.lead_id,
        **_outcome(to),
        within_days=within_days,
        subject=lead.owner_id,
        at=lead.created_at,
        direction="higher",
        unit="share",
        frequency="month",
        dimension="acquisition",
        formula={
            "en": f"leads that {goal['en']} within {within_days:g} days / leads created at least {within_days:g} days ago",
            "zh": f"{within_days:g}天内{goal['zh']}的线索数 ÷ 创建满{within_days:g}天的线索数",
        },
        caliber={
            "en": "By creation and the owner then; younger leads are in neither part. Each lead counts once, whatever deals it shares.",
            "zh": "按创建时间及当时负责人计；未满期的线索不计入。每条线索只计一次。",
        },
        drives=["sales.opportunities_won", "sales.revenue_signed"],
        guards=["sales.win_rate", "marketing.lead_quality"],
        gaming={"en": "Converting every lead; the win rate then falls.", "zh": "把所有线索都转为商机；赢单率会随之下降。"},
        source="Cohort conversion with a maturity window.",
        parameters={"within_days": within_days, "to": to},
    )


def lead_conversion_to_date(to: str = "converted") -> Metric:
    """Build the lead conversion without a window."""
    goal = _GOAL[to]
    return Conversion(
        name=TO_DATE,
        title={"en": "Lead conversion, to date", "zh": "线索转化率(截至目前)"},
        definition={
            "en": f"Leads that {goal['en']} by now, out of all created in the period.",
            "zh": f"本期创建的线索中，至今已{goal['zh']}的比例。",
        },
        key=lead.lead_id,
        **_outcome(to),
        subject=lead.owner_id,
        at=lead.created_at,
        direction="higher",
        unit="share",
        frequency="month",
        dimension="acquisition",
        formula={"en": f"leads that {goal['en']} / leads created", "zh": f"已{goal['zh']}的线索数 ÷ 创建的线索数"},
        caliber={
            "en": "By creation and the owner then, without a window: the share of a young cohort still grows. For history, not for scores.",
            "zh": "按创建时间及当时负责人计，不设期限：近期线索的比例还会上升。用于回顾，不用于评分。",
        },
        drives=["sales.opportunities_won", "sales.revenue_signed"],
        guards=["sales.lead_conversion"],
        gaming={
            "en": "As the lead conversion; old cohorts look better by age alone.",
            "zh": "同线索转化率；较早的线索仅因时间更长而更高。",
        },
        source="The plain conversion of a cohort to date.",
        parameters={"to": to},
    )


_IS_REACH = and_(
    contact.direction == "out",
    or_(contact.is_bulk.is_(None), contact.is_bulk.is_(False)),
    or_(contact.is_automatic.is_(None), contact.is_automatic.is_(False)),
    or_(contact.is_captured.is_(True), contact.is_connected.is_(True)),
    lead.deleted_at.is_(None),
    lead.merged_into.is_(None),
    or_(lead.is_test.is_(None), lead.is_test.is_(False)),
)
_ABOUT_CONTACTS = (contact.is_bulk, contact.is_automatic, contact.is_captured, contact.is_connected)
_ABOUT_LEADS = (lead.deleted_at, lead.merged_into, lead.is_test)


def lead_response_24h(hours: float = HOURS, touch: str = "recorded") -> Metric:
    """Build the share of leads that were followed up in time, with the hours and where the follow-up is read."""
    until = later(lead.assigned_at, hours=hours)
    is_mature = until <= period.as_of
    by_lead = count(lead.lead_id, and_(is_mature, lead.first_response_at <= until))
    by_contact = distinct(contact.lead_id, and_(is_mature, _IS_REACH, contact.started_at <= until), on=facts.contact)
    return Proportion(
        name=RESPONSE,
        title={"en": f"First follow-up within {hours:g} h", "zh": f"{hours:g}小时首次跟进率"},
        definition={
            "en": f"Leads first contacted within {hours:g} hours, out of those assigned in the period at least {hours:g} hours ago.",
            "zh": f"本期分配且已满{hours:g}小时的线索中，{hours:g}小时内首次跟进的比例。",
        },
        numerator=by_lead if touch == "recorded" else by_contact,
        denominator=count(lead.lead_id, is_mature),
        subject=lead.owner_id,
        at=lead.assigned_at,
        attribution="then" if touch == "recorded" else "now",
        direction="higher",
        unit="share",
        frequency="week",
        dimension="acquisition",
        formula={
            "en": f"leads contacted by {hours:g} h after assignment / leads assigned",
            "zh": f"分配后{hours:g}小时内跟进的线索数 ÷ 分配的线索数",
        },
        caliber={
            "en": _SAYS[touch]["en"] + " Elapsed time, nights and weekends included; leads younger than the limit are in neither part.",
            "zh": _SAYS[touch]["zh"] + "按自然时间计，含夜间和周末；未满时限的线索不计入。",
        },
        drives=["sales.lead_conversion"],
        guards=["sales.lead_conversion", "sales.first_meeting_rate"],
        gaming={
            "en": "Entering a follow-up that did not happen; read from captured contacts it does not count.",
            "zh": "录入并未发生的跟进；按系统采集的联系记录统计时不计。",
        },
        source="Oldroyd, McElheran, Elkington, The Short Life of Online Sales Leads, Harvard Business Review 89(3), 2011.",
        optional=() if touch == "recorded" else (*_ABOUT_CONTACTS, *_ABOUT_LEADS),
        parameters={"hours": hours, "touch": touch},
    )


_SAYS = {
    "recorded": {
        "en": "The first outbound contact as the lead records it, to the owner at the assignment.",
        "zh": "以线索上记录的首次外呼联系为准，归属分配时的负责人。",
    },
    "contact": {
        "en": (
            "The first outbound contact with the lead that a system captured or in which the other side took part, neither bulk nor"
            " automatic; to today's owner. A lead with many contacts counts once."
        ),
        "zh": "以系统采集或对方参与的首次外呼联系为准，群发与自动消息不计，归属现任负责人；多次联系的线索只计一次。",
    },
}

_WAITED: ColumnElement[Any] = case(
    (lead.first_response_at < lead.assigned_at, 0.0),
    (lead.first_response_at.is_not(None), hours_between(lead.assigned_at, lead.first_response_at)),
    else_=hours_between(lead.assigned_at, period.as_of),
)

lead_response_time = Quantile(
    name="sales.lead_response_time",
    title={"en": "Lead response time", "zh": "线索响应时间"},
    definition={
        "en": "Median hours from a lead's assignment to its first contact; one not yet contacted counts with the hours it has waited.",
        "zh": "从线索分配到首次联系的小时数中位数；尚未联系的按已等待的小时数计。",
    },
    value=_WAITED,
    where=lead.assigned_at <= period.as_of,
    subject=lead.owner_id,
    at=lead.assigned_at,
    direction="lower",
    unit="hours",
    frequency="week",
    dimension="acquisition",
    formula={"en": "median of (first contact or now - assignment)", "zh": "(首次联系时间或当前时间 − 分配时间)的中位数"},
    caliber={
        "en": (
            "By assignment and the owner then, in elapsed hours. Leads still waiting count as at least their age, so the median is never"
            " too low by more than they will still wait; one contacted before it was assigned waited 0 hours."
        ),
        "zh": "按分配时间及当时负责人计，自然小时。仍在等待的线索至少按其等待时长计入，不剔除；分配前已联系的按0小时计。",
    },
    drives=["sales.lead_conversion"],
    guards=["sales.lead_response_24h", "sales.lead_conversion"],
    gaming={"en": "Answering the easy leads only; those left waiting still count.", "zh": "只回应容易的线索；被搁置的线索仍计入。"},
    source="Common sales practice; censored values kept at their lower bound.",
)


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    within = number_parameter(parameters, CONVERSION, "within_days", WITHIN_DAYS, most=3660)
    hours = number_parameter(parameters, RESPONSE, "hours", HOURS, most=8784)
    return [
        lead_conversion(within, choice_parameter(parameters, CONVERSION, "to", TO[0], TO)),
        lead_conversion_to_date(choice_parameter(parameters, TO_DATE, "to", TO[0], TO)),
        lead_response_24h(hours, choice_parameter(parameters, RESPONSE, "touch", TOUCH[0], TOUCH)),
        lead_response_time,
    ]
