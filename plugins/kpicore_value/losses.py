"""How many customers leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, or_

from kpicore import Proportion, count, facts, period

if TYPE_CHECKING:
    from kpicore import Metric

customer = facts.customer.c

_AT_START = and_(customer.started_at < period.start, or_(customer.ended_at.is_(None), customer.ended_at >= period.start))

churn_rate = Proportion(
    name="value.churn_rate",
    title={"en": "Churn rate", "zh": "客户流失率"},
    definition="Customers lost in the period, out of those who were active when it began.",
    numerator=count(customer.customer_id, where=and_(_AT_START, customer.ended_at < period.end), is_state=True),
    denominator=count(customer.customer_id, where=_AT_START, is_state=True),
    subject=customer.owner_id,
    direction="lower",
    unit="share",
    frequency="month",
    dimension="customer value",
    formula="customers active at the start and lost before the end / customers active at the start",
    caliber=(
        "By customers, not revenue; by who looked after them when the period began, so that handing a customer over before it leaves does"
        " not help within the period. Whoever comes and leaves within the period is in neither part."
    ),
    drives=["sales.revenue_signed", "value.annual_spend"],
    guards=["service.nps", "quality.timeliness"],
    gaming="Handing over customers who are about to leave before the period begins; not recording a loss.",
    source="Common practice in subscription business; retention is 1 less this.",
)


def metrics() -> list[Metric]:
    """Return the metrics of this module."""
    return [churn_rate]
