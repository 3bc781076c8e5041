"""Dimensions of a scorecard: what contradicts itself is refused, with what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kpicore.config.scorecard import check_names
from kpicore.config.structure import structure
from kpicore.errors import ConfigError
from kpicore.model.choice import Choice
from kpicore.model.dimension import Dimension, DimensionScore
from kpicore.model.scorecard import Scorecard

if TYPE_CHECKING:
    from collections.abc import Sequence

BY = {"by": "target", "target": 1.0}


def given(dimensions: Sequence[dict[str, Any]], *of: str | None, **first: Any) -> dict[str, Any]:
    """Return a scorecard as a file gives it: a metric per dimension named, the first one with further keys."""
    metrics = [{"use": f"m{at}", "weight": 1, "normalise": BY, **({"dimension": name} if name else {})} for at, name in enumerate(of)]
    return {"role": "agent", "dimension": list(dimensions), "metric": [{**metrics[0], **first}, *metrics[1:]]}


GROWTH, CARE = {"name": "growth"}, {"name": "care"}


def test_a_dimension_is_read() -> None:
    """With its aggregator and the parameters of that, weight and titles."""
    mean = {"by": "generalised_mean", "power": -2}
    title = {"en": "Growth", "zh": "增长"}

    card = structure(Scorecard, given([{**GROWTH, "aggregate": mean, "weight": 40, "title": title}], "growth"), "a file")

    assert (Dimension("growth", Choice("generalised_mean", {"power": -2}), 40.0, title),) == card.dimensions
    assert ("增长", "Growth", "care") == (
        card.dimensions[0].title_in("zh"),
        card.dimensions[0].title_in("en"),
        Dimension("care").title_in("zh"),
    )


@pytest.mark.parametrize(
    ("card", "says"),
    [
        (given([GROWTH], "growth", "grwth"), "a file: dimension 'grwth' of metric 'm1' is unknown; did you mean 'growth'?"),
        (given([], "growth"), "a file: dimension 'growth' of metric 'm0' is unknown; add a [[dimension]] with name = \"growth\""),
        (
            given([GROWTH], "growth", None),
            "a file: every [[metric]] must name its dimension, as there are dimensions (none for m1); valid are growth",
        ),
        (
            given([GROWTH, CARE], "growth"),
            "a file: dimension 'care' has no metric; give a [[metric]] dimension = \"care\", or remove it",
        ),
        (given([GROWTH, GROWTH], "growth"), "a file: dimension 'growth' is listed 2 times; give each dimension its own name"),
        (
            given([{**GROWTH, "weight": 1}, CARE], "growth", "care"),
            "a file: either every [[dimension]] has a weight or none has (none for care)",
        ),
        (
            given([{**GROWTH, "weight": 0}], "growth"),
            "a file: weights of dimensions must not all be 0; give at least one [[dimension]] a weight above 0",
        ),
        (
            given([{**GROWTH, "weight": 1}, {**CARE, "weight": 1}], "growth", "care", weight=0),
            "a file: dimension 'growth' has a weight, so at least one of its metrics needs one above 0",
        ),
        (
            given([{**GROWTH, "weight": -1}], "growth"),
            "a file, [[dimension]] 1 (growth): weight must be a finite number, 0 or more (got -1.0)",
        ),
        (given([{**GROWTH, "wieght": 1}], "growth"), "a file, [[dimension]] 1 (growth): unknown key 'wieght'; did you mean 'weight'?"),
    ],
)
def test_what_cannot_be_meant_is_refused(card: dict[str, Any], says: str) -> None:
    """The place, what must hold, what came, and what to do."""
    with pytest.raises(ConfigError) as caught:
        structure(Scorecard, card, "a file")

    assert says == str(caught.value)


def test_the_aggregator_of_a_dimension_must_exist() -> None:
    """The nearest name is offered at the dimension's place."""
    card = structure(Scorecard, given([{**GROWTH, "aggregate": "harmonics"}], "growth"), "a file")

    with pytest.raises(ConfigError, match=r"\[\[dimension\]\] 1 \(growth\): aggregator 'harmonics' is unknown; did you mean 'harmonic'"):
        check_names(card, ["m0"], ["target"], ["declared"], ["arithmetic", "harmonic"])


def test_a_score_tells_itself() -> None:
    """As JSON has it."""
    assert {"name": "growth", "score": 80, "weight": 0.4, "points": 31.25} == DimensionScore("growth", 80.0, 0.4, 31.25).to_dict()
