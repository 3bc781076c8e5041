"""Made-up case mixes whose truth is known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class World(NamedTuple):
    """Subjects with a skill, who did cases of classes that differ by a known effect."""

    skill: FloatArray
    effect: FloatArray
    cases: FloatArray
    total: FloatArray


def world(seed: int, *, leaning: float, subjects: int = 60, spread: float = 2.0) -> World:
    """Draw subjects who choose cases by skill: with a positive leaning the able ones take what is hard, i.e. has a low effect."""
    rng = np.random.default_rng(seed)
    effect = np.array([-1.5, -0.5, 0.5, 1.5])
    skill = rng.normal(size=subjects)
    taste = leaning * skill + np.sqrt(1.0 - leaning**2) * rng.normal(size=subjects)
    mix = np.exp(-np.outer(taste, effect))
    cases = np.array([rng.multinomial(n, p) for n, p in zip(rng.integers(30, 120, subjects), mix / mix.sum(axis=1)[:, None], strict=True)])
    noise = rng.normal(size=cases.shape) * np.sqrt(cases) * spread
    return World(skill, effect, cases.astype(float), cases * (skill[:, None] + effect) + noise)


def wins(seed: int, *, leaning: float, subjects: int = 60) -> World:
    """Draw subjects as `world` does, who win or lose each case; skill and effect are log odds."""
    rng = np.random.default_rng(seed)
    drawn = world(seed, leaning=leaning, subjects=subjects)
    chance = 1.0 / (1.0 + np.exp(-(0.5 * drawn.skill[:, None] + drawn.effect)))
    return drawn._replace(total=rng.binomial(drawn.cases.astype(int), chance).astype(float))


def ranks_agree(one: FloatArray, other: FloatArray) -> float:
    """Return Spearman's correlation of two columns without ties."""
    return float(np.corrcoef(one.argsort().argsort(), other.argsort().argsort())[0, 1])
