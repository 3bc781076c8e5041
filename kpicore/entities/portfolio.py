"""Similar records of one owner: candidates that share one identity, compared letter by letter, and taken for one on enough evidence.

Only within a portfolio: there it is one person's own spelling that differs, a wrong match costs nobody else anything, and the number of
pairs stays small. The pool of customers that nobody looks after is a portfolio too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kpicore.entities.keys import grouped
from kpicore.entities.records import Values, values
from kpicore.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from kpicore.entities.records import Records
    from kpicore.model.matching import Links, Matching

POINTS = {"tax_id": 8.0, "phone": 7.0, "email": 7.0, "name": 6.0, "birth_date": 5.0, "address": 5.0, "postcode": 3.0, "city": 2.0}
"""What agreement in an identity is worth: roughly how many times a chance agreement must be halved to be as rare (log2 of 1/u)."""
WHO = ("tax_id", "email", "name", "birth_date")
"""Identities that say who, and not where: without more for than against in them, neighbours in one building would be one customer."""
SAME, SIMILAR = 0.95, 0.85
"""Jaro-Winkler similarities from which two texts are the same and similar; similar ones give part of the points."""
DIGITS = ("tax_id", "phone", "birth_date", "postcode")
"""Identities that are the same in full or not at all: one digit more or less is another number, though it may be a slip."""
PART, PENALTY = 0.6, 0.5
"""Share of the points that similar texts give, and that different texts take."""
BLOCKS = ("tax_id", "phone", "email", "birth_date", "name", "address", "postcode", "city")
"""Identities of which one must agree in full before two records are compared; those of a large town are too many, and are not."""
PREFIX = 5
"""Letters at the start of a name by which candidates are found too."""


def portfolio_links(records: Records, matching: Matching) -> Links:
    """Return links between similar records of one owner.

    evidence = sum over identities known of both: points * (1 if same, PART if similar, -PENALTY otherwise), which must be enough in all,
    and above 0 over those of WHO.

    Args:
        records: the customers.
        matching: `most` caps the blocks, `points` is the evidence that is enough.
    Raises:
        ConfigError: rapidfuzz is not installed.

    Source: Fellegi and Sunter, A Theory for Record Linkage, JASA 64(328), 1969, with fixed weights; Winkler, String Comparator Metrics and
    Enhanced Decision Rules, 1990.
    """
    left, right = candidates(records, matching.most)
    found = evidence(records, left, right)
    is_one = (sum(found.values()) >= matching.points) & (sum(found[kind] for kind in WHO) > 0)
    return left[is_one], right[is_one]


def candidates(records: Records, most: int) -> Links:
    """Return pairs of one owner's records that agree in at least one identity, each once; blocks of more than `most` are left out."""
    count = len(records)
    found = [np.concatenate([np.zeros(0, dtype=np.int64), *_pairs(block, most)]) for block in _blocks(records)]
    keys = [np.minimum(left, right) * count + np.maximum(left, right) for left, right in (np.split(each, 2) for each in found)]
    unique = np.unique(np.concatenate(keys))
    return unique // max(1, count), unique % max(1, count)


def _blocks(records: Records) -> Iterator[NDArray[np.int64]]:
    start = values([text[:PREFIX] if text else None for text in _texts(records.identity["name"])])
    for each in (*(records.identity[kind] for kind in BLOCKS), start):
        owners = int(records.owner.max(initial=-1)) + 2
        yield np.where(each.is_known, each.codes * owners + records.owner + 1, -1)


def _texts(each: Values) -> list[str | None]:
    return [None if code < 0 else each.texts[code] for code in each.codes.tolist()]


def _pairs(block: NDArray[np.int64], most: int) -> Iterator[NDArray[np.int64]]:
    """Yield all left ends, then all right ends."""
    ordered, starts = grouped(block)
    sizes = np.diff(np.append(starts, len(ordered)))
    group = np.repeat(np.where(sizes <= most, np.arange(len(sizes)), -1), sizes)
    ordered, group = ordered[group >= 0], group[group >= 0]
    hits = [np.flatnonzero(group[step:] == group[:-step]) for step in range(1, min(most, int(sizes[sizes <= most].max(initial=1))))]
    yield from (ordered[hit] for hit in hits)
    yield from (ordered[hit + step] for step, hit in enumerate(hits, start=1))


def evidence(records: Records, left: NDArray[np.int64], right: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Return, per identity, the evidence that the records of each pair are one customer (pairs,); 0 where it is not known of both."""
    same = {kind: 1.0 if kind in DIGITS else SAME for kind in POINTS}
    return {kind: points * _agreement(records.identity[kind], left, right, same[kind]) for kind, points in POINTS.items()}


def _agreement(each: Values, left: NDArray[np.int64], right: NDArray[np.int64], same: float) -> NDArray[np.float64]:
    found = np.zeros(len(left))
    is_known = each.is_known[left] & each.is_known[right]
    alike = _similarity(each, left[is_known], right[is_known])
    found[is_known] = np.select([alike >= same, alike >= SIMILAR], [1.0, PART], -PENALTY)
    return found


def _similarity(each: Values, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.float64]:
    try:
        from rapidfuzz.distance import JaroWinkler
        from rapidfuzz.process import cpdist
    except ModuleNotFoundError:
        raise ConfigError(
            "[entities] match = 'portfolio' compares texts with rapidfuzz, which is not installed; pip install 'kpicore[match]',"
            " or leave 'portfolio' out"
        ) from None
    ends = ([each.texts[code] for code in each.codes[end].tolist()] for end in (left, right))
    found: NDArray[np.float64] = cpdist(*ends, scorer=JaroWinkler.normalized_similarity, dtype=np.float64)
    return found
