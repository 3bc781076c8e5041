"""Metrics of every kind with every option, on which engines and oracle must agree."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import and_, case, func, not_, or_

from kpicore import (
    Conversion,
    Count,
    Custom,
    Derived,
    Growth,
    Mean,
    Measure,
    Proportion,
    Quantile,
    Ratio,
    Snapshot,
    Total,
    count,
    days_between,
    distinct,
    facts,
    filled,
    groups,
    hours_between,
    local_day,
    maximum,
    minimum,
    period,
    quantile,
    total,
)  # fmt: skip

if TYPE_CHECKING:
    from kpicore import Metric

deal, sale, contact, ticket = facts.opportunity.c, facts.sale.c, facts.contact.c, facts.ticket.c
lead, customer, product = facts.lead.c, facts.customer.c, facts.product.c

DEAL: dict[str, Any] = {"subject": deal.owner_id, "at": deal.closed_at}
CREATED: dict[str, Any] = {"subject": deal.owner_id, "at": deal.created_at}
SALE: dict[str, Any] = {"subject": sale.employee_id, "at": sale.signed_at}
TOUCH: dict[str, Any] = {"subject": contact.employee_id, "at": contact.started_at}
TICKET: dict[str, Any] = {"subject": ticket.owner_id, "at": ticket.opened_at}
BASE: dict[str, Any] = {"subject": customer.owner_id}


def _text(name: str) -> dict[str, Any]:
    return {"name": name, "title": {"en": name, "zh": name}, "definition": name}


def counts(prefix: str, options: dict[str, Any], key: Any, filters: dict[str, Any]) -> list[Metric]:
    """Return one count per filter."""
    return [Count(**_text(f"{prefix}.{name}"), **options, of=count(key, where)) for name, where in filters.items()]


DEAL_FILTERS = {
    "all": None,
    "won": deal.is_won,
    "not_won": not_(deal.is_won),
    "won_or_unknown": or_(deal.is_won, deal.is_won.is_(None)),
    "is_true": deal.is_won.is_(True),
    "is_not_true": deal.is_won.is_not(True),
    "stage": deal.stage == "open",
    "not_stage": deal.stage != "open",
    "stages": deal.stage.in_(["open", "won"]),
    "no_stages": deal.stage.not_in(["open", "won"]),
    "not_stages": not_(deal.stage.in_(["open", "lost"])),
    "no_stage": deal.stage.is_(None),
    "tied": deal.amount >= 100,
    "over": deal.amount > 100,
    "not_over": not_(deal.amount > 100),
    "exactly": deal.amount == 100,
    "differs": deal.amount != 100,
    "big_or_lost": or_(deal.amount > 1000, and_(deal.stage == "lost", not_(deal.is_won))),
    "nested": and_(or_(deal.is_won, deal.amount < 500), or_(deal.stage == "open", not_(or_(deal.is_closed, deal.amount <= 0)))),
    "columns": deal.amount > deal.list_amount,
    "since": deal.created_at >= datetime(2017, 3, 1),
    "between": deal.created_at.between(datetime(2017, 3, 1), datetime(2017, 9, 1)),
    "late": deal.created_at > deal.closed_at,
    "dimension": customer.size == "large",
    "dimensions": and_(customer.industry == "bank", product.category != "tool"),
    "no_dimension": customer.size.is_(None),
    "flags": deal.is_won == deal.is_closed,
}
CONTACT_FILTERS = {
    "calls": contact.channel == "call",
    "typed": not_(or_(contact.is_automatic, contact.is_connected)),
    "long": contact.duration_s >= 60,
    "not_a_minute": contact.duration_s != 60,
    "short": not_(contact.duration_s >= 60),
    "outward": and_(contact.direction == "out", contact.is_connected),
    "large": customer.size.in_(["large", "Large"]),
    "wordy": or_(contact.text_length > 100, contact.duration_s > 30),
}

signed = case((sale.reverses_id.is_not(None), -func.abs(sale.amount)), else_=sale.amount)
before = func.lag(contact.started_at).over(partition_by=contact.customer_id, order_by=[contact.started_at, contact.contact_id])
rank = func.row_number().over(partition_by=[contact.employee_id, contact.channel], order_by=[contact.started_at, contact.contact_id])
nth = func.row_number().over(
    partition_by=[contact.employee_id, local_day(contact.started_at)], order_by=[contact.started_at, contact.contact_id]
)
after = func.lag(nth).over(partition_by=contact.employee_id, order_by=[contact.started_at, contact.contact_id])

METRICS: list[Metric] = [
    *counts("deal", DEAL, deal.opportunity_id, DEAL_FILTERS),
    *counts("touch", TOUCH, contact.contact_id, CONTACT_FILTERS),
    Count(**_text("deal.recorded"), subject=deal.recorded_by, at=deal.created_at, of=count(deal.opportunity_id)),
    Count(**_text("deal.now"), **DEAL, of=count(deal.amount, deal.is_won), attribution="now"),
    Count(**_text("deal.customers"), **DEAL, of=distinct(deal.customer_id)),
    Count(**_text("deal.big_customers"), **DEAL, of=distinct(deal.customer_id, deal.amount > 500)),
    Count(**_text("deal.stages"), **DEAL, of=distinct(deal.stage)),
    Total(**_text("deal.amount"), **DEAL, value=deal.amount),
    Total(**_text("deal.won_amount"), **DEAL, value=deal.amount, where=deal.is_won),
    Total(**_text("deal.won_amount_now"), **DEAL, value=deal.amount, where=deal.is_won, attribution="now"),
    Mean(**_text("deal.mean"), **DEAL, value=deal.amount, where=deal.is_won),
    Mean(**_text("deal.discount"), **DEAL, value=deal.amount / deal.list_amount, where=deal.list_amount > 0),
    Mean(**_text("deal.cycle"), **DEAL, value=days_between(deal.created_at, deal.closed_at), where=deal.is_won),
    Proportion(
        **_text("deal.win_rate"),
        **DEAL,
        numerator=count(deal.opportunity_id, deal.is_won),
        denominator=count(deal.opportunity_id, deal.is_closed),
    ),
    Proportion(
        **_text("deal.win_rate_created"),
        **CREATED,
        numerator=count(deal.opportunity_id, deal.is_won),
        denominator=count(deal.opportunity_id),
    ),
    Ratio(
        **_text("deal.per_sale"),
        **DEAL,
        numerator=total(deal.amount),
        denominator=count(sale.sale_id, at=sale.signed_at, subject=sale.employee_id),
    ),
    Ratio(**_text("deal.realised"), **DEAL, numerator=total(deal.amount, deal.is_won), denominator=total(deal.list_amount), scale=100.0),
    Ratio(**_text("deal.per_won"), **DEAL, numerator=total(deal.amount), denominator=count(deal.amount, deal.is_won)),
    Ratio(**_text("deal.per_hundred"), **DEAL, numerator=count(deal.amount), denominator=total(deal.list_amount, deal.is_closed)),
    Ratio(**_text("deal.lost_per_won"), **DEAL, numerator=count(deal.lost_reason), denominator=count(deal.opportunity_id, deal.is_won)),
    Ratio(
        **_text("customer.won_amount"),
        **DEAL,
        numerator=total(deal.amount, deal.is_won),
        denominator=count(customer.customer_id, customer.started_at < period.start, subject=customer.owner_id, is_state=True),
    ),
    Quantile(**_text("deal.median"), **DEAL, value=deal.amount),
    Quantile(**_text("deal.p90"), **DEAL, value=deal.amount, q=0.9, where=deal.is_won),
    Growth(**_text("deal.growth"), of=Total(**_text("x"), **DEAL, value=deal.amount, where=deal.is_won)),
    Custom(
        **_text("deal.range"),
        **DEAL,
        of={"low": minimum(deal.amount), "high": maximum(deal.amount, deal.is_won)},
        compute=lambda low, high: high - low,
    ),
    Total(**_text("sale.amount"), **SALE, value=signed),
    Total(**_text("sale.online"), **SALE, value=signed, where=sale.channel == "online"),
    Total(**_text("sale.units"), **SALE, value=sale.quantity * 2 + 1),
    Mean(**_text("sale.mean"), **SALE, value=sale.amount, where=sale.reverses_id.is_(None)),
    Quantile(**_text("sale.first_quartile"), **SALE, value=signed, q=0.25),
    Growth(**_text("sale.growth"), of=Total(**_text("x"), **SALE, value=signed), against="year_ago"),
    Count(**_text("sale.days"), **SALE, of=distinct(local_day(sale.signed_at))),
    Count(**_text("sale.repeat"), **SALE, of=groups(sale.customer_id, having=func.count(local_day(sale.signed_at).distinct()) >= 2)),
    Custom(
        **_text("sale.spend"),
        **SALE,
        of={
            "money": Measure(function="sum", value=func.sum(sale.amount), per=(sale.customer_id,), where=func.count() >= 2),
            "buyers": groups(sale.customer_id),
        },
        compute=lambda money, buyers: money / np.maximum(buyers, 1.0),
        evidence="buyers",
    ),
    Mean(**_text("ticket.hours"), **TICKET, value=hours_between(ticket.opened_at, ticket.resolved_at)),
    Quantile(
        **_text("ticket.response"),
        **TICKET,
        value=hours_between(ticket.opened_at, ticket.first_response_at),
        where=ticket.priority == "high",
    ),
    Count(**_text("ticket.resolved"), subject=ticket.resolved_by, at=ticket.resolved_at, of=count(ticket.ticket_id)),
    Mean(**_text("ticket.reopened"), **TICKET, value=case((ticket.reopen_count > 0, 1), else_=0)),
    Proportion(
        **_text("ticket.fast"),
        **TICKET,
        numerator=count(ticket.ticket_id, hours_between(ticket.opened_at, ticket.first_response_at) <= 24),
        denominator=count(ticket.ticket_id),
    ),
    Conversion(
        **_text("lead.conversion"),
        subject=lead.owner_id,
        at=lead.created_at,
        key=lead.lead_id,
        converted_at=lead.converted_at,
        within_days=30,
    ),
    Conversion(
        **_text("lead.open_end"),
        subject=lead.owner_id,
        at=lead.created_at,
        key=lead.lead_id,
        converted_at=lead.converted_at,
        where=lead.source == "web",
        converted=lead.customer_id.is_not(None),
    ),
    Snapshot(**_text("customer.balance"), **BASE, began_at=customer.started_at, ended_at=customer.ended_at),
    Snapshot(
        **_text("customer.recurring"),
        **BASE,
        began_at=customer.started_at,
        ended_at=customer.ended_at,
        value=customer.recurring_amount,
        where=customer.size == "large",
    ),
    Proportion(
        **_text("customer.churn"),
        **BASE,
        numerator=count(
            customer.customer_id,
            and_(customer.started_at < period.start, customer.ended_at >= period.start, customer.ended_at < period.end),
            is_state=True,
        ),
        denominator=count(
            customer.customer_id,
            and_(customer.started_at < period.start, or_(customer.ended_at.is_(None), customer.ended_at >= period.start)),
            is_state=True,
        ),
    ),
    Count(**_text("customer.named"), **BASE, at=customer.created_at, of=count(customer.customer_id, filled(customer.name))),
    Count(**_text("deal.fresh"), **DEAL, of=count(deal.opportunity_id, deal.created_at >= period.start)),
    Count(
        **_text("touch.spaced"), **TOUCH, of=count(contact.contact_id, hours_between(before, contact.started_at) >= 48, lookahead_days=30)
    ),
    Count(**_text("touch.first"), **TOUCH, of=count(contact.contact_id, and_(rank <= 2, contact.direction == "out"))),
    Total(**_text("deal.days"), **DEAL, value=local_day(deal.closed_at) - local_day(deal.created_at)),
    Count(**_text("touch.nested"), **TOUCH, of=count(contact.contact_id, after > 1, lookahead_days=2)),
    Mean(**_text("touch.pace"), **TOUCH, value=contact.duration_s / contact.text_length, where=contact.text_length > 0),
    Mean(**_text("ticket.quotient"), **TICKET, value=ticket.reopen_count / (ticket.reopen_count + 2)),
    Count(
        **_text("ticket.solved"),
        subject=func.coalesce(ticket.resolved_by, ticket.owner_id),
        at=ticket.opened_at,
        of=count(ticket.ticket_id),
    ),
    Total(**_text("customer.age"), **DEAL, value=local_day(deal.closed_at) - local_day(customer.created_at)),
    Derived(**_text("both"), of={"a": "deal.won", "b": "deal.mean"}, compute=lambda a, b: a * b),
    Custom(
        **_text("deal.spread"),
        **DEAL,
        of={"low": quantile(deal.amount, 0.1), "high": quantile(deal.amount, 0.9)},
        compute=lambda low, high: high - low,
    ),
]
BY_NAME = {metric.name: metric for metric in METRICS}
