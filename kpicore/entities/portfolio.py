"""Similar records of one owner: candidates that share one identity, compared letter by letter, and taken for one on enough evidence.

Only within a portfolio: there it is one person's own spelling that differs, a wrong match costs nobody else anything, and the number of
pairs stays small. The pool of customers that nobody looks after is a portfolio too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kpicore.entities.keys import grouped, joined
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
SLIPS = {"tax_id": 1, "phone": 1, "birth_date": 1, "postcode": 1, "email": 3}
"""Identities that are the same in full, and similar with so many letters wrong, missing, too many or swapped: all look alike otherwise."""
PART, PENALTY = 0.6, 0.5
"""Share of the points that similar texts give, and that different texts take."""
BLOCKS = ("tax_id", "phone", "email", "birth_date", "name", "address", "postcode")
"""Identities of which one must agree in full before two records are compared; or the start of the name, or its initial and the city."""
PREFIX = 5


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
    names = _texts(records.identity["name"])
    start, initial = (values([text[:letters] if text else None for text in names]) for letters in (PREFIX, 1))
    local = joined(initial, records.identity["city"])
    owners = int(records.owner.max(initial=-1)) + 2
    for codes in (*(records.identity[kind].codes for kind in BLOCKS), start.codes, local):
        yield np.where(codes >= 0, codes * owners + records.owner + 1, -1)


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
    return {kind: points * _agreement(records.identity[kind], left, right, kind) for kind, points in POINTS.items()}


def _agreement(each: Values, left: NDArray[np.int64], right: NDArray[np.int64], kind: str) -> NDArray[np.float64]:
    found = np.zeros(len(left))
    is_known = each.is_known[left] & each.is_known[right]
    one, other = ([each.texts[code] for code in each.codes[end[is_known]].tolist()] for end in (left, right))
    is_same, is_similar = _slips(one, other, SLIPS[kind]) if kind in SLIPS else _alike(one, other)
    found[is_known] = np.select([is_same, is_similar], [1.0, PART], -PENALTY)
    return found


def _slips(left: list[str], right: list[str], most: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    distance, process = _rapidfuzz()
    slips = process.cpdist(left, right, scorer=distance.OSA.distance, dtype=np.int32)
    return slips == 0, slips <= most


def _alike(left: list[str], right: list[str]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    distance, process = _rapidfuzz()
    alike = process.cpdist(left, right, scorer=distance.JaroWinkler.normalized_similarity, dtype=np.float64)
    return alike >= SAME, alike >= SIMILAR


def _rapidfuzz() -> tuple[Any, Any]:
    try:
        from rapidfuzz import distance, process
    except ModuleNotFoundError:
        raise ConfigError(
            "[entities] match = 'portfolio' compares texts with rapidfuzz, which is not installed; pip install 'kpicore[match]',"
            " or leave 'portfolio' out"
        ) from None
    return distance, process
