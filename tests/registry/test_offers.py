"""Offers: each is of its type, has a plain name and its texts in both languages, or is not used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kpicore.model.metric import Metric
from kpicore.model.offer import Report

if TYPE_CHECKING:
    from collections.abc import Mapping


@pytest.mark.parametrize(
    "name", ["deals", "Acme.deals", "acme.deals\n", "acme..deals", ".deals", "acme.9deals", "acme.deals'; drop", "", 7, None]
)
def test_a_metric_needs_a_dotted_name(name: Any, metric: Any, offering: Any, alone: Any) -> None:
    """Names go into files, SQL labels and reports, so only plain ones are accepted."""
    loaded = alone(offering("acme", metric(name), metric("acme.good")))

    assert list(loaded.metrics) == ["acme.good"]
    assert "name must be lower-case letters" in loaded.failures[0].why


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"title": {"en": "Deals"}}, "title must say something in en and zh (missing: zh)"),
        ({"title": {"en": " ", "zh": ""}}, "missing: en, zh"),
        ({"title": "Deals"}, "missing: en, zh"),
        ({"definition": " "}, "definition must be a sentence"),
    ],
)
def test_a_metric_needs_its_texts(fields: Mapping[str, Any], why: str, metric: Any, offering: Any, alone: Any, told: Any) -> None:
    """What a user would read must be there, in both languages."""
    ((_, what, reason),) = told(alone(offering("acme", metric("acme.deals", **fields))))

    assert what == "metric 'acme.deals'"
    assert why in reason


@pytest.mark.parametrize(
    ("hook", "offer", "why"),
    [
        ("kpicore_metrics", "acme.deals", "each offer must be of type Metric (got a value of type str)"),
        ("kpicore_metrics", Metric, "each offer must be of type Metric (got a value of type type)"),
        ("kpicore_reports", Report("acme.pdf", {"en": "a", "zh": "b"}, lambda a, b: f"{a}{b}"), "name must be lower-case letters"),
        ("kpicore_reports", Report("pdf", {"en": "a", "zh": "b"}, None), "render must be a function (got None)"),  # type: ignore[arg-type]
    ],
)
def test_an_offer_of_another_kind_is_refused(hook: str, offer: object, why: str, plugin: Any, alone: Any, told: Any) -> None:
    """Type, name and functions of each offer are checked before it is used."""
    ((who, _, reason),) = told(alone(plugin("acme", **{hook: lambda: [offer]})))

    assert who == "acme"
    assert why in reason
