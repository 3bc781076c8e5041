"""Exact keys: records in which two independent identities agree are one customer, in the whole base and without comparing pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kpicore.entities.records import Records, Values

KEYS = (
    *(("name", other) for other in ("tax_id", "phone", "email", "domain", "address", "birth_date")),
    *(("tax_id", other) for other in ("phone", "email", "domain", "address", "birth_date")),
    ("birth_date", "phone"),
    ("birth_date", "email"),
    ("phone", "email"),
)
"""Pairs of identities that together are one customer's. Two of one place (phone and address) are not: neighbours share them."""


def key_links(records: Records, key: tuple[str, str], most: int) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Return a chain of links through every group of records that have the same key.

    Args:
        records: the customers.
        key: two kinds of identity.
        most: records that may share a key; larger groups are left out.
    Returns:
        The two ends of each link, and the number of groups that were left out.
    """
    ordered, starts = grouped(joined(records.identity[key[0]], records.identity[key[1]]))
    sizes = np.diff(np.append(starts, len(ordered)))
    is_next = np.ones(len(ordered), dtype=bool)
    is_next[starts] = False
    is_next &= np.repeat(sizes <= most, sizes)
    at = np.flatnonzero(is_next)
    return ordered[at - 1], ordered[at], int((sizes > most).sum())


def joined(one: Values, other: Values) -> NDArray[np.int64]:
    """Return one code per record for two identities together, -1 where either is unknown."""
    return np.where(one.is_known & other.is_known, one.codes * max(1, len(other.texts)) + other.codes, -1)


def grouped(codes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the records that have a code, ordered by code and then by age, and where each code's records start among them."""
    order = np.argsort(codes, kind="stable")
    known = order[np.searchsorted(codes[order], 0) :]
    held = codes[known]
    return known, np.flatnonzero(np.append(True, held[1:] != held[:-1])) if len(held) else known
