"""Which contacts count: the customer's act decides. Start at `credit` for the definition; metrics and rule only count by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore import hookimpl
from kpicore_rules_contact.coverage import coverage
from kpicore_rules_contact.credit import credit
from kpicore_rules_contact.metrics import effective_rate, touches_per_response, volume
from kpicore_rules_contact.rule import contact_rule
from kpicore_rules_contact.terms import terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpicore import CreditRule, Metric, Parameters


@hookimpl
def kpicore_metrics(parameters: Parameters) -> Sequence[Metric]:
    """Offer the credit of contacts, the effective rate, the portfolio's coverage, and the price of a response."""
    definition = credit(terms(parameters))
    return [build(definition) for build in (volume, effective_rate, coverage, touches_per_response)]


@hookimpl
def kpicore_rules(parameters: Parameters) -> Sequence[CreditRule]:
    """Offer the rule by which contacts count."""
    return [contact_rule(credit(terms(parameters)))]
