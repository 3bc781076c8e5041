"""Rules about the scorecard alone: more cases that fire, and honest look-alikes that must not."""

from __future__ import annotations

import pytest
from linted import card_of, draft_of

from kpicore.lint.design import unguarded_volume
from kpicore.lint.run import look

TARGET = 'normalise = { by = "target", floor = 0.2, target = 0.5 }'
LOWER = 'normalise = { by = "target", floor = 90, target = 40 }'
PERCENTILE = 'normalise = { by = "peers", method = "percentile" }'
MIN_MAX = 'normalise = { by = "min_max" }'
GATE = '[[gate]]\nuse = "{}"\nbelow = {}\nthen = {{ cap = 60, reason = "So it was agreed." }}\n'


def metric(name: str, weight: float, normalise: str = TARGET) -> str:
    """Write a metric of a scorecard."""
    return f'[[metric]]\nuse = "{name}"\nweight = {weight}\n{normalise}\n'


def several(count: int, weight: float = 10) -> str:
    """Write so many metrics, of ascending weight."""
    names = ["sales.win_rate", "contact.effective_rate", "quality.completeness", "service.csat", "service.sla_attainment"]
    names += ["value.repurchase_rate", "quality.timeliness", "service.resolution_rate", "sales.quota_attainment"]
    return "".join(metric(name, weight + at) for at, name in enumerate(names[:count]))


VOLUME = metric("sales.deals_won", 60)
OTHER = metric("quality.completeness", 40)

FIRES = [
    ("SC001", several(4)),
    ("SC001", several(9)),
    ("SC001", several(4) + metric("sales.quota_attainment", 0)),
    ("SC002", 'weighting = "equal"\n' + metric("sales.win_rate", 90) + OTHER),
    ("SC002", metric("sales.win_rate", 40.1) + metric("quality.completeness", 40)),
    ("SC003", VOLUME + metric("sales.average_won_value", 0) + OTHER),
    ("SC003", metric("sales.revenue_won", 50) + metric("sales.revenue_signed", 50)),
    ("SC003", metric("contact.volume", 50) + OTHER + GATE.format("contact.volume", 20)),
    ("SC004", 'period = "day"\n' + metric("contact.effective_rate", 60) + OTHER),
    ("SC004", 'period = "month"\n' + metric("sales.win_rate", 60) + OTHER + GATE.format("value.repurchase_rate", 0.1)),
    ("SC007", metric("sales.win_rate", 97) + metric("quality.completeness", 3)),
    ("SC008", metric("sales.win_rate", 51) + metric("quality.completeness", 49)),
    ("SC009", metric("sales.revenue_growth", 50) + metric("sales.cycle_time_median", 50, LOWER)),
    ("SC012", metric("sales.win_rate", 60, MIN_MAX) + OTHER),
    ("SC012", metric("sales.win_rate", 60, 'normalise = { by = "z_score" }') + OTHER),
    ("SC013", metric("sales.win_rate", 60, 'normalise = { by = "target", target = 0.9, stretch = 1.05 }') + OTHER),
    ("SC013", metric("sales.cycle_time", 60, 'normalise = { by = "min_max", low = -5, high = 90 }') + OTHER),
]

QUIET = [
    ("SC001", several(5)),
    ("SC001", several(8)),
    ("SC001", several(8) + metric("sales.quota_attainment", 0)),
    ("SC002", metric("sales.win_rate", 40) + metric("service.csat", 40) + metric("quality.completeness", 20)),
    ("SC002", metric("sales.win_rate", 100)),
    ("SC003", VOLUME + OTHER + metric("sales.average_won_value", 10)),
    ("SC003", VOLUME + OTHER + GATE.format("sales.win_rate", 0.2)),
    ("SC003", metric("sales.deals_won", 0) + OTHER),
    ("SC003", metric("sales.opportunities_won", 10) + metric("sales.average_won_value", 20)),
    ("SC004", 'period = "week"\n' + metric("contact.effective_rate", 60)),
    ("SC004", 'period = "year"\n' + several(8)),
    ("SC007", metric("sales.win_rate", 95) + metric("quality.completeness", 5)),
    ("SC007", 'weighting = "equal"\n' + metric("sales.win_rate", 97) + metric("quality.completeness", 3)),
    ("SC008", metric("sales.win_rate", 50) + metric("quality.completeness", 50)),
    ("SC009", VOLUME + metric("service.nps", 40)),
    ("SC010", metric("quality.duplicate_rate", 60, LOWER) + OTHER),
    ("SC011", metric("sales.win_rate", 60) + metric("contact.effective_rate", 40)),
    ("SC012", metric("sales.win_rate", 60, 'normalise = { by = "min_max", low = 0.2, high = 0.6 }') + OTHER),
    ("SC012", metric("sales.win_rate", 50, PERCENTILE) + metric("quality.completeness", 50)),
    ("SC013", metric("sales.revenue_growth", 60, 'normalise = { by = "target", floor = -0.2, target = 1.5 }') + OTHER),
    ("SC013", metric("sales.win_rate", 60, 'normalise = { by = "target", target = 1.0 }') + OTHER),
    ("SC014", "minimum_coverage = 0.5\n" + several(5)),
]


def codes(toml: str) -> set[str]:
    """Return the codes found."""
    return {each.code for each in look(draft_of(toml))}


@pytest.mark.parametrize(("code", "toml"), FIRES)
def test_it_fires(code: str, toml: str) -> None:
    """What a designer would change."""
    assert code in codes(toml)


@pytest.mark.parametrize(("code", "toml"), QUIET)
def test_it_does_not_fire(code: str, toml: str) -> None:
    """What looks alike, and is as it should be."""
    assert code not in codes(toml)


def test_a_volume_is_told_which_guard_to_add() -> None:
    """Of the metric's guards, those that are no volume."""
    ((name, says),) = unguarded_volume(draft_of(VOLUME + OTHER))

    assert "sales.deals_won" == name
    assert "add sales.average_won_value or sales.win_rate as a metric or a gate" in says


def test_weights_that_follow_from_data_are_not_judged() -> None:
    """A weighting that is neither declared nor equal says nothing about weights before there is data."""
    draft = draft_of(several(5))

    assert {} == type(draft)(card_of('weighting = "other"\n' + several(5)), draft.metrics).weights


def test_weights_of_dimensions_count() -> None:
    """Metrics weigh within their dimension, and one of a dimension of weight 0 is only shown."""
    dimensions = "".join(f'[[dimension]]\nname = "{name}"\nweight = {weight}\n' for name, weight in (("a", 30), ("b", 10), ("c", 0)))
    where = {"sales.win_rate": ("a", 5), "sales.deals_won": ("a", 1), "sales.cycle_time": ("b", 80), "sales.revenue_won": ("c", 1)}
    metrics = "".join(
        f'[[metric]]\nuse = "{name}"\nweight = {weight}\ndimension = "{of}"\nnormalise = {{ by = "percentile" }}\n'
        for name, (of, weight) in where.items()
    )

    weights = draft_of(dimensions + metrics).weights

    assert {"sales.win_rate": 0.625, "sales.deals_won": 0.125, "sales.cycle_time": 0.25} == weights


def test_a_rule_that_looks_at_people_must_say_so() -> None:
    """Or else it would be asked without any."""
    with pytest.raises(RuntimeError, match="needs_people = True"):
        _ = draft_of(several(5)).figures
