"""How much work there is and how it is borne: handling time, backlog, abandoned calls, escalations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Double, and_, cast, func

from kpicore import Mean, Proportion, Snapshot, count, facts, number_parameter

if TYPE_CHECKING:
    from kpicore import Metric, Parameters

ticket, contact = facts.ticket.c, facts.contact.c

ABANDON = "service.abandon_rate"
SHORT_SECONDS = 5.0
"""Whoever hangs up sooner has dialled wrongly, and could not have been answered."""

_IS_CALL_IN = and_(contact.direction == "in", contact.channel == "call")
_IS_TALK = and_(contact.channel == "call", contact.is_connected.is_(True), contact.duration_s >= 0)
_PRACTICE = "Common contact centre practice; defined alike in the COPC CX Standard."

handle_time = Mean(
    name="service.handle_time",
    title={"en": "Handling time per ticket", "zh": "工单处理时长"},
    definition={
        "en": "Mean minutes of working time that people spent on a ticket, for tickets resolved in the period.",
        "zh": "本期解决的工单平均耗费的人工处理时长(分钟)。",
    },
    value=cast(ticket.handle_s, Double) / 60.0,
    where=ticket.handle_s >= 0,
    subject=func.coalesce(ticket.resolved_by, ticket.owner_id),
    at=ticket.resolved_at,
    direction="lower",
    unit="minutes",
    frequency="day",
    dimension="customer service",
    formula={
        "en": "sum of handling time / resolved tickets with a known handling time, in minutes",
        "zh": "处理时长之和 ÷ 有处理时长记录的已解决工单数(分钟)",
    },
    caliber={
        "en": "Per ticket, all of its handling at its last resolution, for whoever resolved it, or its owner then. Tickets whose handling"
        " time is not known do not count. Per call see service.handle_time_call.",
        "zh": "按工单口径: 全部处理时长计入最后一次解决时, 归解决人, 未知则归当时负责人; 时长未知的工单不计。按通话口径见"
        " service.handle_time_call。",
    },
    drives=["service.backlog", "service.resolution_time"],
    guards=["service.first_contact_resolution", "service.csat"],
    gaming={
        "en": "Hurrying customers off, transferring long cases, stopping the clock while working; first-contact resolution shows it.",
        "zh": "催促客户结束、转走难单、边做边停表; 用一次解决率识别。",
    },
    source=_PRACTICE,
    either=[(ticket.resolved_by, ticket.owner_id)],
)

handle_time_call = Mean(
    name="service.handle_time_call",
    title={"en": "Handling time per call", "zh": "通话处理时长"},
    definition={"en": "Mean minutes of a call in which the customer took part.", "zh": "客户接通的通话的平均时长(分钟)。"},
    value=cast(contact.duration_s, Double) / 60.0,
    where=_IS_TALK,
    subject=contact.employee_id,
    at=contact.started_at,
    direction="lower",
    unit="minutes",
    frequency="day",
    dimension="customer service",
    formula={"en": "sum of call durations / connected calls, in minutes", "zh": "通话时长之和 ÷ 接通通话数(分钟)"},
    caliber={
        "en": "Per call, in either direction, as telephony measured it; work after the call is not in it. Per ticket see"
        " service.handle_time.",
        "zh": "按通话口径, 呼入呼出均计, 以话务系统测得为准, 不含话后处理。按工单口径见 service.handle_time。",
    },
    drives=["service.abandon_rate"],
    guards=["service.first_contact_resolution", "service.csat"],
    gaming={"en": "Hanging up on long calls; calling answering machines.", "zh": "挂断长通话; 拨打语音信箱拉低均值。"},
    source=_PRACTICE,
)

backlog = Snapshot(
    name="service.backlog",
    title={"en": "Backlog", "zh": "积压工单"},
    definition={
        "en": "Tickets opened before the period's end and not resolved or closed by then.",
        "zh": "期末前已开单且期末仍未解决或关闭的工单数。",
    },
    began_at=ticket.opened_at,
    ended_at=func.coalesce(ticket.resolved_at, ticket.closed_at),
    subject=ticket.owner_id,
    direction="lower",
    unit="count",
    frequency="day",
    dimension="customer service",
    formula={"en": "open tickets at the period's end", "zh": "期末未结工单数"},
    caliber={
        "en": "At the period's end, for the owner then. A ticket counts as open until its last resolution, so also between a resolution and"
        " a reopening; one closed without a resolution is open until it is closed.",
        "zh": "期末时点, 归当时负责人。以最后一次解决为结束, 故被重开的工单在两次解决之间也算未结; 未解决即关闭的以关闭为结束。",
    },
    drives=["service.first_response_time", "service.resolution_time"],
    guards=["service.reopen_rate", "service.resolution_rate"],
    gaming={
        "en": "Resolving everything on the last day and reopening it; passing tickets on before the count.",
        "zh": "期末批量解决再重开; 统计前把工单转给他人。",
    },
    source="Common service practice.",
    optional=[ticket.closed_at],
    is_census=True,
)

escalation_rate = Proportion(
    name="service.escalation_rate",
    title={"en": "Escalation rate", "zh": "升级率"},
    definition={
        "en": "Tickets that were escalated, out of those opened in the period.",
        "zh": "本期开单中被升级的工单占比。",
    },
    numerator=count(ticket.ticket_id, where=ticket.is_escalated.is_(True)),
    denominator=count(ticket.ticket_id, where=ticket.is_escalated.is_not(None)),
    subject=ticket.owner_id,
    at=ticket.opened_at,
    direction="lower",
    unit="share",
    frequency="month",
    dimension="customer service",
    formula={
        "en": "escalated tickets / tickets of which that is known, by opening",
        "zh": "升级工单数 ÷ 已知是否升级的工单数(按开单)",
    },
    caliber={
        "en": "By opening and the owner then, not whoever got it by escalation. A ticket that is still open may yet be escalated, so that"
        " the share of a young period still grows.",
        "zh": "按开单时间及当时负责人, 不归升级后的接手人; 未结工单仍可能升级, 故近期数值还会上升。",
    },
    drives=["service.resolution_time", "service.csat"],
    guards=["service.first_contact_resolution", "service.reopen_rate"],
    gaming={
        "en": "Keeping what should be escalated; reassigning without marking it. Reopening and satisfaction show it.",
        "zh": "该升级不升级; 转派而不标记升级。用重开率和满意度识别。",
    },
    source="Incident management as in ISO/IEC 20000-1.",
)


def abandon_rate(short_s: float = SHORT_SECONDS) -> Metric:
    """Build the share of inbound calls that nobody answered, leaving out those that lasted less than `short_s` seconds."""
    is_short = func.coalesce(contact.duration_s, short_s) < short_s
    offered = and_(_IS_CALL_IN, contact.is_connected.is_not(None))
    lost = and_(_IS_CALL_IN, contact.is_connected.is_(False), ~is_short)
    return Proportion(
        name=ABANDON,
        title={"en": "Abandon rate", "zh": "放弃率"},
        definition={
            "en": f"Inbound calls that nobody answered, out of all inbound calls, without those given up within {short_s:g} seconds.",
            "zh": f"无人接听的呼入电话占全部呼入的比例, {short_s:g} 秒内挂断的不计。",
        },
        numerator=count(contact.contact_id, where=lost),
        denominator=count(contact.contact_id, where=and_(offered, contact.is_connected.is_(True) | ~is_short)),
        subject=contact.employee_id,
        at=contact.started_at,
        direction="lower",
        unit="share",
        frequency="day",
        dimension="customer service",
        formula={
            "en": "inbound calls not connected / (those + inbound calls connected)",
            "zh": "未接通呼入数 ÷ (未接通呼入数 + 接通呼入数)",
        },
        caliber={
            "en": f"A team's figure, as a lost call has nobody yet. A call given up within {short_s:g} seconds is in neither part;"
            " without a"
            " duration it counts. Calls of which it is not known whether they were answered do not.",
            "zh": f"团队指标, 放弃的电话尚无归属人。{short_s:g} 秒内挂断的两边都不计, 时长未知的计入; 是否接通未知的不计。",
        },
        drives=["service.csat", "service.complaint_rate"],
        guards=["service.handle_time_call", "service.csat"],
        gaming={
            "en": "Picking up and putting back; a greeting machine that 'connects' every call. A short limit on what counts as abandoned.",
            "zh": "接起即挂; 由语音应答算作接通; 抬高短呼门槛。",
        },
        source=_PRACTICE,
        kinds=["team"],
        optional=[contact.duration_s],
        parameters={"short_s": short_s},
    )


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    short = number_parameter(parameters, ABANDON, "short_s", SHORT_SECONDS, most=600)
    return [handle_time, handle_time_call, backlog, escalation_rate, abandon_rate(short)]
