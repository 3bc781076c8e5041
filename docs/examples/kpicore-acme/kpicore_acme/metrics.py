"""Acme's metrics."""

from __future__ import annotations

from kpicore import ConfigError, Metric, Proportion, count, facts

deal, customer = facts.opportunity.c, facts.customer.c

LARGE_CUSTOMER_SHARE = "acme.large_customer_share"


def large_customer_share(employees: object = 100) -> Metric:
    """Build the share of won deals that are with large customers.

    share = won deals with customers of at least `employees` people / won deals with customers of known size

    Raises:
        ConfigError: employees is not a number above 0.
    """
    if not isinstance(employees, int) or employees <= 0:
        raise ConfigError(f"employees must be a whole number above 0 (got {employees!r})")
    return Proportion(
        name=LARGE_CUSTOMER_SHARE,
        title={"en": "Deals won with large customers", "zh": "大客户赢单占比"},
        definition="Won deals with large customers, out of all won deals with customers whose size is known, by close date.",
        numerator=count(deal.opportunity_id, where=deal.is_won & (customer.employee_count >= employees)),
        denominator=count(deal.opportunity_id, where=deal.is_won & customer.employee_count.is_not(None)),
        subject=deal.owner_id,
        at=deal.closed_at,
        direction="higher",
        unit="share",
        frequency="quarter",
        dimension="sales process",
        formula="deals won with customers of at least so many employees / deals won with customers of known size",
        caliber="By the owner at the close of the deal; deals without a customer, or with one of unknown size, are left out.",
        drives=["sales.revenue_signed"],
        guards=["sales.win_rate"],
        gaming="Leaving the size of small customers blank raises the share; watch the completeness of customer records.",
        source="Acme sales handbook, section 4",
        parameters={"employees": employees},
    )
