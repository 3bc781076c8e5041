"""Normalisers that look at the order of the peers alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from kpicore.kernels import normalise, ordinal
from kpicore.model.check import refuse
from kpicore.textbook.posts import flagged, numbers, sign_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpicore.model.cells import FloatArray
    from kpicore.model.check import Problem
    from kpicore.model.offer import Direction, Goalposts


@frozen
class Percentile:
    """Parameters of `percentile`."""

    ties: normalise.Ties = "min"
    """Which rank tied peers share: the smallest ('min') or the middle one ('mid')."""

    def __attrs_post_init__(self) -> None:
        """Refuse an unknown way to treat ties."""
        refuse(self, _ties_problems(self.ties))


@frozen
class Rank:
    """Parameters of `rank`."""

    ties: normalise.Ties = "min"
    """Which rank tied peers share: the smallest ('min') or the middle one ('mid')."""

    def __attrs_post_init__(self) -> None:
        """Refuse an unknown way to treat ties."""
        refuse(self, _ties_problems(self.ties))


def _ties_problems(ties: str) -> Iterator[Problem]:
    if ties not in ("min", "mid"):
        yield "ties", f"ties must be 'min' or 'mid' (got {ties!r})"


def fit_percentile(values: FloatArray, direction: Direction, given: Percentile) -> Goalposts:
    """Return the peers' distinct values, and the share of the others that each leaves behind."""
    known = sign_of(direction) * normalise.known_peers(values)
    return _places(*normalise.percentile_places(known, given.ties), direction)


def fit_rank(values: FloatArray, direction: Direction, given: Rank) -> Goalposts:
    """Return the peers' distinct values, and the rank of each, the worst first, divided by their number."""
    known = sign_of(direction) * normalise.known_peers(values)
    places, first = np.unique(known, return_index=True)
    share = ordinal.ranks(known, given.ties)[first] / known.size
    return _places(places, share if places.size > 1 else np.array([normalise.NEUTRAL]), direction)


def _places(places: FloatArray, share: FloatArray, direction: Direction) -> Goalposts:
    sign = sign_of(direction)
    step = int(sign)
    return flagged({"at": tuple((sign * places)[::step].tolist()), "share": tuple(share[::step].tolist())}, is_constant=places.size == 1)


def apply_order(values: FloatArray, posts: Goalposts) -> FloatArray:
    """Read values off the ranked peers."""
    return normalise.percentile(values, np.asarray(numbers(posts, "at")), np.asarray(numbers(posts, "share")))
