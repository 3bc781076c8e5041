"""What a score relies on in a normaliser, tried out on good peers and on awkward ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from kpicore.errors import KpiError
from kpicore.registry.offers import NORMALISERS, OfferError, checked
from kpicore.testing.demand import demand

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kpicore.model.cells import FloatArray
    from kpicore.model.offer import Complexity, Direction, Goalposts, Normaliser

PEERS = (0.2, 0.9, 0.4, np.nan, 0.55, 0.1, 0.7)
"""Values of peers as a share has them."""
AWKWARD: dict[str, tuple[float, ...]] = {
    "with an outlier": (3.0, 1.0, 2.0, 1e6, 2.5, np.nan),
    "below zero": (-7.5, -1.0, 0.0, 4.0, -2.0),
    "tied": (5.0, 5.0, 1.0, 5.0, 1.0),
    "all equal": (5.0, 5.0, 5.0),
    "one person": (0.3,),
    "nobody with a value": (np.nan, np.nan),
}
"""Groups of peers that a normaliser must survive, or refuse with a KpiError such as PeersError."""

TOLERANCE = 1e-12


def check_normaliser(normaliser: Normaliser, parameters: Any = None, peers: Sequence[float] = PEERS) -> None:
    """Check what a score relies on, for both directions, with good peers and with awkward ones.

    The middle peer scores from 0 to 1 (what lies beyond is clipped in a run), a missing value stays missing and no other does, a better
    value never scores less, neither the order of people nor that of peers matters, goalposts survive being stored as JSON, and nothing
    is changed in place. A fit may refuse awkward peers with a KpiError, and parameters that do not suit one of the directions.

    Args:
        normaliser: the offer.
        parameters: an instance of its parameters class; None takes the defaults.
        peers: values for which the parameters are meant; shares unless given.
    Raises:
        AssertionError: any of that does not hold; everything that does not is listed.
    """
    try:
        checked(NORMALISERS, normaliser)
    except OfferError as error:
        raise AssertionError(f"normaliser {getattr(normaliser, 'name', normaliser)!r} is not as it must be: {error}") from None
    given = default_of(normaliser) if parameters is None else parameters
    if given is None:
        raise AssertionError(
            f"normaliser {normaliser.name!r} has parameters without defaults; pass some: check_normaliser(..., parameters)"
        )
    demand(f"normaliser {normaliser.name!r}", _normaliser_faults(normaliser, given, peers))


def _normaliser_faults(normaliser: Normaliser, parameters: Any, peers: Sequence[float]) -> Iterator[str]:
    directions: tuple[Direction, ...] = ("higher", "lower")
    refused = []
    for name, group in {"good": peers, **AWKWARD}.items():
        for direction in directions:
            trial = _Trial(normaliser, direction, parameters, np.array(group, dtype=np.float64))
            try:
                faults = [*trial.faults(), *(trial.scale_faults() if name == "good" else [])]
            except KpiError as error:
                refused += [str(error)] if name == "good" else []
                continue
            except Exception as error:  # noqa: BLE001  # whatever the normaliser raises is what its author wants to see
                faults = [f"it raised {error!r}"]
            yield from (f"{fault} (peers: {name}, direction: {direction})" for fault in faults)
    if len(refused) == len(directions):
        yield f"it must accept good peers in at least one direction (refused both: {refused[0]})"


@frozen(eq=False)
class _Trial:
    """One normaliser put to one group of peers."""

    normaliser: Normaliser
    direction: Direction
    parameters: Any
    peers: FloatArray

    def fit(self, peers: FloatArray) -> Goalposts:
        return self.normaliser.fit(peers, self.direction, self.parameters)

    def scores(self, values: FloatArray, goalposts: Goalposts) -> FloatArray:
        return np.asarray(self.normaliser.apply(values, goalposts), dtype=np.float64)

    def scale_faults(self) -> Iterator[str]:
        scores = self.scores(self.peers.copy(), self.fit(self.peers.copy()))
        if not -TOLERANCE <= float(np.nanmedian(scores)) <= 1.0 + TOLERANCE:
            yield f"the middle peer must score from 0 to 1 (got {float(np.nanmedian(scores))!r}); pass peers that suit the parameters"

    def faults(self) -> Iterator[str]:
        given = self.peers.copy()
        goalposts = self.fit(given)
        if not np.array_equal(given, self.peers, equal_nan=True):
            yield "fit must not change the peers' values"
        if strange := [name for name, post in goalposts.items() if not _is_plain(post)]:
            yield f"goalposts must be plain numbers or tuples of them (got others in {', '.join(strange)})"
            return
        values = _probes(self.peers)
        given = values.copy()
        scores = self.scores(given, goalposts)
        if not np.array_equal(given, values, equal_nan=True):
            yield "apply must not change the values"
        if scores.shape != values.shape:
            yield f"scores must have the shape of the values, {values.shape} (got {scores.shape})"
            return
        yield from self._score_faults(scores)
        yield from self._stability_faults(values, goalposts, scores)

    def _score_faults(self, scores: FloatArray) -> Iterator[str]:
        known = scores[:-1]
        if not np.isnan(scores[-1]):
            yield f"a missing value must stay missing (got {float(scores[-1])!r})"
        if not np.isfinite(known).all():
            yield "a value must not become missing or infinite"
            return
        steps = np.diff(known) if self.direction == "higher" else -np.diff(known)
        if (steps < -TOLERANCE).any():
            yield "a better value must not score less"

    def _stability_faults(self, values: FloatArray, goalposts: Goalposts, scores: FloatArray) -> Iterator[str]:
        backwards = self.scores(values[::-1].copy(), goalposts)[::-1]
        if not _same(backwards, scores):
            yield "the order of people must not matter"
        if not _same(self.scores(values.copy(), self.fit(self.peers[::-1].copy())), scores):
            yield "the order of peers must not matter"
        if not _same(self.scores(values.copy(), _stored(goalposts)), scores):
            yield "goalposts that were stored as JSON must give the same scores"


def _is_plain(post: object) -> bool:
    return all(isinstance(number, (int, float)) for number in (post if isinstance(post, tuple) else (post,)))


def _stored(goalposts: Goalposts) -> Goalposts:
    read = json.loads(json.dumps(dict(goalposts)))
    return {name: tuple(post) if isinstance(post, list) else post for name, post in read.items()}


def _same(one: FloatArray, other: FloatArray) -> bool:
    return np.allclose(one, other, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)


def _probes(peers: FloatArray) -> FloatArray:
    """Return values within and beyond those of the peers, ascending, and a missing one last."""
    known = peers[np.isfinite(peers)] if np.isfinite(peers).any() else np.array([0.0, 1.0])
    reach = max(float(np.ptp(known)), 1.0)
    between = np.linspace(known.min() - reach, known.max() + reach, 41)
    return np.append(np.unique(np.concatenate([known, between])), np.nan)


def default_of(offer: Normaliser | Complexity) -> Any:
    """Return the parameters with all their defaults; None where some have none."""
    try:
        return offer.parameters()
    except TypeError:
        return None
