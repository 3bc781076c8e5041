"""From where to where a metric's values can lie."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from kpicore import facts
from kpicore.model.kinds import Growth, Mean, Proportion, Ratio, Total
from kpicore.model.measure import count, total
from kpicore.model.reach import reach

if TYPE_CHECKING:
    from kpicore.model.metric import Metric

ABOUT: dict[str, Any] = {"name": "a.b", "title": {}, "definition": ""}
AMOUNT = facts.sale.c.amount


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (Proportion(**ABOUT, numerator=count(AMOUNT), denominator=count(AMOUNT), unit="share"), (0.0, 1.0)),
        (Mean(**ABOUT, value=AMOUNT, unit="share"), (0.0, 1.0)),
        (Mean(**ABOUT, value=AMOUNT, unit="hours"), (0.0, math.inf)),
        (Mean(**ABOUT, value=AMOUNT, unit="money"), (-math.inf, math.inf)),
        (Ratio(**ABOUT, numerator=total(AMOUNT), denominator=total(AMOUNT), unit="share"), (-math.inf, math.inf)),
        (Growth(**ABOUT, of=Total(**ABOUT, value=AMOUNT), unit="share"), (-math.inf, math.inf)),
    ],
)
def test_kind_and_unit_say_it(metric: Metric, expected: tuple[float, float]) -> None:
    """A part of a whole lies from 0 to 1, a duration is not negative; attainment and growth are shares of another kind."""
    assert expected == reach(metric)
