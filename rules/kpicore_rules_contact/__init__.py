"""Which contacts count: the customer's act decides. Start at `credit` for the definition; `metrics` and `rule` only count by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore import hookimpl
from kpicore_rules_contact.metrics import effective_rate, volume
from kpicore_rules_contact.rule import contact_rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpicore import CreditRule, Metric


@hookimpl
def kpicore_metrics() -> Sequence[Metric]:
    """Offer the volume of contacts and how many of them were effective."""
    return [effective_rate, volume]


@hookimpl
def kpicore_rules() -> Sequence[CreditRule]:
    """Offer the rule by which contacts count."""
    return [contact_rule]
