"""What an explanation says of figures of few observations."""

from __future__ import annotations

from typing import Any

import pytest
from organisation import bench_registry, organisation, scorecard

from kpicore.model.period import parse
from kpicore.model.scorecard import ScorecardMetric
from kpicore.model.small import DeclaredPrior, SmallSamples
from kpicore.pipeline import run, set_up
from kpicore.query.database import open_facts
from kpicore.report import explain
from kpicore.report.view import View


def explained(locale: str = "en", **asked: Any) -> tuple[str, dict[str, Any]]:
    """Explain Ann's score as text and as data; she won three of four."""
    prior = DeclaredPrior(mean=0.5, deviation=0.1)
    won = ScorecardMetric("bench.won", {"by": "target", "floor": 0.0, "target": 400.0}, 40)
    rate = ScorecardMetric("bench.win_rate", {"by": "target", "floor": 0.0, "target": 1.0}, 60, shrink="peers", prior=prior)
    card = scorecard(metrics=(rate, won), gates=(), minimum_coverage=0.3, small_samples=SmallSamples(**asked))
    with open_facts(organisation()) as facts:
        view = View(run(facts, card, parse("2024-02"), set_up(registry=bench_registry())), locale)
    return explain.explanation(view, view.person("ann")), explain.to_dict(view, view.person("ann"))


def test_a_shrunk_figure_is_told_with_its_interval() -> None:
    """Raw, shrunk, n, interval and reliability, in words and as data: (3 + 12) / (4 + 24) with the prior Beta(12, 12)."""
    text, content = explained()

    assert "75.0 % → 53.6 % " in text
    assert (
        "Win rate is 75.0 % (n = 4), drawn towards what was declared to 53.6 % as chance may have moved it (the true value lies from 35.3 %"
        in text
    )
    assert "with a probability of 95 %; reliability 0.14); that is 0.536 on the way from worst (0) to best (1)" in text
    one = content["metrics"][0]
    assert pytest.approx((0.75, 15 / 28, 4 / 28, 4)) == (one["value"], one["shrunk"], one["reliability"], one["n"])


def test_too_little_data_is_told() -> None:
    """Neither zero nor missing, with the figures behind it, in both languages."""
    text, content = explained(minimum_n=5)

    told = (
        "Win rate is 75.0 %, which is not scored, and counts neither as zero nor as missing (not enough data: 4 of at least 5 observations)"
    )
    assert told in text
    assert (False, None, None) == tuple(content["metrics"][0][key] for key in ("enough_data", "normalised", "points"))
    assert "数据不足,不计分,也不视为零或缺失" in explained("zh", minimum_n=5)[0]
    assert "因样本有限向设定的先验收缩为 53.6 %" in explained("zh")[0]
