"""The mix of cases counted by hand: classes, shares, owners then, what is shared between statements, and what is refused."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from catalogue import BY_NAME, DEAL, deal

from kpicore import Count, Proportion, count
from kpicore.errors import MetricError, ScorecardError
from kpicore.model.period import parse
from kpicore.query.database import open_facts
from kpicore.query.mix import MAX_CLASSES, Mixes, class_plans, measure_mixes
from kpicore.query.run import Request
from kpicore.testing import facts_from

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kpicore import Metric
    from kpicore.model.casemix import CaseMix

Rows = dict[str, list[dict[str, Any]]]
DAY, EARLIER = datetime(2017, 5, 5), datetime(2017, 2, 2)
ABOUT: dict[str, Any] = {"title": {"en": "m", "zh": "m"}, "definition": "m"}
won = Proportion(
    name="won",
    **ABOUT,
    **DEAL,
    numerator=count(deal.opportunity_id, deal.is_won),
    denominator=count(deal.opportunity_id, deal.is_closed),
)
closed = Count(name="closed", **ABOUT, **DEAL, of=count(deal.opportunity_id, deal.is_closed))


def rows() -> Rows:
    """Return six deals: of a large customer, of one without a size, of none; one of them of the quarter before."""
    deals = [
        ("ann", "c1", True, DAY), ("ann", "c2", False, DAY), ("ann", None, True, DAY),
        ("bob", "c1", True, DAY), ("bob", "c1", False, EARLIER), ("eve", "c2", True, DAY),
    ]  # fmt: skip
    return {
        "employee": [{"employee_id": each, "name": each, "kind": "person"} for each in ("ann", "bob", "eve")],
        "customer": [{"customer_id": "c1", "size": "large"}, {"customer_id": "c2", "size": None}],
        "opportunity": [
            {"opportunity_id": f"o{at}", "owner_id": who, "customer_id": customer, "is_won": is_won, "is_closed": True, "closed_at": day}
            for at, (who, customer, is_won, day) in enumerate(deals)
        ],
    }


def mixes(given: Rows, by: Mapping[str, Sequence[str]], subjects: Sequence[str] = ("bob", "ann"), metrics: Sequence[Metric] = ()) -> Mixes:
    """Measure mixes of the second quarter of 2017."""
    known = {**BY_NAME, **{each.name: each for each in (won, closed, *metrics)}}
    engine = facts_from(given)
    with open_facts(engine) as database:
        found = measure_mixes(database, Request(known, tuple(by), (parse("2017-Q2"),)), by, subjects)
    engine.dispose()
    return found


def mix(given: Rows, columns: Sequence[str], metric: Metric = won, **options: Any) -> CaseMix:
    """Measure the mix of one metric."""
    return mixes(given, {metric.name: columns}, metrics=[metric], **options).found[metric.name]


def test_a_proportion_by_size() -> None:
    """Without a size and without a customer are one class, unknown; the rows are in the order of the subjects asked for."""
    found = mix(rows(), ["customer.size"])

    assert ("share", ("customer.size",), (("large",), (None,))) == (found.kind, found.columns, found.classes)
    assert [[1, 0], [1, 1]] == found.amount.tolist()
    assert [[1, 0], [1, 2]] == found.exposure.tolist()
    assert found.before is not None
    assert [[1, 0], [0, 0]] == found.before.tolist()


def test_a_class_of_the_period_before_alone() -> None:
    """Bob's lost deal of the first quarter is of a product that nobody sold in the second, so its class is there, empty now."""
    given = rows()
    for at, row in enumerate(given["opportunity"]):
        row["product_id"] = "old" if at == 4 else "new"

    found = mix(given, ["opportunity.product_id"])

    assert (("new",), ("old",)) == found.classes
    assert found.before is not None
    assert [[1, 0], [3, 0]] == found.exposure.tolist()
    assert [[0, 1], [0, 0]] == found.before.tolist()


def test_shared_credit_goes_to_the_class_of_the_deal() -> None:
    """A quarter of Ann's won deal with the large customer is Bob's: so is a quarter of the case."""
    given = rows()
    shares = [("ann", 0.75), ("bob", 0.25)]
    given["credit_split"] = [
        {"split_id": who, "record_table": "opportunity", "record_id": "o0", "employee_id": who, "share": share} for who, share in shares
    ]

    found = mix(given, ["customer.size"])

    assert [[1.25, 0], [0.75, 1]] == found.amount.tolist()


def test_the_owner_is_the_one_then() -> None:
    """A deal that changed hands after it was closed stays with Bob, in the class of its customer."""
    given = rows()
    change = {"change_id": "1", "opportunity_id": "o0", "field": "owner_id", "old_value": "bob", "changed_at": datetime(2017, 6, 1)}
    given["opportunity_change"] = [change]

    found = mix(given, ["customer.size"])

    assert [[2, 0], [0, 1]] == found.amount.tolist()


def test_a_flag_and_two_columns() -> None:
    """True and false are the texts 'true' and 'false'; of two columns the combinations that occur are classes."""
    found = mix(rows(), ["opportunity.is_won", "customer.size"], closed)

    assert (("false", "large"), ("false", None), ("true", "large"), ("true", None)) == found.classes
    assert [[0, 0, 1, 0], [0, 1, 1, 1]] == found.amount.tolist()


def test_texts_are_kept_as_they_are() -> None:
    """Blanks, case, separators and control characters do not make two classes one."""
    given = rows()
    sizes = ["a", "A", " a", "a\x1f", "", "a\x1fb"]
    given["customer"] = [{"customer_id": f"k{at}", "size": size} for at, size in enumerate(sizes)]
    for at, row in enumerate(given["opportunity"]):
        row |= {"customer_id": f"k{at}", "owner_id": "ann", "closed_at": DAY}

    assert set(sizes) == {one for (one,) in mix(given, ["customer.size"]).classes}


def test_nobody_has_any_case() -> None:
    """A period without facts has no classes."""
    given = {**rows(), "opportunity": rows()["opportunity"][5:]}

    found = mix(given, ["customer.size"])

    assert ((), (2, 0)) == (found.classes, found.amount.shape)


def test_metrics_with_the_same_columns_share_a_statement() -> None:
    """Two metrics of one fact by size are one statement, by another column one more."""
    assert 1 == mixes(rows(), {"won": ["customer.size"], "closed": ["customer.size"]}).statements
    assert 2 == mixes(rows(), {"won": ["customer.size"], "closed": ["opportunity.is_won"]}).statements


def test_window_expressions_are_asked_for_apart() -> None:
    """They see the rows of all windows, so the period before has a statement of its own."""
    request = Request(BY_NAME, ("touch.first",), (parse("2017-Q2"),))
    engine = facts_from({"contact": [{"contact_id": "1", "employee_id": "ann", "started_at": DAY, "channel": "call", "direction": "out"}]})
    with open_facts(engine) as database:
        (planned,) = class_plans(database, request, {"touch.first": ["contact.channel"]})
    engine.dispose()

    assert [1, 1] == [len(each.scope.windows.periods) for each in planned.asked]


def test_what_the_source_lacks_is_named() -> None:
    """Neither the size nor the way to the product is filled; the metric has no mix, and the others have theirs."""
    given = rows()
    for customer in given["customer"]:
        del customer["size"]

    found = mixes(given, {"won": ["customer.size", "product.category"], "closed": ["opportunity.is_won"]})

    assert ["closed"] == list(found.found)
    says = "its complexity needs customer.size, opportunity.product_id, product.category, which the source does not fill"
    assert {"won": says} == found.why


def test_too_many_classes_are_refused() -> None:
    """A class for nearly every case says nothing about how hard it is."""
    given = rows()
    given["opportunity"] = [
        {**given["opportunity"][0], "opportunity_id": f"o{at}", "stage": f"s{at % 201}", "source": "web"} for at in range(300)
    ]

    with pytest.raises(ScorecardError) as caught:
        mix(given, ["opportunity.source", "opportunity.stage"])

    assert MAX_CLASSES == 200
    assert str(caught.value) == (
        "complexity of 'won' must make at most 200 classes of cases (got 201; opportunity.stage alone has 201 values);"
        " use a coarser column in the place of opportunity.stage, such as a category or segment"
    )


def test_a_metric_that_is_not_the_sum_of_its_parts() -> None:
    """The different customers of two classes may be the same."""
    with pytest.raises(
        MetricError, match=r"'deal.customers' cannot be measured by classes: it is not the sum of its parts \(got a Count\)"
    ):
        mixes(rows(), {"deal.customers": ["customer.size"]})


def test_the_order_of_rows_does_not_matter() -> None:
    """The same facts in another order give the same classes, numbers and digest."""
    given = rows()
    turned = {name: list(reversed(each)) for name, each in given.items()}

    one, two = (mixes(each, {"won": ["customer.size"]}) for each in (given, turned))

    assert one.digests == two.digests
    assert np.array_equal(one.found["won"].amount, two.found["won"].amount)
