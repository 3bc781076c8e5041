"""The canonical facts: source-neutral tables to which every CRM is mapped and on which every metric is defined.

Times are naive UTC; ids are opaque strings; a column that a source cannot fill stays null. Each table's `info` names the
column of its owner and where changes of the owner are recorded; `paths` finds the many-to-one ways between tables.
"""

from __future__ import annotations

from kpicore.facts.columns import metadata
from kpicore.facts.customers import campaign, campaign_member, customer, customer_entity, customer_owner, entity_of, lead
from kpicore.facts.paths import Edge, path, references
from kpicore.facts.people import absence, assignment, employee, record_change, session, target
from kpicore.facts.sales import cost, credit_split, fx_rate, opportunity, opportunity_change, payment, product, sale
from kpicore.facts.service import contact, survey, ticket, ticket_event

__all__ = [
    "Edge",
    "absence",
    "assignment",
    "campaign",
    "campaign_member",
    "contact",
    "cost",
    "credit_split",
    "customer",
    "customer_entity",
    "customer_owner",
    "employee",
    "entity_of",
    "fx_rate",
    "lead",
    "metadata",
    "opportunity",
    "opportunity_change",
    "path",
    "payment",
    "product",
    "record_change",
    "references",
    "sale",
    "session",
    "survey",
    "target",
    "ticket",
    "ticket_event",
]
