"""The table [uncertainty] of a scorecard."""

from __future__ import annotations

from typing import Any

import pytest

from kpicore.config.structure import structure
from kpicore.errors import ConfigError
from kpicore.model.scorecard import Scorecard
from kpicore.model.uncertainty import Uncertainty


def test_defaults() -> None:
    """What holds without the table."""
    assert Uncertainty(0.95, 4000, 1, 80.0, 3, 0.9) == Uncertainty() == structure(Uncertainty, {}, "here")


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"level": 1.0}, "level must be above 0 and below 1"),
        ({"draws": 50}, "draws must be from 100 to 100000, or 0"),
        ({"draws": 1e3}, "draws must be a whole number"),
        ({"seed": -1}, "seed must be 0 or more"),
        ({"target": 120}, "target must be from 0 to 100"),
        ({"top": 0}, "top must be 1 or more"),
        ({"grade": 0.4}, r"grade must be at least 0\.5"),
        ({"levle": 0.9}, "level"),
    ],
)
def test_what_makes_no_interval_is_refused(table: dict[str, Any], says: str) -> None:
    """Each key says what it must be."""
    with pytest.raises(ConfigError, match=says):
        structure(Uncertainty, table, "here")


def test_intervals_can_be_switched_off() -> None:
    """No draws is a choice."""
    assert 0 == structure(Uncertainty, {"draws": 0}, "here").draws


def test_a_scorecard_carries_the_table() -> None:
    """[uncertainty] in the file; errors name the place."""
    metric = {"use": "x", "weight": 1, "normalise": {"by": "target", "target": 1}}

    read = structure(Scorecard, {"role": "agent", "metric": [metric], "uncertainty": {"draws": 0, "top": 5}}, "here")

    assert Uncertainty(draws=0, top=5) == read.uncertainty
    with pytest.raises(ConfigError, match=r"here, \[uncertainty\]: level must be"):
        structure(Scorecard, {"role": "agent", "metric": [metric], "uncertainty": {"level": 2}}, "here")
