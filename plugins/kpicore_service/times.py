"""How long a ticket waits for the first answer, and how long it takes to resolve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func

from kpicore import Mean, Quantile, facts, hours_between, minutes_between

if TYPE_CHECKING:
    from kpicore import Metric, Parameters

ticket = facts.ticket.c

_WAIT = minutes_between(ticket.opened_at, ticket.first_response_at)
_ANSWERED = ticket.first_response_at >= ticket.opened_at
_EFFORT = hours_between(ticket.opened_at, ticket.resolved_at) - func.coalesce(ticket.waiting_s, 0) / 3600.0
_RESOLVED = _EFFORT >= 0.0
_RESOLVER = func.coalesce(ticket.resolved_by, ticket.owner_id)

first_response_time = Quantile(
    name="service.first_response_time",
    title={"en": "First response time, median", "zh": "首次响应时间(中位数)"},
    definition={
        "en": "Median minutes from the customer's request to a person's first substantive answer, for tickets answered in the period.",
        "zh": "期内得到答复的工单，从客户提出到人工首次实质答复的分钟数的中位数。",
    },
    value=_WAIT,
    where=_ANSWERED,
    subject=ticket.owner_id,
    at=ticket.first_response_at,
    direction="lower",
    unit="minutes",
    frequency="day",
    dimension="customer service",
    formula={
        "en": "median of (first response - opening), in minutes of elapsed time",
        "zh": "（首次答复 − 提出）的中位数，按自然时间的分钟计",
    },
    caliber={
        "en": "The median, in elapsed time, by the time of the answer and the owner then. Tickets without an answer have no time yet;"
        " an answer before the request is an error of the source and does not count.",
        "zh": "取中位数，按自然时间，以答复时间和当时的负责人为准。尚未答复的工单还没有时长；早于提出时间的答复是来源数据的错误，不计。",
    },
    drives=["service.csat", "service.nps"],
    guards=["service.resolution_time", "service.reopen_rate"],
    gaming={
        "en": "Answering at once without answering anything; the source's first response must be substantive and by a person.",
        "zh": "马上回复却没有实质内容；来源中的首次答复必须由人给出且有实质内容。",
    },
    source="Common service practice; the quantile is type 7 of Hyndman and Fan, The American Statistician 50(4), 1996.",
)

first_response_time_mean = Mean(
    name="service.first_response_time_mean",
    title={"en": "First response time, mean", "zh": "首次响应时间(均值)"},
    definition={
        "en": "Mean minutes from the customer's request to a person's first substantive answer, for tickets answered in the period.",
        "zh": "期内得到答复的工单，从客户提出到人工首次实质答复的平均分钟数。",
    },
    value=_WAIT,
    where=_ANSWERED,
    subject=ticket.owner_id,
    at=ticket.first_response_at,
    direction="lower",
    unit="minutes",
    frequency="day",
    dimension="customer service",
    formula={
        "en": "sum of (first response - opening) / tickets answered, in minutes of elapsed time",
        "zh": "（首次答复 − 提出）之和 ÷ 得到答复的工单数，按自然时间的分钟计",
    },
    caliber={
        "en": "The mean, which a few forgotten tickets move; otherwise as service.first_response_time.",
        "zh": "取均值，会受少数被遗忘的工单影响；其余同 service.first_response_time。",
    },
    drives=["service.csat", "service.nps"],
    guards=["service.resolution_time", "service.reopen_rate"],
    gaming={
        "en": "As service.first_response_time; and leaving a late ticket unanswered keeps it out.",
        "zh": "同 service.first_response_time；此外，让迟了的工单一直不答复就不会计入。",
    },
    source="Common service practice.",
)

resolution_time = Quantile(
    name="service.resolution_time",
    title={"en": "Resolution time, median", "zh": "解决时间(中位数)"},
    definition={
        "en": "Median hours from the customer's request to the last resolution, less the time spent waiting for the customer.",
        "zh": "从客户提出到最后一次解决的小时数的中位数，扣除等待客户的时间。",
    },
    value=_EFFORT,
    where=_RESOLVED,
    subject=_RESOLVER,
    at=ticket.resolved_at,
    direction="lower",
    unit="hours",
    frequency="week",
    dimension="customer service",
    formula={
        "en": "median of (last resolution - opening - waiting), in hours of elapsed time, by the time of the resolution",
        "zh": "（最后一次解决 − 提出 − 等待）的中位数，按自然时间的小时计，以解决时间为准",
    },
    caliber={
        "en": "The median, by the last resolution, so that reopening restarts it; for whoever resolved the ticket, or"
        " its owner then where the"
        " source does not say. Where it does not know the waiting, the elapsed time counts in full.",
        "zh": "取中位数，按最后一次解决，因此重开会重新计时；归于解决工单的人，来源没有记录时归于当时的负责人。"
        "来源没有等待时间时，全部自然时间都计入。",
    },
    drives=["service.csat", "service.sla_attainment"],
    guards=["service.reopen_rate", "service.csat"],
    gaming={
        "en": "Resolving too early and letting the customer reopen; parking tickets as waiting for the customer.",
        "zh": "过早标为解决，让客户重开；把工单挂在等待客户的状态。",
    },
    source="Common service practice; the quantile is type 7 of Hyndman and Fan, The American Statistician 50(4), 1996.",
    optional=[ticket.waiting_s],
    either=[(ticket.resolved_by, ticket.owner_id)],
)

resolution_time_mean = Mean(
    name="service.resolution_time_mean",
    title={"en": "Resolution time, mean", "zh": "解决时间(均值)"},
    definition={
        "en": "Mean hours from the customer's request to the last resolution, less the time spent waiting for the customer.",
        "zh": "从客户提出到最后一次解决的平均小时数，扣除等待客户的时间。",
    },
    value=_EFFORT,
    where=_RESOLVED,
    subject=_RESOLVER,
    at=ticket.resolved_at,
    direction="lower",
    unit="hours",
    frequency="week",
    dimension="customer service",
    formula={
        "en": "sum of (last resolution - opening - waiting) / tickets resolved, in hours of elapsed time, by the time of the resolution",
        "zh": "（最后一次解决 − 提出 − 等待）之和 ÷ 解决的工单数，按自然时间的小时计，以解决时间为准",
    },
    caliber={
        "en": "The mean, which a few very long tickets move; otherwise as service.resolution_time.",
        "zh": "取均值，会受少数很长的工单影响；其余同 service.resolution_time。",
    },
    drives=["service.csat", "service.sla_attainment"],
    guards=["service.reopen_rate", "service.csat"],
    gaming={
        "en": "As service.resolution_time; and leaving long tickets open keeps them out.",
        "zh": "同 service.resolution_time；此外，让时间长的工单一直开着就不会计入。",
    },
    source="Common service practice.",
    optional=[ticket.waiting_s],
    either=[(ticket.resolved_by, ticket.owner_id)],
)


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    del parameters
    return [first_response_time, first_response_time_mean, resolution_time, resolution_time_mean]
