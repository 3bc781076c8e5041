"""The tables whose records are looked at: since when a record is there, and which of its fields are asked for unless a project says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen
from sqlalchemy import or_

from kpicore import choice_parameter, facts, names_parameter, period

if TYPE_CHECKING:
    from sqlalchemy import Column, ColumnElement, Table

    from kpicore import Parameters


@frozen
class Records:
    """The records of one table, as they stand when a period ends."""

    table: Table
    began: str
    """Column of the moment since when the record is there."""
    core: tuple[str, ...]
    """Fields that should be filled."""
    key: tuple[str, ...]
    """Fields without which the record is of little use, and which together tell one record from another."""

    @property
    def id(self) -> Column[Any]:
        """The key column."""
        return next(iter(self.table.primary_key))

    @property
    def owner(self) -> Column[Any]:
        """The column of the person to whom the record belongs."""
        return self.table.c[self.table.info["owner"]]

    @property
    def created(self) -> Column[Any]:
        """The moment since when the record is there."""
        return self.table.c[self.began]

    @property
    def is_there(self) -> ColumnElement[bool]:
        """Whether the record is there when the period ends; one without a date always is."""
        return or_(self.created.is_(None), self.created < period.end)


TABLES = {
    "customer": Records(facts.customer, "created_at", ("name", "phone", "email", "city", "industry"), ("name", "phone")),
    "lead": Records(facts.lead, "created_at", ("source", "industry", "campaign_id", "status"), ("source", "status")),
    "opportunity": Records(
        facts.opportunity, "created_at", ("customer_id", "product_id", "stage", "amount", "expected_close_at"), ("customer_id", "amount")
    ),
    "ticket": Records(facts.ticket, "opened_at", ("customer_id", "category", "priority", "channel"), ("customer_id", "category")),
    "contact": Records(facts.contact, "started_at", ("customer_id", "channel", "outcome"), ("customer_id", "channel")),
}
"""The tables that a project may choose with the parameter `table`."""


def chosen(parameters: Parameters, metric: str) -> Records:
    """Return the table that a project chose for a metric."""
    return TABLES[choice_parameter(parameters, metric, "table", "customer", TABLES)]


def fields(parameters: Parameters, metric: str, key: str, records: Records, default: tuple[str, ...]) -> tuple[str, ...]:
    """Return the fields of the table that a project chose for a metric."""
    return names_parameter(parameters, metric, key, default, records.table.c.keys())
