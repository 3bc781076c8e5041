"""Acme's normalisers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen

from kpicore import ConfigError, Normaliser

if TYPE_CHECKING:
    from kpicore import Direction, FloatArray, Goalposts


def _floats(cuts: list[float] | tuple[float, ...]) -> tuple[float, ...]:
    return tuple(float(cut) for cut in cuts)


@frozen
class Steps:
    """Parameters of `acme_steps`; the scorecard gives them in `normalise = { by = "acme_steps", cuts = [...] }`."""

    cuts: tuple[float, ...] = field(default=(0.25, 0.5, 0.75), converter=_floats)
    """Values in the metric's unit, ascending; each one reached is one step."""

    def __attrs_post_init__(self) -> None:
        """Refuse cuts that are no steps."""
        if not self.cuts or list(self.cuts) != sorted(set(self.cuts)):
            raise ConfigError(f"cuts must be one or more ascending numbers (got {list(self.cuts)!r})")


def fit(peers: FloatArray, direction: Direction, parameters: Steps) -> Goalposts:
    """Return the cuts; the peers do not move them."""
    del peers
    return {"cuts": parameters.cuts, "sign": 1.0 if direction == "higher" else -1.0}


def apply(values: FloatArray, goalposts: Goalposts) -> FloatArray:
    """Return the share of the cuts that each value reaches: at or above where higher is better, at or below where lower is."""
    cuts, sign = np.asarray(goalposts["cuts"]), np.asarray(goalposts["sign"])
    reached = (sign * values[..., None] >= sign * cuts).mean(axis=-1)
    return np.where(np.isnan(values), np.nan, reached)


steps = Normaliser("acme_steps", {"en": "Steps", "zh": "分级"}, Steps, fit, apply, in_unit=("cuts",))
