"""Whether hand-overs of customers arrive: the person who receives a customer speaks to them soon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func

from kpicore import Custom, count, facts, groups, happened, later, number_parameter, period

if TYPE_CHECKING:
    from kpicore import FloatArray, Metric, Parameters

owned, contact = facts.customer_owner.c, facts.contact.c

CONTINUITY = "adoption.journey_continuity"
WINDOW_DAYS = 14.0


def _share(kept: FloatArray, handed: FloatArray, contacts: FloatArray) -> FloatArray:
    del contacts  # asked for so that a source without contacts is not testable
    return kept / handed


def journey_continuity(window_days: float = WINDOW_DAYS) -> Metric:
    """Build the share of customers whose hand-overs were all taken up, with the days that the receiving person has."""
    until = later(owned.valid_from, days=window_days)
    keys = {contact.customer_id: owned.customer_id, contact.employee_id: owned.employee_id}
    is_taken_up = happened(contact.started_at, keys, since=owned.valid_from, until=until)
    handed = func.count(case((until <= period.as_of, owned.customer_owner_id)))
    lost = func.count(case((and_(until <= period.as_of, ~is_taken_up), owned.customer_owner_id)))
    known = and_(contact.customer_id.is_not(None), contact.started_at.is_not(None))
    return Custom(
        name=CONTINUITY,
        title={"en": "Journey continuity", "zh": "跨部门交互完整率"},
        definition={
            "en": f"Customers handed over in the period to whom every receiving person spoke within {window_days:g} days, out of all handed"
            " over.",
            "zh": f"本期交接的客户中每次交接后接手人均在 {window_days:g} 天内与其有记录的互动的占比。",
        },
        of={
            "kept": groups(owned.customer_id, having=and_(handed > 0, lost == 0)),
            "handed": groups(owned.customer_id, having=handed > 0),
            "contacts": count(contact.contact_id, where=known, subject=contact.employee_id, at=contact.started_at),
        },
        compute=_share,
        evidence="handed",
        subject=owned.employee_id,
        at=owned.valid_from,
        direction="higher",
        unit="share",
        frequency="quarter",
        dimension="adoption",
        formula={
            "en": "customers with a contact by the new owner after every hand-over / customers handed over",
            "zh": "每次交接后均有接手人互动的客户数 ÷ 被交接的客户数",
        },
        caliber={
            "en": "A hand-over is the beginning of a span in which somebody looks after the customer, from marketing to sales, to"
            " service, to"
            f" success or within one of them; for whoever received it. Contacts in either direction count. Those less than {window_days:g}"
            " days ago are in neither part.",
            "zh": f"交接指某人开始负责该客户(市场、销售、服务、成功之间或内部), 归接手人; 双向互动均算。不满 {window_days:g}"
            " 天的两边都不计。",
        },
        drives=["value.churn_rate", "adoption.view_360"],
        guards=["contact.effective_rate", "value.churn_rate"],
        gaming={
            "en": "One message to everybody received: the effective contact rate shows whether they answered.",
            "zh": "给所有接手客户群发一条消息: 由有效沟通率识别对方是否回应。",
        },
        source="kpicore: a hand-over by what the customer sees of it.",
        parameters={"window_days": window_days},
    )


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    return [journey_continuity(number_parameter(parameters, CONTINUITY, "window_days", WINDOW_DAYS, most=366))]
