"""How many contacts were made, and which share of them the customer answered."""

from __future__ import annotations

from sqlalchemy import or_

from kpicore import Count, Proportion, count
from kpicore_rules_contact.credit import IS_EFFECTIVE, IS_OUTBOUND, IS_UNANSWERED, LOOKAHEAD_DAYS, OPTIONAL, WITHIN_HOURS, contact

volume = Count(
    name="contact.volume",
    title={"en": "Contact volume", "zh": "客户联系量"},
    definition="Outbound contacts of the period, each row counted.",
    of=count(contact.contact_id, where=IS_OUTBOUND),
    subject=contact.employee_id,
    at=contact.started_at,
    direction="higher",
    unit="count",
    frequency="day",
    dimension="sales process",
    formula="contacts with direction out",
    caliber="Raw: also typed ones, mailings and repeats. Never without contact.effective_rate beside it.",
    drives=["contact.effective_rate", "sales.opportunities_won"],
    guards=["contact.effective_rate"],
    gaming="Typing in contacts that never were; calling one customer five times a day; mailings.",
    source="kpicore: the number that effective contacts are compared with.",
)

effective_rate = Proportion(
    name="contact.effective_rate",
    title={"en": "Effective contact rate", "zh": "有效沟通率"},
    definition=f"Outbound contacts that a customer's own act followed within {WITHIN_HOURS} hours, out of those that could earn credit.",
    numerator=count(contact.contact_id, where=IS_EFFECTIVE, lookahead_days=LOOKAHEAD_DAYS),
    denominator=count(contact.contact_id, where=or_(IS_EFFECTIVE, IS_UNANSWERED), lookahead_days=LOOKAHEAD_DAYS),
    subject=contact.employee_id,
    at=contact.started_at,
    direction="higher",
    unit="share",
    frequency="week",
    dimension="sales process",
    formula="effective contacts / (effective contacts + contacts without a customer act)",
    caliber=(
        "The customer's act as a system recorded it, never a tick box; one act credits one contact, the latest before it. Mailings, and"
        " further answered contacts with a customer on one day, neither earn nor cost; further unanswered ones cost."
    ),
    drives=["sales.opportunities_won", "value.churn_rate"],
    guards=["contact.volume", "sales.opportunities_won"],
    gaming="Contacting only those who always answer, leaving unanswered contacts out, friends who reply: watch volume and results.",
    source="kpicore: a definition that counts the customer's act instead of the employee's.",
    optional=OPTIONAL,
)
