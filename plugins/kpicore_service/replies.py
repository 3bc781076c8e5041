"""How long each message of a customer waits, how long a reopened ticket takes, and whether one answer was enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import DateTime, and_, case, func, or_

from kpicore import (
    Mean,
    Proportion,
    Quantile,
    calendar_parameter,
    choice_parameter,
    count,
    facts,
    hours_between,
    later,
    names_parameter,
    number_parameter,
    period,
    seconds_between,
    working_minutes_between,
)

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import ColumnElement

    from kpicore import Metric, Parameters

event, ticket = facts.ticket_event.c, facts.ticket.c

RESPONSE, LAST_LEG, FCR = "service.response_time", "service.resolution_time_since_reopen", "service.first_contact_resolution"
MESSAGES = ("opened", "customer_message", "reopened")
COUNTED = ("message", "turn")
FAR_DAYS = 366.0
"""How far around the period the events of a ticket are looked at; whoever waits longer is counted as waiting that long."""
REPEAT_DAYS = 7.0

_IN_ORDER = (event.happened_at, event.event_id)
_IS_HUMAN = or_(event.is_automatic.is_(None), event.is_automatic.is_(False))
_IS_ANSWER = and_(_IS_HUMAN, event.kind.in_(["response", "resolved"]))
_PRACTICE = "Common service practice."


def _time_when(condition: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((condition, event.happened_at))


def _last_before(condition: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return when something last happened to the ticket before this event."""
    found = func.max(_time_when(condition), type_=DateTime())
    return found.over(partition_by=event.ticket_id, order_by=_IN_ORDER, rows=(None, -1))


def _next_after(condition: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return when something next happens to the ticket after this event."""
    found = func.min(_time_when(condition), type_=DateTime())
    return found.over(partition_by=event.ticket_id, order_by=_IN_ORDER, rows=(1, None))


_ANSWERED_AT = _next_after(_IS_ANSWER)
_SETTLED_AT, _BEGUN_AT = _last_before(event.kind.in_(["resolved", "closed"])), _last_before(event.kind.in_(["opened", "reopened"]))
# A message after the resolution that does not reopen the ticket ("thank you") asks for nothing.
_IS_PENDING = or_(_SETTLED_AT.is_(None), _BEGUN_AT >= _SETTLED_AT)
_UNANSWERED_UNTIL = case(
    (period.as_of < later(event.happened_at, days=FAR_DAYS), period.as_of), else_=later(event.happened_at, days=FAR_DAYS)
)


def response_time(messages: tuple[str, ...] = MESSAGES, counted: str = "message", calendar: str = "") -> Metric:
    """Build the mean wait of customers' messages; `counted` says whether messages in a row are one turn."""
    asks = and_(event.kind.in_(messages), or_(event.kind.in_(["opened", "reopened"]), _IS_PENDING))
    asked_at, answered_at = _last_before(event.kind.in_(messages)), _last_before(_IS_ANSWER)
    begins_turn = or_(asked_at.is_(None), answered_at >= asked_at)
    return Mean(
        name=RESPONSE,
        title={"en": "Mean response time", "zh": "平均响应时间"},
        definition={
            "en": "Mean minutes from a customer's message to a person's next answer on the ticket, for messages of the period.",
            "zh": "本期客户消息到该工单下一次人工答复的平均分钟数。",
        },
        value=working_minutes_between(event.happened_at, func.coalesce(_ANSWERED_AT, _UNANSWERED_UNTIL), calendar),
        where=asks if counted == "message" else and_(asks, begins_turn),
        subject=ticket.owner_id,
        at=event.happened_at,
        direction="lower",
        unit="minutes",
        frequency="day",
        dimension="customer service",
        formula={
            "en": f"sum of (next answer, or now where there is none - message) / messages, in minutes of"
            f" {f'the calendar {calendar}' if calendar else 'elapsed time'}",
            "zh": "(下一次答复时间, 未答复取当前时间 − 消息时间) 之和 ÷ 消息数(分钟)",
        },
        caliber={
            "en": f"Every {counted} of the kinds {', '.join(messages)}, by its time and for the ticket's owner then. A resolution is an"
            " answer, an automatic reply is none. A message without an answer waits until now, so that the mean is at least what is told."
            " What is written after the resolution without reopening the ticket asks for nothing.",
            "zh": f"按消息时间计, 口径为每{'条消息' if counted == 'message' else '轮消息'}, 种类 {', '.join(messages)},"
            " 归当时工单负责人。解决即答复, 自动回复不算。"
            "未答复的按等到当前计, 故均值只会偏低; 解决后未重开的留言不需答复。",
        },
        drives=["service.csat", "service.nps"],
        guards=["service.first_contact_resolution", "service.reopen_rate"],
        gaming={
            "en": "Answering 'we are on it'; resolving in place of an answer, which reopening shows.",
            "zh": '以"正在处理"敷衍; 以解决代替答复, 可由重开识别。',
        },
        source=_PRACTICE,
        optional=[event.is_automatic],
        parameters={"messages": list(messages), "counted": counted, "calendar": calendar},
        lookahead_days=FAR_DAYS,
    )


_IS_ONCE = and_(ticket.response_count == 1, ticket.resolved_at.is_not(None), func.coalesce(ticket.reopen_count, 0) == 0)


def _stays_away(days: float) -> ColumnElement[Any]:
    following = func.lead(ticket.opened_at, type_=DateTime()).over(
        partition_by=[ticket.customer_id, func.coalesce(ticket.category, "")], order_by=[ticket.opened_at, ticket.ticket_id]
    )
    gap = seconds_between(ticket.opened_at, following)
    return case((following.is_(None), True), (gap > days * 86400.0, True), else_=False)


def first_contact_resolution(repeat_days: float = REPEAT_DAYS) -> Metric:
    """Build the share of tickets that one answer settled, with the days in which the customer must not come back."""
    known = and_(ticket.customer_id.is_not(None), ticket.response_count.is_not(None))
    mature = and_(known, later(ticket.opened_at, days=repeat_days) <= period.as_of)
    settled = and_(mature, _IS_ONCE, _stays_away(repeat_days))
    return Proportion(
        name=FCR,
        title={"en": "First-contact resolution", "zh": "一次解决率"},
        definition={
            "en": f"Tickets resolved with one answer after which the customer did not come back in the category within"
            f" {repeat_days:g} days,"
            " out of those opened in the period.",
            "zh": f"本期开单中只答复一次即解决, 且客户 {repeat_days:g} 天内未就同类问题再来的占比。",
        },
        numerator=count(ticket.ticket_id, where=settled),
        denominator=count(ticket.ticket_id, where=mature),
        subject=func.coalesce(ticket.resolved_by, ticket.owner_id),
        at=ticket.opened_at,
        attribution="now",
        direction="higher",
        unit="share",
        frequency="week",
        dimension="customer service",
        formula={
            "en": "tickets resolved with one answer, never reopened and without a next ticket / tickets old enough to tell",
            "zh": "一次答复即解决、未重开且无后续同类工单的工单数 ÷ 已满观察期的工单数",
        },
        caliber={
            "en": f"From what the customer does, never from a tick box: a ticket of the same customer in the same category opened within"
            f" {repeat_days:g} days of this one is a repeat, and so is a reopening. By opening; for whoever resolved it, or its"
            " owner today."
            " Tickets younger than that, without a customer or a number of answers are in neither part.",
            "zh": f"以客户行为判断, 不看勾选: 开单后 {repeat_days:g} 天内同一客户同类新单或重开均为再次来访。按开单; 归解决人,"
            " 否则现负责人。"
            "未满观察期、客户未知或答复数未知的不计。",
        },
        drives=["service.csat", "service.ces", "service.backlog"],
        guards=["service.reopen_rate", "service.csat"],
        gaming={
            "en": "Answering by phone without recording it; filing the repeat under another category or customer.",
            "zh": "电话答复不留痕; 把再次来访记到别的类别或客户名下。",
        },
        source="Fleming and others, First Contact Resolution, in the sense of ICMI: no repeat contact within a week.",
        optional=[ticket.category, ticket.reopen_count],
        either=[(ticket.resolved_by, ticket.owner_id)],
        parameters={"repeat_days": repeat_days},
        lookahead_days=repeat_days,
    )


_LEG = hours_between(_BEGUN_AT, event.happened_at)
# The wait for the customer is known for the ticket as a whole, and so for a leg only where there was but one.
_LEG_EFFORT = _LEG - case((func.coalesce(ticket.reopen_count, 0) == 0, func.coalesce(ticket.waiting_s, 0) / 3600.0), else_=0.0)

resolution_time_since_reopen = Quantile(
    name=LAST_LEG,
    title={"en": "Resolution time since the reopening, median", "zh": "解决时间(自重开起, 中位数)"},
    definition={
        "en": "Median hours from the request, or from the last reopening, to the resolution, for resolutions of the period.",
        "zh": "本期各次解决距开单(或最近一次重开)的小时数中位数。",
    },
    value=_LEG_EFFORT,
    where=and_(event.kind == "resolved", _LEG_EFFORT >= 0.0),
    subject=event.employee_id,
    at=event.happened_at,
    direction="lower",
    unit="hours",
    frequency="week",
    dimension="customer service",
    formula={
        "en": "median of (resolution - last opening or reopening before it - waiting for the customer), in hours",
        "zh": "(解决时间 − 此前最近一次开单或重开时间 − 等待客户时间) 的中位数(小时)",
    },
    caliber={
        "en": "Every resolution by itself, for whoever made it: the answer after a reopening is timed from the reopening, not from"
        " the first"
        " request as in service.resolution_time. The wait for the customer is taken off tickets that were never reopened; of the others it"
        " is not known when it was.",
        "zh": "每次解决各算一次, 归解决人: 重开后的处理自重开起计, 而非如 service.resolution_time 自首次开单起计。"
        "等待客户时间只从未重开的工单扣除,"
        " 其余无从得知发生在哪一段。",
    },
    drives=["service.csat", "service.sla_attainment"],
    guards=["service.reopen_rate", "service.csat"],
    gaming={
        "en": "Resolving early and often: each leg is short, and the reopen rate shows it.",
        "zh": "早解决、多重开以缩短每段时间, 可由重开率识别。",
    },
    source=_PRACTICE,
    optional=[ticket.waiting_s, ticket.reopen_count],
    lookahead_days=FAR_DAYS,
)


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    messages = names_parameter(parameters, RESPONSE, "messages", MESSAGES)
    counted = choice_parameter(parameters, RESPONSE, "counted", "message", COUNTED)
    repeat = number_parameter(parameters, FCR, "repeat_days", REPEAT_DAYS, most=90)
    clock = calendar_parameter(parameters, RESPONSE)
    return [response_time(messages, counted, clock), resolution_time_since_reopen, first_contact_resolution(repeat)]
