"""Kinds of metric."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kpicore import Count, Mean, Proportion, Quantile, Ratio, Total, count, distinct, facts, total

if TYPE_CHECKING:
    from kpicore import Measure, Metric
    from kpicore.model.metric import Shift

sale = facts.sale.c
ABOUT: dict[str, Any] = {"name": "x.y", "title": {}, "definition": "x.", "subject": sale.employee_id, "at": sale.signed_at}


class Twos:
    """Every measure is 2."""

    active = np.ones((1, 1), dtype=bool)

    def measure(self, measure: Measure, shift: Shift = "") -> np.ndarray:
        """Return 2."""
        del measure, shift
        return np.full((1, 1), 2.0)

    def groups(self, measures: Any, shift: Shift = "") -> Any:
        """Know no groups."""
        raise KeyError(measures, shift)

    def metric(self, name: str, shift: Shift = "") -> Any:
        """Know no other metric."""
        raise KeyError(name, shift)

    def days(self, shift: Shift = "") -> np.ndarray:
        """Return a day."""
        del shift
        return np.ones(1)


ASKED = total(facts.target.c.value, subject=facts.target.c.employee_id, is_state=True)


@pytest.mark.parametrize(
    ("metric", "family"),
    [
        (Count(**ABOUT, of=count(sale.sale_id)), "poisson"),
        (Total(**ABOUT, value=sale.amount), "compound"),
        (Mean(**ABOUT, value=sale.amount), "gaussian"),
        (Proportion(**ABOUT, numerator=count(sale.sale_id), denominator=count(sale.sale_id)), "binomial"),
        (Quantile(**ABOUT, value=sale.amount), None),
        (Ratio(**ABOUT, numerator=total(sale.amount), denominator=count(sale.sale_id)), None),
        (Ratio(**ABOUT, numerator=total(sale.amount), denominator=ASKED, evidence=count(sale.sale_id)), "compound"),
    ],
    ids=lambda part: type(part).__name__,
)
def test_each_kind_says_how_it_varies(metric: Metric, family: str | None) -> None:
    """Shares are binomial, counts poisson, means gaussian, a sum over a target compound; of other ratios nothing is said."""
    assert family == metric.cells(Twos()).family


AT_START: dict[str, Any] = {"subject": facts.customer.c.owner_id, "is_state": True}


@pytest.mark.parametrize(
    ("over", "under", "extra"),
    [
        (total(sale.amount), total(sale.list_amount), 3),
        (count(sale.sale_id), count(facts.customer.c.customer_id, **AT_START), 0),
        (total(sale.amount), count(facts.customer.c.customer_id, **AT_START), 1),
        (total(sale.amount), distinct(sale.customer_id), None),
        (total(sale.amount), total(sale.list_amount, at=sale.recorded_at), None),
        (total(sale.amount), count(facts.opportunity.c.opportunity_id, subject=facts.opportunity.c.owner_id), None),
        (distinct(sale.customer_id), count(sale.sale_id), None),
    ],
    ids=["same rows", "count over state", "sum over state", "distinct below", "other time", "other fact", "distinct above"],
)
def test_a_ratio_has_a_variance_where_it_is_known(over: Measure, under: Measure, extra: int | None) -> None:
    """It asks for the sums that its variance needs, and says nothing of parts that may move together."""
    metric = Ratio(**ABOUT, numerator=over, denominator=under)

    assert 2 + (extra or 0) == len({part.key for part in metric.measures()})
    assert (extra is not None) == bool(np.isfinite(metric.cells(Twos()).variance).all())
