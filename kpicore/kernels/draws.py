"""Draws: what each metric may truly be, given what was measured, as many times as asked for.

Every subject has a stream of random numbers of its own, which follows from the seed and the subject's key. So neither the order of the rows
nor who else is scored changes anybody's draws, and a block is never larger than it must be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kpicore.errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FloatArray: TypeAlias = NDArray[np.float64]
FamilyArray: TypeAlias = NDArray[np.int8]

MISSING, EXACT, NORMAL, BETA, GAMMA = range(5)
"""Families of a posterior: there is none; known exactly; normal; Beta; Gamma."""

BLOCK = 128
"""Draws in one block. Fixed, as a stream gives other numbers to a block of another length; small, so that memory stays small."""


class Posterior(NamedTuple):
    """What is known of each metric's true value; all arrays are (subjects, metrics)."""

    family: FamilyArray
    first: FloatArray
    """The value (`EXACT`), the mean (`NORMAL`), alpha (`BETA`) or the shape (`GAMMA`)."""
    second: FloatArray
    """The variance (`NORMAL`), beta (`BETA`) or the rate (`GAMMA`); not read otherwise."""

    def rows(self, chosen: NDArray[np.int64]) -> Posterior:
        """Return the posterior of some subjects, by index, in the order asked for."""
        return Posterior(self.family[chosen], self.first[chosen], self.second[chosen])

    def mean(self) -> FloatArray:
        """Return the means: m, a / (a + b), or shape / rate; NaN where there is no posterior."""
        first, second = self.first, self.second
        chosen = [self.family == each for each in (MISSING, BETA, GAMMA)]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.select(chosen, [np.full(first.shape, np.nan), first / (first + second), first / second], first)

    def variance(self) -> FloatArray:
        """Return the variances: v, a b / ((a + b)^2 (a + b + 1)), or shape / rate^2; 0 where known exactly, NaN where there is none."""
        first, second = self.first, self.second
        chosen = [self.family == each for each in (EXACT, NORMAL, BETA, GAMMA)]
        total = first + second
        with np.errstate(divide="ignore", invalid="ignore"):
            ways = [np.zeros(first.shape), second, first * second / (total**2 * (total + 1.0)), first / second**2]
        return np.select(chosen, ways, np.nan)


def check(posterior: Posterior) -> Posterior:
    """Return a posterior as it is, or refuse one that cannot be drawn from.

    Raises:
        ShapeError: shapes differ, a number is not finite, or a parameter is out of its range.
    """
    family, first, second = posterior
    if not family.ndim == 2 or not family.shape == first.shape == second.shape:
        raise ShapeError(f"family and parameters must all be (subjects, metrics) (got {family.shape}, {first.shape} and {second.shape})")
    two = family >= NORMAL
    is_wrong = ((family != MISSING) & ~np.isfinite(first)) | (two & ~np.isfinite(second))
    is_wrong |= (two & (second < 0)) | ((family >= BETA) & ((first <= 0) | (second <= 0)))
    if is_wrong.any():
        at = tuple(int(place) for place in np.argwhere(is_wrong)[0])
        came = f"family {int(family[at])}, {float(first[at])!r}, {float(second[at])!r} at {at}"
        raise ShapeError(f"a posterior needs finite parameters, a variance not below 0, and shapes and rates above 0 (got {came})")
    return posterior


def blocks(posterior: Posterior, seed: int, keys: Sequence[int], draws: int) -> Iterator[FloatArray]:
    """Draw true values, block after block.

    Args:
        posterior: (subjects, metrics).
        seed: not negative; the same seed gives the same draws.
        keys: (subjects,), a whole number per subject, not negative, which stays with the subject.
        draws: how many in all.
    Yields:
        (up to `BLOCK`, subjects, metrics), in the metrics' units; NaN where there is no posterior.
    Raises:
        ShapeError: as `check`, or there is not one key per subject.
    """
    check(posterior)
    if len(keys) != posterior.family.shape[0]:
        raise ShapeError(f"there must be one key per subject ({posterior.family.shape[0]}; got {len(keys)})")
    fixed = np.where(posterior.family == EXACT, posterior.first, np.nan)
    people = [_Stream(posterior, at, seed, key) for at, key in enumerate(keys)]
    for start in range(0, draws, BLOCK):
        block = np.broadcast_to(fixed, (BLOCK, *fixed.shape)).copy()
        # One turn per subject is the price of a stream of its own; each turn fills a whole (draws, metrics) sheet.
        for at, person in enumerate(people):
            person.fill(block[:, at])
        yield block[: draws - start]


class _Stream:
    """One subject's random numbers, and what they are to become."""

    def __init__(self, posterior: Posterior, at: int, seed: int, key: int) -> None:
        self.random = np.random.default_rng([seed, key])
        family, first, second = (part[at] for part in posterior)
        self.columns = [np.flatnonzero(family == each) for each in (NORMAL, BETA, GAMMA)]
        normal, beta, gamma = self.columns
        self.normal = first[normal], np.sqrt(second[normal])
        shapes = np.concatenate([first[beta], second[beta], first[gamma]])
        self.shapes = np.broadcast_to(shapes, (BLOCK, shapes.size))
        self.mean = first[beta] / (first[beta] + second[beta])
        self.rate = second[gamma]

    def fill(self, sheet: FloatArray) -> None:
        """Put draws into (`BLOCK`, metrics), where there is something to draw."""
        normal, beta, gamma = self.columns
        if normal.size:
            sheet[:, normal] = self.normal[0] + self.normal[1] * self._normal(normal.size)
        if self.shapes.size:
            drawn = self._gamma()
            sheet[:, beta] = _share(drawn[:, : beta.size], drawn[:, beta.size : 2 * beta.size], self.mean)
            sheet[:, gamma] = drawn[:, 2 * beta.size :] / self.rate

    # Single precision is half the work, and 2^-24 of a standard deviation is far below what a draw says.
    def _normal(self, metrics: int) -> FloatArray:
        return self.random.standard_normal((BLOCK, metrics), dtype=np.float32).astype(np.float64)

    def _gamma(self) -> FloatArray:
        return self.random.standard_gamma(self.shapes, dtype=np.float32).astype(np.float64)


def _share(over: FloatArray, rest: FloatArray, mean: FloatArray) -> FloatArray:
    """Return a Beta draw from two Gamma draws: X / (X + Y); the mean where both are too small to be told from 0."""
    total = over + rest
    return np.divide(over, total, out=np.broadcast_to(mean, total.shape).copy(), where=total > 0)
