"""From customers to entities: normalise, link by each matcher, close the links transitively, and say why. Read this module first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from attrs import define, field, frozen

from kpicore.entities.keys import KEYS, key_links
from kpicore.entities.portfolio import portfolio_links
from kpicore.entities.records import records
from kpicore.errors import ConfigError, PluginError, ShapeError, nearest
from kpicore.kernels.components import connected
from kpicore.model.matching import EXACT, PORTFOLIO, Matching

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from kpicore.entities.records import Records
    from kpicore.model.matching import Links, Matcher

MERGED = "merged"
"""What a record is matched by that somebody merged into another."""


@frozen(eq=False)
class Resolution:
    """Which records are one customer."""

    entity: NDArray[np.int64]
    """Per record, the position of the oldest record of its entity."""
    rows: pa.Table
    """customer_id, entity_id and matched_by of the records of entities of several records, by customer_id."""
    matched: Mapping[str, int]
    """What records were matched by -> how many, each record once."""
    junk: Mapping[str, tuple[str, ...]]
    """Kind of identity -> values that too many records share."""
    left_out: Mapping[str, int]
    """Key -> groups of records that were left out, as too many share it."""

    @property
    def records(self) -> int:
        """Number of records."""
        return len(self.entity)

    @property
    def entities(self) -> int:
        """Number of entities."""
        return int((self.entity == np.arange(self.records)).sum())

    def to_dict(self) -> dict[str, object]:
        """Return the figures for JSON."""
        counts = {"records": self.records, "entities": self.entities, "surplus": self.records - self.entities}
        return {
            **counts,
            "matched_by": dict(self.matched),
            "junk": {k: len(v) for k, v in self.junk.items()},
            "left_out": dict(self.left_out),
        }


@define
class _Found:
    """Links so far, with the matcher that found each."""

    left: list[NDArray[np.int64]] = field(factory=list)
    right: list[NDArray[np.int64]] = field(factory=list)
    by: list[str] = field(factory=list)
    left_out: dict[str, int] = field(factory=dict)

    def add(self, by: str, links: Links) -> None:
        self.left.append(links[0])
        self.right.append(links[1])
        self.by.append(by)

    def reasons(self, count: int) -> NDArray[np.int64]:
        """Return per record the first matcher that linked it, and the number of matchers where none did."""
        found = np.full(count, len(self.by), dtype=np.int64)
        for at, ends in enumerate(zip(self.left, self.right, strict=True)):
            for end in ends:
                found[end] = np.minimum(found[end], at)
        return found


def resolve(table: pa.Table, matching: Matching | None = None, matchers: Mapping[str, Matcher] | None = None) -> Resolution:
    """Find the records that are one customer.

    Args:
        table: text columns of `kpicore.entities.records.COLUMNS`, oldest record first.
        matching: which matchers, and their limits.
        matchers: those that plugins offer, by name.
    Raises:
        ConfigError: a matcher does not exist, or what it needs is not installed.
        PluginError: a plugin's matcher gives links that are none.
    """
    matching = matching or Matching()
    _refuse_unknown(matching, matchers or {})
    customers = records(table, matching.most)
    found = _Found()
    found.add(MERGED, customers.merged)
    for name in matching.match:
        _match(found, customers, matching, name, matchers or {})
    entity = connected(len(customers), np.concatenate(found.left), np.concatenate(found.right))
    reasons = found.reasons(len(customers))
    return Resolution(entity, _rows(customers, entity, reasons, found.by), _matched(reasons, found.by), customers.junk, found.left_out)


def _refuse_unknown(matching: Matching, matchers: Mapping[str, Matcher]) -> None:
    known = {EXACT, PORTFOLIO, *matchers}
    for name in matching.match:
        if name not in known:
            raise ConfigError(f"[entities] match must name matchers that exist (got {name!r}{nearest(name, known)})")


def _match(found: _Found, customers: Records, matching: Matching, name: str, matchers: Mapping[str, Matcher]) -> None:
    if name == EXACT:
        for key in KEYS:
            left, right, too_large = key_links(customers, key, matching.most)
            found.add("+".join(key), (left, right))
            if too_large:
                found.left_out["+".join(key)] = too_large
    elif name == PORTFOLIO:
        found.add(PORTFOLIO, portfolio_links(customers, matching))
    else:
        found.add(name, _checked(name, matchers[name].links(customers.table(), matching), len(customers)))


def _checked(name: str, links: Links, count: int) -> Links:
    left, right = (np.asarray(end, dtype=np.int64) for end in links)
    try:
        connected(count, left, right)
    except ShapeError as error:
        raise PluginError(f"the matcher {name!r} must give pairs of positions of records: {error}") from None
    return left, right


def _rows(customers: Records, entity: NDArray[np.int64], reasons: NDArray[np.int64], by: list[str]) -> pa.Table:
    sizes = np.bincount(entity, minlength=len(entity))
    chosen = np.flatnonzero(sizes[entity] > 1)
    ids = pa.array(customers.ids, pa.string())
    names = pa.array([*by, None], pa.string())
    columns = (ids.take(pa.array(chosen)), ids.take(pa.array(entity[chosen])), names.take(pa.array(reasons[chosen])))
    return pa.table(dict(zip(("customer_id", "entity_id", "matched_by"), columns, strict=True))).sort_by("customer_id")


def _matched(reasons: NDArray[np.int64], by: list[str]) -> dict[str, int]:
    counts = np.bincount(reasons, minlength=len(by) + 1)
    return {name: int(count) for name, count in zip(by, counts, strict=False) if count}
