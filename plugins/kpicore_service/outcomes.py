"""How tickets end: resolved or not, reopened or not, within the service agreement or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_

from kpicore import Proportion, choice_parameter, count, facts, later, number_parameter, period

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement

    from kpicore import Metric, Parameters

ticket = facts.ticket.c

RESOLUTION, SLA = "service.resolution_rate", "service.sla_attainment"
SETTLED_DAYS = 7.0
"""A week, after which few tickets are reopened."""

_RESOLVER = func.coalesce(ticket.resolved_by, ticket.owner_id)
WHOSE = "resolver_else_owner"
_SUBJECTS: Mapping[str, tuple[ColumnElement[Any], str]] = {
    "resolver": (ticket.resolved_by, "whoever resolved the ticket; one that nobody resolved is nobody's"),
    "owner": (ticket.owner_id, "the owner of the ticket today"),
    WHOSE: (_RESOLVER, "whoever resolved the ticket, or its owner today"),
}
_REOPENED = ticket.reopen_count > 0
_HAS_VERDICT = ticket.is_sla_met.is_not(None)
_IS_DECIDED = and_(ticket.due_at.is_not(None), or_(ticket.resolved_at.is_not(None), ticket.due_at <= period.as_of))
_IS_IN_TIME = and_(ticket.is_sla_met.is_(None), ticket.resolved_at <= ticket.due_at)


def resolution_rate(settled_days: float = SETTLED_DAYS) -> Metric:
    """Build the share of tickets that are resolved, with the days for which a resolution must have stood."""
    settled = later(ticket.resolved_at, days=settled_days) <= period.as_of
    return Proportion(
        name=RESOLUTION,
        title={"en": "Resolution rate", "zh": "解决率"},
        definition={
            "en": f"Tickets opened in the period whose resolution has stood for {settled_days:g} days, out of those where that is known.",
            "zh": f"期内提出的工单中，解决后已保持 {settled_days:g} 天的比例；尚无法判断的不计。",
        },
        numerator=count(ticket.ticket_id, where=settled),
        denominator=count(ticket.ticket_id, where=or_(ticket.resolved_at.is_(None), settled)),
        subject=_RESOLVER,
        at=ticket.opened_at,
        attribution="now",
        direction="higher",
        unit="share",
        frequency="week",
        dimension="customer service",
        formula={
            "en": f"tickets resolved for at least {settled_days:g} days / (those + tickets not resolved)",
            "zh": f"解决已满 {settled_days:g} 天的工单数 ÷（该数 + 未解决的工单数）",
        },
        caliber={
            "en": "By opening; for whoever resolved the ticket, or its owner today, as a ticket seldom has an owner when it is opened."
            " Resolutions that are younger are in neither part.",
            "zh": "按提出时间；归于解决工单的人，否则归于现在的负责人，因为工单提出时往往还没有负责人。解决未满期的工单不计入分子和分母。",
        },
        drives=["service.csat", "service.nps"],
        guards=["service.reopen_rate", "service.csat"],
        gaming={
            "en": "Resolving without solving: the customer reopens the ticket, and it is no longer resolved. Passing hard tickets on.",
            "zh": "标为解决而问题仍在：客户重开后工单就不再算已解决。把难的工单转给别人。",
        },
        source="Common service practice, with the week that separates a solution from a pause.",
        either=[(ticket.resolved_by, ticket.owner_id)],
        parameters={"settled_days": settled_days},
    )


reopen_rate = Proportion(
    name="service.reopen_rate",
    title={"en": "Reopen rate", "zh": "重开率"},
    definition={"en": "Tickets that were ever reopened, out of those resolved in the period.", "zh": "期内解决的工单中曾被重开的比例。"},
    numerator=count(ticket.ticket_id, where=_REOPENED),
    denominator=count(ticket.ticket_id),
    subject=_RESOLVER,
    at=ticket.resolved_at,
    direction="lower",
    unit="share",
    frequency="week",
    dimension="customer service",
    formula={
        "en": "tickets resolved in the period with at least one reopening / tickets resolved in the period",
        "zh": "期内解决且至少重开过一次的工单数 ÷ 期内解决的工单数",
    },
    caliber={
        "en": "By the last resolution; for whoever resolved the ticket, or its owner then where the source does not say. A ticket that is"
        " reopened and not resolved again counts nowhere here: see service.reopen_rate_opened.",
        "zh": "按最后一次解决；归于解决工单的人，来源没有记录时归于当时的负责人。"
        "重开后没有再次解决的工单在此不计：见 service.reopen_rate_opened。",
    },
    drives=["service.csat", "service.resolution_time"],
    guards=["service.resolution_rate"],
    gaming={"en": "Asking customers to open a new ticket instead.", "zh": "让客户另开新工单。"},
    source="Common service practice.",
    either=[(ticket.resolved_by, ticket.owner_id)],
)

reopen_rate_opened = Proportion(
    name="service.reopen_rate_opened",
    title={"en": "Reopen rate, of all tickets", "zh": "重开率(按全部工单)"},
    definition={"en": "Tickets that were ever reopened, out of all opened in the period.", "zh": "期内提出的全部工单中曾被重开的比例。"},
    numerator=count(ticket.ticket_id, where=_REOPENED),
    denominator=count(ticket.ticket_id),
    subject=_RESOLVER,
    at=ticket.opened_at,
    attribution="now",
    direction="lower",
    unit="share",
    frequency="week",
    dimension="customer service",
    formula={
        "en": "tickets opened in the period with at least one reopening / tickets opened in the period",
        "zh": "期内提出且至少重开过一次的工单数 ÷ 期内提出的工单数",
    },
    caliber={
        "en": "By opening and of all tickets, also those that were never resolved; for whoever resolved the ticket, or its owner today.",
        "zh": "按提出时间，取全部工单，包括从未解决的；归于解决工单的人，否则归于现在的负责人。",
    },
    drives=["service.csat", "service.resolution_time"],
    guards=["service.resolution_rate"],
    gaming={
        "en": "Asking customers to open a new ticket instead; never resolving what might be reopened.",
        "zh": "让客户另开新工单；对可能被重开的工单一直不标为解决。",
    },
    source="Common service practice.",
    either=[(ticket.resolved_by, ticket.owner_id)],
)


def sla_attainment(whose: str = WHOSE) -> Metric:
    """Build the share of tickets that met the service agreement, with whose tickets they are."""
    subject, words = _SUBJECTS[whose]
    people = [(ticket.resolved_by, ticket.owner_id)] if whose == WHOSE else []
    return Proportion(
        name=SLA,
        title={"en": "SLA attainment", "zh": "SLA达成率"},
        definition={
            "en": "Tickets opened in the period and resolved as agreed, out of those with an agreement of which that is known.",
            "zh": "期内提出的工单中按约定解决的比例，只计有约定且结果已知的工单。",
        },
        numerator=count(ticket.ticket_id, where=or_(ticket.is_sla_met.is_(True), _IS_IN_TIME)),
        denominator=count(ticket.ticket_id, where=or_(_HAS_VERDICT, _IS_DECIDED)),
        subject=subject,
        at=ticket.opened_at,
        attribution="now",
        direction="higher",
        unit="share",
        frequency="week",
        dimension="customer service",
        formula={
            "en": "tickets within the agreement / tickets with an agreement that are resolved or overdue",
            "zh": "符合约定的工单数 ÷ 有约定且已解决或已逾期的工单数",
        },
        caliber={
            "en": "What the CRM itself says, or else resolution by the due time. Tickets without an agreement, and open"
            " ones that are not due,"
            f" are in neither part. By opening; for {words}.",
            "zh": "以 CRM 自身的判断为准，没有时看是否在到期前解决。没有约定的工单，以及未到期的未解决工单，"
            "不计入分子和分母。按提出时间；归于解决工单的人，否则归于现在的负责人。",
        },
        drives=["service.csat", "service.nps"],
        guards=["service.reopen_rate", "service.csat"],
        gaming={
            "en": "Resolving at the due time without solving; raising the priority's due time afterwards.",
            "zh": "到期时标为解决而问题仍在；事后推迟到期时间。",
        },
        source="Service level agreements as in ISO/IEC 20000-1.",
        either=[(ticket.is_sla_met, ticket.due_at), (ticket.is_sla_met, ticket.resolved_at), *people],
        parameters={"whose": whose},
    )


def metrics(parameters: Parameters) -> list[Metric]:
    """Return the metrics of this module."""
    settled = number_parameter(parameters, RESOLUTION, "settled_days", SETTLED_DAYS, most=366)
    whose = choice_parameter(parameters, SLA, "whose", WHOSE, _SUBJECTS)
    return [resolution_rate(settled), reopen_rate, reopen_rate_opened, sla_attainment(whose)]
