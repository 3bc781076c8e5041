"""The weightings that come with kpicore."""

from __future__ import annotations

from kpicore.kernels import weight
from kpicore.model.offer import Weighting


def weightings() -> list[Weighting]:
    """Return the weightings `declared` and `equal`."""
    return [
        Weighting("declared", {"en": "Declared weights", "zh": "设定权重"}, lambda asked, _: weight.declared(asked.declared)),
        Weighting("equal", {"en": "Equal weights", "zh": "等权重"}, lambda asked, _: weight.equal(asked.declared)),
    ]
