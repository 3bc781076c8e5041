"""From the first contact with somebody to the first meeting that took place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import DateTime, and_, case, func, not_, or_

from kpicore import Conversion, facts, number_parameter

if TYPE_CHECKING:
    from kpicore import Metric, Parameters

contact = facts.contact.c

FIRST_MEETING = "sales.first_meeting_rate"
WITHIN_DAYS = 30.0
ALL_DAYS = 36600.0
"""A contact is the first only if none came before it, however long ago."""

_IS_PERSONAL = not_(or_(func.coalesce(contact.is_bulk, False).is_(True), func.coalesce(contact.is_automatic, False).is_(True)))
_IS_KNOWN = or_(contact.customer_id.is_not(None), contact.lead_id.is_not(None))
_COUNTS = case((and_(_IS_PERSONAL, _IS_KNOWN), 1), else_=0)
_PARTY = (func.coalesce(contact.customer_id, ""), case((contact.customer_id.is_(None), func.coalesce(contact.lead_id, "")), else_=""))
_PLACE = func.row_number().over(partition_by=[*_PARTY, _COUNTS], order_by=(contact.started_at, contact.contact_id))
_IS_MEETING = and_(contact.channel.in_(("meeting", "visit")), contact.is_connected.is_(True))
_MET_AT = func.min(case((_IS_MEETING, contact.started_at)), type_=DateTime()).over(partition_by=[*_PARTY, _COUNTS])


def first_meeting_rate(within_days: float = WITHIN_DAYS) -> Metric:
    """Build the share of first contacts that led to a meeting, with the days that it may take."""
    return Conversion(
        name=FIRST_MEETING,
        title={"en": "First contact to first meeting", "zh": "首次见面转化率"},
        definition={
            "en": f"First contacts of the period, at least {within_days:g} days ago, that led to a meeting within {within_days:g} days.",
            "zh": f"本期首次联系(已满{within_days:g}天)中，{within_days:g}天内实现首次见面的比例。",
        },
        key=contact.contact_id,
        converted_at=_MET_AT,
        where=and_(_COUNTS == 1, _PLACE == 1),
        within_days=within_days,
        subject=contact.employee_id,
        at=contact.started_at,
        direction="higher",
        unit="share",
        frequency="month",
        dimension="sales process",
        formula={
            "en": f"customers and leads met within {within_days:g} days of the first contact / customers and leads first contacted",
            "zh": f"首次联系后{within_days:g}天内见面的客户与线索数 ÷ 首次联系的客户与线索数",
        },
        caliber={
            "en": (
                "To whoever made the first contact with the customer, or with the lead where there is no customer yet, whoever held the"
                " meeting; a first contact that is itself a meeting counts. Bulk and automatic messages are no contacts; a meeting took"
                " place if the other side took part."
            ),
            "zh": "归属首次联系人，不论由谁见面；尚无客户时按线索计。首次联系即为见面的也计入。群发和自动消息不算联系；对方到场才算见面。",
        },
        drives=["sales.lead_conversion", "sales.win_rate_created"],
        guards=["sales.lead_conversion"],
        gaming={
            "en": "Typing in meetings that nobody held; captured contacts and the conversion that follows show it.",
            "zh": "录入未发生的见面；系统采集的联系与后续转化会暴露。",
        },
        source="Common practice in new-business sales.",
        optional=[contact.is_bulk, contact.is_automatic, contact.lead_id],
        lookahead_days=ALL_DAYS,
        parameters={"within_days": within_days},
    )


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    return [first_meeting_rate(number_parameter(parameters, FIRST_MEETING, "within_days", WITHIN_DAYS, most=3660))]
