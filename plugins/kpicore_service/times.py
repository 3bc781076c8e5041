"""How long a ticket waits for the first answer, and how long it takes to resolve, in elapsed or in working time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func

from kpicore import (
    Count,
    Mean,
    Proportion,
    Quantile,
    calendar_parameter,
    choice_parameter,
    count,
    facts,
    number_parameter,
    period,
    working_hours_between,
    working_minutes_between,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement

    from kpicore import Metric, Parameters

ticket = facts.ticket.c

FIRST, FIRST_MEAN = "service.first_response_time", "service.first_response_time_mean"
WITHIN, PENDING = "service.first_response_within", "service.first_response_pending"
SOLVED, SOLVED_MEAN = "service.resolution_time", "service.resolution_time_mean"
LIMIT_MINUTES = 60.0

_RESOLVER = func.coalesce(ticket.resolved_by, ticket.owner_id)
_PRACTICE = "Common service practice"
_QUANTILE = f"{_PRACTICE}; the quantile is type 7 of Hyndman and Fan, The American Statistician 50(4), 1996."
_MEDIAN, _MEAN = ("median", "Median", "中位数"), ("mean", "Mean", "均值")
_FIRST_GAMING = {
    "en": "Answering at once without answering anything; the source's first response must be substantive and by a person.",
    "zh": "秒回而无实质内容; 数据源的首次响应须为人工的实质答复。",
}
_SOLVED_GAMING = {
    "en": "Resolving too early and letting the customer reopen; parking tickets as waiting for the customer.",
    "zh": "过早解决再由客户重开; 把工单挂成等待客户。",
}


def _clock(calendar: str) -> tuple[str, str]:
    return (f"working time of the calendar {calendar}", f"{calendar} 日历的工作时间") if calendar else ("elapsed time", "自然时间")


def _until(end: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return an end, or now while it has not come: what waits counts with its age, which is the least that it can be."""
    return case((end.is_not(None), end), (period.as_of > ticket.opened_at, period.as_of))


def first_response_time(name: str, by: str = "opened", calendar: str = "") -> Metric:
    """Build the time to the first answer; `by` says whether tickets count when they are opened or when they are answered."""
    word, Word, zh = _MEDIAN if name == FIRST else _MEAN  # noqa: N806  # the same word at the start of a sentence
    is_cohort, (clock, clock_zh) = by == "opened", _clock(calendar)
    answered = _until(ticket.first_response_at) if is_cohort else ticket.first_response_at
    whose = "by opening, for the owner today; a ticket without an answer counts with its age, at least so long it waits"
    kind: Callable[..., Metric] = Quantile if name == FIRST else Mean
    return kind(
        name=name,
        title={"en": f"First response time, {word}", "zh": f"首次响应时间({zh})"},
        definition={
            "en": f"{Word} minutes from the customer's request to a person's first substantive answer, for tickets {by} in the period.",
            "zh": f"本期{'开单' if is_cohort else '答复'}的工单自客户提出到首次人工实质答复的分钟数{zh}。",
        },
        value=working_minutes_between(ticket.opened_at, answered, calendar),
        where=answered >= ticket.opened_at,
        subject=ticket.owner_id,
        at=ticket.opened_at if is_cohort else ticket.first_response_at,
        attribution="now" if is_cohort else "then",
        direction="lower",
        unit="minutes",
        frequency="day",
        dimension="customer service",
        formula={
            "en": f"{word} of (first response{', or now without one' if is_cohort else ''} - opening), in minutes of {clock}",
            "zh": f"(首次响应{', 未响应取当前' if is_cohort else ''} − 开单) 的{zh}, 按{clock_zh}的分钟",
        },
        caliber={
            "en": f"The {word}, in {clock}, {whose if is_cohort else 'by the time of the answer and the owner then'}. An answer before the"
            " request is an error of the source and does not count. A median above the age of the youngest waiting tickets is a"
            " lower bound.",
            "zh": f"{zh}, 按{clock_zh}; "
            f"{'按开单归现负责人, 未答复的以已等待时长计(至少如此)' if is_cohort else '按答复时间归当时负责人'}。"
            "早于开单的答复为数据错误, 不计。",
        },
        drives=["service.csat", "service.nps"],
        guards=["service.resolution_time", "service.reopen_rate"],
        gaming=_FIRST_GAMING,
        source=_QUANTILE if name == FIRST else f"{_PRACTICE}.",
        parameters={"by": by, "calendar": calendar},
    )


def _decided(limit: float, calendar: str) -> ColumnElement[Any]:
    return working_minutes_between(ticket.opened_at, period.as_of, calendar) >= limit


def first_response_within(limit: float = LIMIT_MINUTES, calendar: str = "") -> Metric:
    """Build the share of tickets answered within the limit, leaving out those of which it is too early to tell."""
    is_in_order = case((ticket.first_response_at.is_(None), True), else_=ticket.first_response_at >= ticket.opened_at)
    known = and_(_decided(limit, calendar), is_in_order)
    in_time = working_minutes_between(ticket.opened_at, ticket.first_response_at, calendar) <= limit
    clock, clock_zh = _clock(calendar)
    return Proportion(
        name=WITHIN,
        title={"en": "First response within the limit", "zh": "首次响应及时率"},
        definition={
            "en": f"Tickets opened in the period and answered within {limit:g} minutes of {clock}, out of those old enough to tell.",
            "zh": f"本期开单且已满期限的工单中 {limit:g} 分钟({clock_zh})内首次响应的占比。",
        },
        numerator=count(ticket.ticket_id, where=and_(known, in_time)),
        denominator=count(ticket.ticket_id, where=known),
        subject=ticket.owner_id,
        at=ticket.opened_at,
        attribution="now",
        direction="higher",
        unit="share",
        frequency="day",
        dimension="customer service",
        formula={"en": "tickets answered within the limit / tickets older than the limit", "zh": "限时内响应的工单数 ÷ 已满期限的工单数"},
        caliber={
            "en": "By opening, for the owner today. Tickets younger than the limit are in neither part, answered or not, so that"
            " the quick ones"
            f" are not counted first; {PENDING} says how many.",
            "zh": f"按开单时间归现负责人。未满期限的工单不论是否已答复两边都不计, 以免只先计快的; 数量见 {PENDING}。",
        },
        drives=["service.csat", "service.nps"],
        guards=["service.resolution_time", "service.reopen_rate"],
        gaming=_FIRST_GAMING,
        source=f"{_PRACTICE}.",
        parameters={"limit_minutes": limit, "calendar": calendar},
    )


def first_response_pending(limit: float = LIMIT_MINUTES, calendar: str = "") -> Metric:
    """Build the number of tickets that `first_response_within` leaves out."""
    return Count(
        name=PENDING,
        title={"en": "First response not due yet", "zh": "首次响应未到期工单数"},
        definition={
            "en": f"Tickets opened in the period of which it is too early to tell whether they are answered within {limit:g} minutes.",
            "zh": f"本期开单、尚不足 {limit:g} 分钟而无法判断是否及时的工单数。",
        },
        of=count(ticket.ticket_id, where=~_decided(limit, calendar)),
        subject=ticket.owner_id,
        at=ticket.opened_at,
        attribution="now",
        direction="none",
        unit="count",
        frequency="day",
        dimension="customer service",
        formula={"en": "tickets younger than the limit", "zh": "未满期限的工单数"},
        caliber={"en": f"Those that are in neither part of {WITHIN}.", "zh": f"即 {WITHIN} 两边都不计的工单。"},
        drives=["service.backlog"],
        guards=["service.backlog"],
        gaming={"en": "None known: it says what is left out, and scores nobody.", "zh": "暂无: 只说明未计入的部分, 不用于评分。"},
        source=f"{_PRACTICE}.",
        is_census=True,
        parameters={"limit_minutes": limit, "calendar": calendar},
    )


def resolution_time(name: str, by: str = "opened", calendar: str = "", waiting: str = "elapsed") -> Metric:
    """Build the time to the last resolution; `waiting` says in which time the source counts the waiting for the customer."""
    word, Word, zh = _MEDIAN if name == SOLVED else _MEAN  # noqa: N806  # the same word at the start of a sentence
    is_cohort, (clock, clock_zh) = by == "opened", _clock(calendar)
    end = _until(ticket.resolved_at) if is_cohort else ticket.resolved_at
    # Waiting by night is no working time, and where it lay is not known: it is taken off the time in which it was counted.
    is_less = (waiting == "working") == bool(calendar)
    spent = working_hours_between(ticket.opened_at, end, calendar)
    effort = spent - func.coalesce(ticket.waiting_s, 0) / 3600.0 if is_less else spent
    less, less_zh = (", less the time spent waiting for the customer", ", 扣除等待客户的时间") if is_less else ("", "")
    whose = "by opening, for whoever resolved the ticket or its owner today; an open ticket counts with its age, at least so long it takes"
    kind: Callable[..., Metric] = Quantile if name == SOLVED else Mean
    return kind(
        name=name,
        title={"en": f"Resolution time, {word}", "zh": f"解决时间({zh})"},
        definition={
            "en": f"{Word} hours from the customer's request to the last resolution{less}, for tickets {by} in the period.",
            "zh": f"本期{'开单' if is_cohort else '解决'}的工单自客户提出到最后一次解决的小时数{zh}{less_zh}。",
        },
        value=effort,
        where=effort >= 0.0,
        subject=_RESOLVER,
        at=ticket.opened_at if is_cohort else ticket.resolved_at,
        attribution="now" if is_cohort else "then",
        direction="lower",
        unit="hours",
        frequency="week",
        dimension="customer service",
        formula={
            "en": f"{word} of (last resolution{', or now without one,' if is_cohort else ''} -"
            f" opening{' - waiting' if is_less else ''}), in"
            f" hours of {clock}",
            "zh": f"(最后一次解决{', 未解决取当前' if is_cohort else ''} − 开单{' − 等待' if is_less else ''}) 的{zh}, 按{clock_zh}的小时",
        },
        caliber={
            "en": f"The {word}, in {clock}, by the last resolution, so that reopening restarts it; "
            f"{whose if is_cohort else 'for whoever resolved the ticket, or its owner then'}."
            " Where the source does not know the waiting, the time counts in full. From the last reopening see"
            " service.resolution_time_since_reopen.",
            "zh": f"{zh}, 按{clock_zh}, 至最后一次解决, 故重开会重新计时; "
            f"{'按开单归解决人或现负责人, 未解决的以已历时长计(至少如此)' if is_cohort else '归解决人, 未知则归当时负责人'}。"
            "等待时间未知则全额计入。自最近一次重开起计见 service.resolution_time_since_reopen。",
        },
        drives=["service.csat", "service.sla_attainment"],
        guards=["service.reopen_rate", "service.csat"],
        gaming=_SOLVED_GAMING,
        source=_QUANTILE if name == SOLVED else f"{_PRACTICE}.",
        optional=[ticket.waiting_s],
        either=[(ticket.resolved_by, ticket.owner_id)],
        parameters={"by": by, "calendar": calendar, "waiting": waiting},
    )


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    found = []
    for name in (FIRST, FIRST_MEAN):
        by = choice_parameter(parameters, name, "by", "opened", ("opened", "answered"))
        found.append(first_response_time(name, by, calendar_parameter(parameters, name)))
    for name in (SOLVED, SOLVED_MEAN):
        by = choice_parameter(parameters, name, "by", "opened", ("opened", "resolved"))
        waiting = choice_parameter(parameters, name, "waiting", "elapsed", ("elapsed", "working"))
        found.append(resolution_time(name, by, calendar_parameter(parameters, name), waiting))
    for name, make in ((WITHIN, first_response_within), (PENDING, first_response_pending)):
        limit = number_parameter(parameters, name, "limit_minutes", LIMIT_MINUTES, most=1e5)
        found.append(make(limit, calendar_parameter(parameters, name)))
    return found
