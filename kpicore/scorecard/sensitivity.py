"""How much ranks and bands hang on choices that could have been made otherwise: weights, normaliser, aggregator, and each metric itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from kpicore.errors import ScorecardError
from kpicore.kernels import uncertain
from kpicore.kernels.rounding import DECIMALS
from kpicore.kernels.sensitivity import saltelli_sample, sobol_indices
from kpicore.scorecard.trial import Trial, weight_sets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from kpicore.scorecard.prepare import Offers, Prepared
    from kpicore.scorecard.run import Scored

    IntArray = NDArray[np.int64]
    Units = NDArray[np.int32]

CHOICES = ("weights", "normaliser", "aggregator", "metric left out")
"""What could have been chosen otherwise, in the order of the options of a trial."""
NORMALISER = 1
"""Where it stands among them."""
COMPARED = 32
"""Where the aggregator compares people, which takes long, so many points are enough for a first impression."""
LEVEL = 0.9
"""The share of the rankings that a person's range of ranks holds."""


@frozen
class Choice:
    """One choice, and how much of the differences between rankings it carries."""

    name: str
    options: int
    """How many there are, the declared one among them."""
    first: float
    """Share of the variance of the mean rank shift that goes away when this alone is settled (first-order Sobol index)."""
    total: float
    """Share that is left while this alone is open (total Sobol index): what it carries alone and together with others."""


@frozen
class Variant:
    """The scorecard with one thing chosen otherwise."""

    choice: str
    option: str
    mean_shift: float
    """Mean over people of how many ranks they move; for weights also over the sets of weights."""
    max_shift: int
    """How many ranks somebody moves at most."""
    band_changes: float
    """Share of the people who change band."""


@frozen
class Person:
    """One scored person over all rankings."""

    subject: str
    score: float
    rank: int
    rank_low: int
    rank_high: int
    """Nine rankings of ten put the person from `rank_low` to `rank_high`."""
    band: str | None
    band_changes: float
    """Share of the rankings with the declared normaliser in which the person is in another band; another one moves everybody's level."""


@frozen
class Sensitivity:
    """What hangs on which choice."""

    rankings: int
    """How many were computed."""
    seed: int
    concentration: float
    """Of the Dirichlet distribution of weights around the declared ones."""
    mean_shift: float
    """Mean over rankings and people of how many ranks a person is away from the published rank."""
    choices: tuple[Choice, ...]
    """Those with more than one option, the largest total index first."""
    variants: tuple[Variant, ...]
    people: tuple[Person, ...]
    """In the order of the league table."""


def sensitivity(
    scored: Scored, prepared: Prepared, offers: Offers, *, base: int = 512, concentration: float = 100.0, seed: int = 1
) -> Sensitivity:
    """Rank the people of a scoring again and again, with other choices.

    Args:
        scored: the scoring.
        prepared: its scorecard's offers and parameters.
        offers: what else could have been chosen.
        base: N; there are N (d + 2) rankings for d choices that have an alternative. Fewer where the aggregator compares people.
        concentration: of the weights around the declared ones; the lower, the farther they go.
        seed: the same seed gives the same rankings.
    Raises:
        ScorecardError: nobody is scored.
    """
    points = min(base, COMPARED) if scored.levels.compares else base
    trial = Trial.of(scored, prepared, offers, weight_sets(scored, concentration, points, seed))
    if not trial.table.size:
        raise ScorecardError("nobody has a score, so there is no ranking to examine; `kpicore evaluate` says why")
    sizes = [len(options) for options in trial.options()]
    is_open = [at for at, size in enumerate(sizes) if size > 1]
    sample = saltelli_sample(points, max(1, len(is_open)), seed)
    chosen = np.zeros((len(sample), len(CHOICES)), dtype=np.int64)
    chosen[:, is_open] = (sample[:, : len(is_open)] * np.array(sizes)[is_open]).astype(np.int64)
    scores = trial.scores(chosen)
    shift = _shifts(trial, scores).mean(axis=1)
    # The first two N rankings are independent of each other; the others differ from them in one choice, for the indices.
    free = slice(0, 2 * points)
    choices = _choices(sizes, is_open, shift)
    people = _people(trial, scores[free], scores[free][chosen[free, NORMALISER] == 0])
    return Sensitivity(len(sample), seed, concentration, float(shift[free].mean()), choices, tuple(_variants(trial)), people)


def _shifts(trial: Trial, scores: Units) -> NDArray[np.int32]:
    """Return (rankings, people): how many ranks each person is away from the published rank."""
    return np.asarray(np.abs(uncertain.ranks(scores) - uncertain.ranks(trial.published()[None])))


def _choices(sizes: list[int], is_open: list[int], shift: NDArray[np.float64]) -> tuple[Choice, ...]:
    if not is_open:
        return ()
    indices = zip(*sobol_indices(shift, len(is_open)), strict=True)
    found = [Choice(CHOICES[at], sizes[at], float(first), float(total)) for at, (first, total) in zip(is_open, indices, strict=True)]
    return tuple(sorted(found, key=lambda choice: -choice.total))


def _variants(trial: Trial) -> Iterator[Variant]:
    for at, options in enumerate(trial.options()):
        chosen = np.zeros((len(options) - 1, len(CHOICES)), dtype=np.int64)
        chosen[:, at] = np.arange(1, len(options))
        if not chosen.size:
            continue
        scores = trial.scores(chosen)
        shifts, changes = _shifts(trial, scores), trial.bands(scores) != trial.bands(trial.published()[None])
        if at == 0:
            yield Variant(CHOICES[0], "drawn around the declared ones", float(shifts.mean()), int(shifts.max()), float(changes.mean()))
            continue
        for option, shift, change in zip(options[1:], shifts, changes, strict=True):
            yield Variant(CHOICES[at], option, float(shift.mean()), int(shift.max()), float(change.mean()))


def _people(trial: Trial, scores: Units, on_scale: Units) -> tuple[Person, ...]:
    published, names = trial.published(), [band.name for band in trial.scored.scorecard.bands]
    ranks = uncertain.ranks(published[None])[0].astype(np.int64)
    low, high = uncertain.rank_interval(uncertain.ranks(scores), LEVEL, ranks)
    bands = trial.bands(published[None])[0]
    changes = (trial.bands(on_scale) != bands).mean(axis=0)
    return tuple(
        Person(
            trial.scored.subjects[trial.rows[place]],
            float(published[at] / 10.0**DECIMALS),
            int(ranks[at]),
            int(low[at]),
            int(high[at]),
            names[bands[at]] if bands[at] >= 0 else None,
            float(changes[at]),
        )
        for at, place in enumerate(trial.table)
    )
