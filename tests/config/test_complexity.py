"""What a scorecard says about complexity is held against the metrics before anything is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kpicore import Proportion, Quantile, count, facts
from kpicore.config.complexity import check_complexity
from kpicore.errors import ConfigError
from kpicore.model.scorecard import Scorecard, ScorecardMetric

if TYPE_CHECKING:
    from collections.abc import Sequence

deal, contact = facts.opportunity.c, facts.contact.c
ABOUT: dict[str, Any] = {"title": {}, "definition": "x.", "subject": deal.owner_id, "at": deal.closed_at}
METRICS = {
    "rate": Proportion(name="rate", **ABOUT, numerator=count(deal.opportunity_id, deal.is_won), denominator=count(deal.opportunity_id)),
    "median": Quantile(name="median", **ABOUT, value=deal.amount),
    "touched": Proportion(
        name="touched",
        **ABOUT,
        numerator=count(contact.contact_id, subject=contact.employee_id, at=contact.started_at),
        denominator=count(deal.opportunity_id),
    ),
}


def card(name: str, by: Sequence[str]) -> Scorecard:
    """Return a scorecard of one metric."""
    metric = ScorecardMetric(name, {"by": "target", "target": 1}, 1, complexity={"by": list(by), "method": "expected"})
    return Scorecard("rep", (metric,))


def test_columns_that_are_reached() -> None:
    """A size of the customer, and a stage of the deal: from a contact through its deal."""
    check_complexity(card("rate", ["customer.size", "opportunity.stage"]), METRICS)
    check_complexity(card("touched", ["opportunity.stage"]), METRICS)


@pytest.mark.parametrize(
    ("name", "by", "says"),
    [
        ("rate", ["customer.sise"], "by: 'customer.sise' must be a column of the facts; did you mean 'customer.size'?"),
        (
            "rate",
            ["contact.channel"],
            (
                "by: a metric on opportunity may only use tables that each of its rows refers to at most once"
                " (got contact, of which a row can have many); define the measure on contact instead"
            ),
        ),
        (
            "median",
            ["customer.size"],
            (
                "'median' cannot be adjusted, because it is not the sum of its parts (a Quantile); what can are"
                " counts, totals, means, proportions, conversions, snapshots, and ratios of counts and sums"
            ),
        ),
        (
            "touched",
            ["product.category"],
            "by: the way from contact to product is ambiguous (through 'opportunity_id' or 'ticket_id'); use a column of contact",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(name: str, by: Sequence[str], says: str) -> None:
    """Each with table and key; of a metric over two facts both must lead to the column."""
    with pytest.raises(ConfigError) as caught:
        check_complexity(card(name, by), METRICS)

    assert f"scorecard 'rep', [[metric]] 1 ({name}): complexity: {says}" == str(caught.value)
