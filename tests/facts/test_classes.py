"""By which columns cases may be told apart."""

from __future__ import annotations

import pytest

from kpicore import facts
from kpicore.errors import ConfigError, PlanError
from kpicore.facts.classes import class_column, refuse_far


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("customer.sise", "'customer.sise' must be a column of the facts; did you mean 'customer.size'?"),
        ("opportunity.product", "'opportunity.product' must be a column of the facts; did you mean 'opportunity.product_id'?"),
        ("xyzzy", "'xyzzy' must be a column of the facts; `kpicore facts` lists the columns"),
        (
            "opportunity.amount",
            "opportunity.amount must be of a kind that makes classes: text, id, flag, integer (got a money); use a column of few values",
        ),
        (
            "customer.customer_id",
            "customer.customer_id must not be the key of its table, or every case would be a class of its own; use a column of few values",
        ),
    ],
)
def test_what_is_no_class_is_refused(name: str, says: str) -> None:
    """The nearest column is offered; an amount, a time or a key would make a class of every case."""
    with pytest.raises(ConfigError) as caught:
        class_column(name)

    assert says == str(caught.value)


def test_a_column_that_rows_lead_to() -> None:
    """A deal leads to its customer and to itself, and a customer to many deals."""
    refuse_far(class_column("customer.size"), [facts.opportunity, facts.customer])

    with pytest.raises(PlanError, match="got opportunity, of which a row can have many"):
        refuse_far(class_column("opportunity.stage"), [facts.opportunity, facts.customer])
