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
    definition="Median minutes from the customer's request to a person's first substantive answer, for tickets answered in the period.",
    value=_WAIT,
    where=_ANSWERED,
    subject=ticket.owner_id,
    at=ticket.first_response_at,
    direction="lower",
    unit="minutes",
    frequency="day",
    dimension="customer service",
    formula="median of (first response - opening), in minutes of elapsed time",
    caliber=(
        "The median, in elapsed time, by the time of the answer and the owner then. Tickets without an answer have no time yet;"
        " an answer before the request is an error of the source and does not count."
    ),
    drives=["service.csat", "service.nps"],
    guards=["service.resolution_time", "service.reopen_rate"],
    gaming="Answering at once without answering anything; the source's first response must be substantive and by a person.",
    source="Common service practice; the quantile is type 7 of Hyndman and Fan, The American Statistician 50(4), 1996.",
)

first_response_time_mean = Mean(
    name="service.first_response_time_mean",
    title={"en": "First response time, mean", "zh": "首次响应时间(均值)"},
    definition="Mean minutes from the customer's request to a person's first substantive answer, for tickets answered in the period.",
    value=_WAIT,
    where=_ANSWERED,
    subject=ticket.owner_id,
    at=ticket.first_response_at,
    direction="lower",
    unit="minutes",
    frequency="day",
    dimension="customer service",
    formula="sum of (first response - opening) / tickets answered, in minutes of elapsed time",
    caliber="The mean, which a few forgotten tickets move; otherwise as service.first_response_time.",
    drives=["service.csat", "service.nps"],
    guards=["service.resolution_time", "service.reopen_rate"],
    gaming="As service.first_response_time; and leaving a late ticket unanswered keeps it out.",
    source="Common service practice.",
)

resolution_time = Quantile(
    name="service.resolution_time",
    title={"en": "Resolution time, median", "zh": "解决时间(中位数)"},
    definition="Median hours from the customer's request to the last resolution, less the time spent waiting for the customer.",
    value=_EFFORT,
    where=_RESOLVED,
    subject=_RESOLVER,
    at=ticket.resolved_at,
    direction="lower",
    unit="hours",
    frequency="week",
    dimension="customer service",
    formula="median of (last resolution - opening - waiting), in hours of elapsed time, by the time of the resolution",
    caliber=(
        "The median, by the last resolution, so that reopening restarts it; for whoever resolved the ticket, or its owner then where the"
        " source does not say. Where it does not know the waiting, the elapsed time counts in full."
    ),
    drives=["service.csat", "service.sla_attainment"],
    guards=["service.reopen_rate", "service.csat"],
    gaming="Resolving too early and letting the customer reopen; parking tickets as waiting for the customer.",
    source="Common service practice; the quantile is type 7 of Hyndman and Fan, The American Statistician 50(4), 1996.",
    optional=[ticket.waiting_s],
    either=[(ticket.resolved_by, ticket.owner_id)],
)

resolution_time_mean = Mean(
    name="service.resolution_time_mean",
    title={"en": "Resolution time, mean", "zh": "解决时间(均值)"},
    definition="Mean hours from the customer's request to the last resolution, less the time spent waiting for the customer.",
    value=_EFFORT,
    where=_RESOLVED,
    subject=_RESOLVER,
    at=ticket.resolved_at,
    direction="lower",
    unit="hours",
    frequency="week",
    dimension="customer service",
    formula="sum of (last resolution - opening - waiting) / tickets resolved, in hours of elapsed time, by the time of the resolution",
    caliber="The mean, which a few very long tickets move; otherwise as service.resolution_time.",
    drives=["service.csat", "service.sla_attainment"],
    guards=["service.reopen_rate", "service.csat"],
    gaming="As service.resolution_time; and leaving long tickets open keeps them out.",
    source="Common service practice.",
    optional=[ticket.waiting_s],
    either=[(ticket.resolved_by, ticket.owner_id)],
)


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    del parameters
    return [first_response_time, first_response_time_mean, resolution_time, resolution_time_mean]
