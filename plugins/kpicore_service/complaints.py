"""Complaints: how many customers have one, and whether it is settled in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func

from kpicore import Count, Proportion, Ratio, count, distinct, facts, later, number_parameter, period

if TYPE_CHECKING:
    from kpicore import Metric, Parameters

ticket = facts.ticket.c

ON_TIME, PENDING = "service.complaints_on_time", "service.complaints_pending"
LIMIT_DAYS = 7.0
"""For complaints without an agreed time."""

_IS_COMPLAINT = ticket.is_complaint.is_(True)

complaint_rate = Ratio(
    name="service.complaint_rate",
    title={"en": "Complaints per 1,000 customers served", "zh": "每千名客户投诉数"},
    definition={
        "en": "Complaints opened in the period for every thousand different customers who had a ticket in it.",
        "zh": "本期投诉数与本期有工单的不同客户数之比, 以每千名客户计。",
    },
    numerator=count(ticket.ticket_id, where=_IS_COMPLAINT),
    denominator=distinct(ticket.customer_id),
    scale=1000.0,
    subject=ticket.owner_id,
    at=ticket.opened_at,
    direction="lower",
    unit="ratio",
    frequency="month",
    dimension="customer service",
    formula={"en": "1,000 x complaints / different customers with a ticket", "zh": "1000 × 投诉数 ÷ 有工单的不同客户数"},
    caliber={
        "en": "Complaints, not complaining customers: who complains twice counts twice. A customer is served who has any ticket in the"
        " period. By opening and the owner then, which need not be whom the complaint is about.",
        "zh": "计投诉件数而非投诉人数, 同一客户两次投诉计两次; 本期有任一工单的客户即为服务客户。按开单时间及当时负责人, 未必是被投诉人。",
    },
    drives=["service.csat", "value.churn_rate"],
    guards=["service.complaints_on_time", "service.csat"],
    gaming={
        "en": "Recording complaints as requests; opening many small tickets for quiet customers. The satisfaction of all customers"
        " shows it.",
        "zh": "把投诉记成普通请求; 为无投诉客户多开工单以扩大分母。用满意度识别。",
    },
    source="ISO 10002, Quality management: customer satisfaction, guidelines for complaints handling in organizations.",
)


def complaints_on_time(limit_days: float = LIMIT_DAYS) -> Metric:
    """Build the share of complaints resolved within the limit, with the days that hold where nothing was agreed."""
    due = func.coalesce(ticket.due_at, later(ticket.opened_at, days=limit_days))
    in_time = and_(_IS_COMPLAINT, ticket.resolved_at <= due)
    is_decided = case((ticket.resolved_at.is_not(None), True), (due <= period.as_of, True), else_=False)
    return Proportion(
        name=ON_TIME,
        title={"en": "Complaints resolved in time", "zh": "投诉及时解决率"},
        definition={
            "en": f"Complaints opened in the period and resolved when due, or within {limit_days:g} days where nothing was agreed,"
            " out of those of which that is known.",
            "zh": f"本期开单的投诉中按约定时间(无约定则 {limit_days:g} 天内)解决的占比, 尚未到期的未结投诉不计。",
        },
        numerator=count(ticket.ticket_id, where=in_time),
        denominator=count(ticket.ticket_id, where=and_(_IS_COMPLAINT, is_decided)),
        subject=func.coalesce(ticket.resolved_by, ticket.owner_id),
        at=ticket.opened_at,
        attribution="now",
        direction="higher",
        unit="share",
        frequency="month",
        dimension="customer service",
        formula={
            "en": "complaints resolved by their limit / complaints resolved or overdue",
            "zh": "限期内解决的投诉数 ÷ (已解决 + 已逾期的投诉数)",
        },
        caliber={
            "en": "By opening, by the last resolution; for whoever resolved it, or its owner today. An open complaint that is"
            " overdue counts"
            " as late; one that is not due yet is in neither part, and service.complaints_pending says how many.",
            "zh": "按开单时间与最后一次解决; 归解决人, 否则归现负责人。逾期未结算超时; 未到期的两边都不计, 数量见"
            " service.complaints_pending。",
        },
        drives=["service.csat", "value.churn_rate"],
        guards=["service.reopen_rate", "service.complaint_rate"],
        gaming={
            "en": "Resolving at the limit without settling; moving the due time. The reopen rate shows the first.",
            "zh": "到期前草草结单; 事后推迟到期时间。前者可由重开率识别。",
        },
        source="ISO 10002, Quality management: customer satisfaction, guidelines for complaints handling in organizations.",
        optional=[ticket.due_at],
        either=[(ticket.resolved_by, ticket.owner_id)],
        parameters={"limit_days": limit_days},
    )


def complaints_pending(limit_days: float = LIMIT_DAYS) -> Metric:
    """Build the number of complaints that `complaints_on_time` leaves out."""
    due = func.coalesce(ticket.due_at, later(ticket.opened_at, days=limit_days))
    return Count(
        name=PENDING,
        title={"en": "Complaints not due yet", "zh": "未到期投诉数"},
        definition={
            "en": "Complaints opened in the period that are neither resolved nor due.",
            "zh": "本期开单、既未解决也未到期的投诉数。",
        },
        of=count(ticket.ticket_id, where=and_(_IS_COMPLAINT, ticket.resolved_at.is_(None), due > period.as_of)),
        subject=func.coalesce(ticket.resolved_by, ticket.owner_id),
        at=ticket.opened_at,
        attribution="now",
        direction="none",
        unit="count",
        frequency="month",
        dimension="customer service",
        formula={"en": "open complaints before their limit", "zh": "限期未到的未结投诉数"},
        caliber={"en": f"Those that are in neither part of {ON_TIME}.", "zh": f"即 {ON_TIME} 两边都不计的投诉。"},
        drives=["service.backlog"],
        guards=["service.backlog"],
        gaming={"en": "None known: it says what is left out, and scores nobody.", "zh": "暂无: 只说明未计入的部分, 不用于评分。"},
        source="ISO 10002, Quality management: customer satisfaction, guidelines for complaints handling in organizations.",
        optional=[ticket.due_at],
        either=[(ticket.resolved_by, ticket.owner_id)],
        is_census=True,
        parameters={"limit_days": limit_days},
    )


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    limits = {name: number_parameter(parameters, name, "limit_days", LIMIT_DAYS, most=366) for name in (ON_TIME, PENDING)}
    return [complaint_rate, complaints_on_time(limits[ON_TIME]), complaints_pending(limits[PENDING])]
