"""How records of one customer are found: what a project says of it, and what a plugin's matcher offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from kpicore.model.check import refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pyarrow as pa

    from kpicore.model.check import Problem

EXACT, PORTFOLIO = "exact", "portfolio"
"""The matchers that come with kpicore."""

Links: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64]]
"""The two ends of each link, as positions of records."""


@frozen
class Matching:
    """What `[entities]` of a project says."""

    match: tuple[str, ...] = (EXACT,)
    """Names of matchers: exact, portfolio, or a plugin's. With none, every record is an entity of its own."""
    most: int = 50
    """How many records may share a phone number, a key or a block; what more share is junk, or too common to tell."""
    points: float = 8.0
    """Evidence from which two similar records of one owner are one customer; each agreeing tax id gives 8, name 6, city 2."""

    def __attrs_post_init__(self) -> None:
        """Refuse limits that would match nothing or everything."""
        refuse(self, _problems(self))


def _problems(given: Matching) -> Iterator[Problem]:
    if len(set(given.match)) < len(given.match):
        yield "match", f"match must name each matcher once (got {', '.join(given.match)})"
    if given.most < 2:
        yield "most", f"most must be 2 or more, as two records make a duplicate (got {given.most})"
    if not 0 < given.points < float("inf"):
        yield "points", f"points must be above 0, or any two records would be one (got {given.points:g})"


@frozen
class Matcher:
    """Finds records of one customer (hook `kpicore_matchers`)."""

    name: str
    """The name for `[entities] match`."""
    title: Mapping[str, str]
    """What it is, in `en` and `zh`."""
    links: Callable[[pa.Table, Matching], Links]
    """(identities, what the project says) -> links between records that are one customer.

    The table has a row per customer, oldest first, with the text columns name, tax_id, phone, email, domain, address, birth_date, city and
    postcode, normalised and without junk, null where there is none, and the whole number owner, -1 for nobody.
    """
