"""The weights review of a scoring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kpicore import textbook
from kpicore.scorecard import WeightsReview, review, score
from tests.scorecard.cases import OFFERS, card, matrix, to_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpicore.model.offer import Weighting
    from kpicore.model.scorecard import ScorecardMetric


def reviewed(values: dict[str, Any], *metrics: ScorecardMetric, weightings: Sequence[Weighting] = (), **given: Any) -> WeightsReview:
    """Score and review; higher is better."""
    scored = score(matrix(values), card(*metrics, **given), OFFERS, dict.fromkeys(values, "higher"))
    return review(scored, weightings)


def flags(found: WeightsReview) -> list[tuple[str, ...]]:
    """Return flags and whom they concern."""
    return [(finding.flag, *finding.metrics) for finding in found.findings]


def test_shares_of_independent_metrics() -> None:
    """0 0 1 1 and 0 1 0 1, weights 3 to 1: the first decides nine tenths."""
    found = reviewed({"x": [0.0, 0, 100, 100], "y": [0.0, 100, 0, 100]}, to_target("x", 3), to_target("y", 1))

    first, second = found.metrics
    assert (4, "x", 0.75) == (found.people, first.metric, first.nominal)
    assert pytest.approx((0.9, 0.1)) == (first.share, second.share)
    assert pytest.approx((0.9**0.5, 0.9)) == (first.r, first.r2)
    assert first.ratio is None
    assert [("too_little", "y"), ("dominates", "x")] == sorted(flags(found), reverse=True)
    assert found.gap is not None
    assert ("x", 0.15) == (found.gap[0], round(found.gap[1], 9))


def test_each_flag() -> None:
    """Two that say the same, one that runs against them, one on which nobody differs, one that counts nothing."""
    up = [10.0, 30, 50, 70, 90]
    values = {"a": up, "b": [11.0, 29, 50, 71, 89], "c": up[::-1], "d": [50.0] * 5, "e": up}
    found = reviewed(values, to_target("a", 40), to_target("b", 40), to_target("c", 10), to_target("d", 10), to_target("e", 0))

    assert [
        ("dominates", "a"),
        ("works_against", "c"),
        ("no_difference", "d"),
        ("counted_twice", "a", "b"),
    ] == [flag for flag in flags(found) if flag != ("dominates", "b")]
    assert 0.0 == found.metrics[4].share


def test_shares_sum_to_one_with_gaps_under_any_aggregation() -> None:
    """A missing metric gives no points; who is not scored does not enter."""
    rng = np.random.default_rng(1)
    values: dict[str, Any] = {name: [None if rng.random() < 0.2 else float(cell) for cell in rng.uniform(1, 99, 40)] for name in "xyz"}
    metrics = [to_target("x", 3), to_target("y", 2), to_target("z", 1)]

    for aggregate in ("arithmetic", "geometric"):
        found = reviewed(values, *metrics, aggregate=aggregate, minimum_coverage=0.6)
        assert pytest.approx(1.0) == sum(metric.share or 0.0 for metric in found.metrics)
        assert found.people < 40


@pytest.mark.parametrize("values", [{"x": [50.0, 50, 50]}, {"x": [50.0, None]}, {"x": [None, None]}])
def test_without_differences_nothing_is_known(values: dict[str, Any]) -> None:
    """All alike, one, or nobody scored: no shares, no findings, no advice, and a reason for each."""
    found = reviewed(values, to_target("x", 1), weightings=textbook.weightings())

    assert (None, None, None) == (found.metrics[0].share, found.metrics[0].r, found.metrics[0].ratio)
    assert ((), None) == (found.findings, found.gap)
    assert all(each.weights is None and "subjects differ" in each.why for each in found.advice)


def test_only_advice_is_asked() -> None:
    """Against the nominal weights, whatever weighting they come from."""
    values = {"x": [10.0, 20, 90], "y": [40.0, 20, 60]}

    found = reviewed(values, to_target("x", 9), to_target("y", 1), weighting="equal", weightings=textbook.weightings())

    assert ["entropy", "critic", "pca", "variance", "optimised"] == [each.weighting for each in found.advice]
    assert [0.5, 0.5] == [metric.nominal for metric in found.metrics]
    sd = np.std([values["x"], values["y"]], axis=1)
    assert found.advice[-1].weights is None
    assert f"allow a move of {np.ceil(1000 * (sd[0] / sd.sum() - 0.5)) / 1000:g}" in found.advice[-1].why


def test_parameters_are_passed_on() -> None:
    """With room to move, the declared importance is reached."""
    scored = score(
        matrix({"x": [10.0, 20, 90], "y": [40.0, 20, 60]}),
        card(to_target("x", 1), to_target("y", 1)),
        OFFERS,
        {"x": "higher", "y": "higher"},
    )

    found = review(scored, textbook.weightings(), {"optimised": textbook.Optimised(maximum_move=1.0)})

    sd = np.std([[10, 20, 90], [40, 20, 60]], axis=1)
    assert pytest.approx((sd[1] / sd.sum(), sd[0] / sd.sum())) == found.advice[-1].weights
