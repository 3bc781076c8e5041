"""The metrics that the planner is measured on, as kpicore metrics: set A, set B, and many filters on one fact."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_

from kpicore import Count, Mean, Metric, Proportion, Total, count, days_between, distinct, facts

contact, deal, ticket = facts.contact.c, facts.opportunity.c, facts.ticket.c

_OF_CONTACT = {"subject": contact.employee_id, "at": contact.started_at}
_OF_DEAL = {"subject": deal.owner_id, "at": deal.closed_at, "attribution": "now"}
_OF_TICKET = {"subject": ticket.owner_id, "at": ticket.resolved_at, "attribution": "now"}


def _named(name: str) -> dict[str, object]:
    return {"name": f"benchmark.{name}", "title": {"en": name}, "definition": f"The {name} of the benchmark."}


def _metrics() -> list[Metric]:
    rows, deals, tickets = contact.contact_id, deal.opportunity_id, ticket.ticket_id
    long_call = and_(contact.channel == "call", contact.duration_s >= 300)
    return [
        Count(**_named("contacts"), **_OF_CONTACT, of=count(rows)),
        Proportion(**_named("connected_share"), **_OF_CONTACT, numerator=count(rows, contact.is_connected), denominator=count(rows)),
        Mean(**_named("mean_duration"), **_OF_CONTACT, value=contact.duration_s, where=contact.is_connected),
        Count(**_named("long_calls"), **_OF_CONTACT, of=count(rows, long_call)),
        Count(**_named("deals_contacted"), **_OF_CONTACT, of=distinct(contact.opportunity_id)),
        Proportion(**_named("win_rate"), **_OF_DEAL, numerator=count(deals, deal.is_won), denominator=count(deals, deal.is_closed)),
        Total(**_named("won_amount"), **_OF_DEAL, value=deal.amount, where=deal.is_won),
        Mean(**_named("mean_cycle_days"), **_OF_DEAL, value=days_between(deal.created_at, deal.closed_at), where=deal.is_won),
        Count(**_named("tickets"), **_OF_TICKET, of=count(tickets)),
        Mean(**_named("mean_handling_s"), **_OF_TICKET, value=ticket.handle_s),
        Proportion(
            **_named("sla_share"), **_OF_TICKET, numerator=count(tickets, ticket.resolved_at <= ticket.due_at), denominator=count(tickets)
        ),
        Proportion(**_named("reopen_share"), **_OF_TICKET, numerator=count(tickets, ticket.reopen_count > 0), denominator=count(tickets)),
    ]


def _by_name(metrics: list[Metric]) -> dict[str, Metric]:
    return {metric.name: metric for metric in metrics}


def set_a() -> dict[str, Metric]:
    """Return twelve metrics on three facts, one of them an exact distinct count."""
    return _by_name(_metrics())


def set_b() -> dict[str, Metric]:
    """Return set A without the distinct count."""
    return {name: metric for name, metric in set_a().items() if name != "benchmark.deals_contacted"}


CHANNELS = ("call", "email", "message", "visit", "meeting")
WAYS = (None, "out", "in")
LEAST = (0, 120, 300)
Filter = tuple[str, str | None, bool, int]
"""Channel, direction (None: either), whether the other side must have taken part, and the least duration in seconds."""


def filters(number: int) -> list[Filter]:
    """Return that many different filters on contacts, such as 'calls out, connected, of 120 seconds or more'."""
    every = [(channel, way, taken, least) for least in LEAST for taken in (True, False) for way in WAYS for channel in CHANNELS]
    return [every[at * 37 % len(every)] for at in range(number)]


def filter_sql(one: Filter) -> str:
    """Return a filter as a person would write it."""
    channel, way, is_connected, least = one
    parts = [f"channel = '{channel}'", *([f"direction = '{way}'"] if way else [])]
    return " AND ".join([*parts, *(["is_connected"] if is_connected else []), *([f"duration_s >= {least}"] if least else [])])


def _condition(one: Filter) -> ColumnElement[bool]:
    channel, way, is_connected, least = one
    parts = [contact.channel == channel, *([contact.direction == way] if way else [])]
    return and_(*parts, *([contact.is_connected] if is_connected else []), *([contact.duration_s >= least] if least else []))


def filtered(number: int) -> dict[str, Metric]:
    """Return that many metrics with different filters on contacts: a count and a mean duration in turn."""
    found: list[Metric] = []
    for at, one in enumerate(filters(number)):
        name, where = _named(f"f{at:02d}"), _condition(one)
        if at % 2:
            found.append(Mean(**name, **_OF_CONTACT, value=contact.duration_s, where=where))
        else:
            found.append(Count(**name, **_OF_CONTACT, of=count(contact.contact_id, where)))
    return _by_name(found)
