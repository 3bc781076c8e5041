"""The customers as matchers see them: per kind of identity one normalised value, and the whole numbers that stand for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from attrs import frozen

from kpicore.entities import normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

COLUMNS = (
    "customer_id",
    "name",
    "given_name",
    "surname",
    "birth_date",
    "phone",
    "email",
    "website",
    "tax_id",
    "house_number",
    "street",
    "district",
    "city",
    "postcode",
    "owner_id",
    "merged_into",
)
"""What is read of each customer, oldest first."""

IDENTITIES = ("name", "tax_id", "phone", "email", "domain", "address", "birth_date", "city", "postcode")
"""Kinds of identity, each made of one column or several."""

NUMBERS = ("tax_id", "phone", "email")
"""Kinds that are one customer's alone: a value that many records share is junk (a switchboard, 'noreply', a number typed to get on)."""


@frozen(eq=False)
class Values:
    """The values of one kind of identity: one code per record, -1 where it has none, and what the codes stand for."""

    codes: NDArray[np.int64]
    texts: tuple[str, ...]

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """Whether a record has a value."""
        return self.codes >= 0

    def without(self, is_junk: NDArray[np.bool_]) -> Values:
        """Return the values without those codes."""
        hit = np.append(is_junk, False)[self.codes]
        return Values(np.where(hit, -1, self.codes), self.texts)


@frozen(eq=False)
class Records:
    """Customers, oldest first."""

    ids: Sequence[str | None]
    identity: Mapping[str, Values]
    owner: NDArray[np.int64]
    """Code of the owner; those of nobody are a portfolio of their own."""
    merged: tuple[NDArray[np.int64], NDArray[np.int64]]
    """Records that somebody merged, and into which."""
    junk: Mapping[str, tuple[str, ...]]
    """Kind -> values that more records share than a value of this kind can."""

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.ids)

    def table(self) -> pa.Table:
        """Return identities as text, and the owner's code, for a plugin's matcher."""
        texts = {kind: pa.array(each.texts, pa.string()).take(_nullable(each.codes)) for kind, each in self.identity.items()}
        return pa.table({**texts, "owner": self.owner})


def records(table: pa.Table, most: int) -> Records:
    """Normalise customers.

    Args:
        table: text columns of COLUMNS, oldest record first; an absent column is a null one.
        most: how many records may share a phone number, tax id or e-mail address before it is junk.
    """
    found = {kind: values(texts) for kind, texts in _texts(table).items()}
    junk = {kind: np.bincount(found[kind].codes + 1, minlength=len(found[kind].texts) + 1)[1:] > most for kind in NUMBERS}
    named = {kind: tuple(np.array(found[kind].texts, dtype=object)[is_junk]) for kind, is_junk in junk.items()}
    cleaned = found | {kind: found[kind].without(is_junk) for kind, is_junk in junk.items()}
    ids = _column(table, "customer_id")
    owner = values(_column(table, "owner_id")).codes
    return Records(ids, cleaned, owner, _merged(ids, _column(table, "merged_into")), {kind: each for kind, each in named.items() if each})


def _merged(ids: Sequence[str | None], into: Sequence[str | None]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    place = {each: at for at, each in enumerate(ids)} if any(each is not None for each in into) else {}
    pairs = [(at, place[each]) for at, each in enumerate(into) if each is not None and each in place]
    both = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _texts(table: pa.Table) -> dict[str, Sequence[str | None]]:
    found = {column: _each(table, column, rule) for column, rule in normalise.FIELDS.items()}
    found["name"] = _first(_each(table, "name", normalise.name), _joined(table, ("given_name", "surname"), _person))
    found["domain"] = _first(_each(table, "website", normalise.website), _each(table, "email", normalise.email_domain))
    found["address"] = _joined(table, ("house_number", "street", "postcode", "city"), _address)
    return {kind: found[kind] for kind in IDENTITIES}


def _person(parts: Sequence[str | None]) -> str | None:
    given, surname = parts
    return None if given is None or surname is None else normalise.person(given, surname)


def _address(parts: Sequence[str | None]) -> str | None:
    number, street, postcode, city = parts
    place = postcode or city
    return None if street is None or place is None else normalise.address(" ".join(part for part in (number, street, place) if part))


def _column(table: pa.Table, name: str) -> list[str | None]:
    if name not in table.column_names:
        return [None] * len(table)
    texts: list[str | None] = table.column(name).cast(pa.string()).to_pylist()
    return texts


def _each(table: pa.Table, name: str, rule: Callable[[str], str | None]) -> Sequence[str | None]:
    known: dict[str | None, str | None] = {None: None}
    return [known[text] if text in known else known.setdefault(text, rule(text or "")) for text in _column(table, name)]


def _joined(table: pa.Table, names: Sequence[str], rule: Callable[[Sequence[str | None]], str | None]) -> Sequence[str | None]:
    if names[0] not in table.column_names and names[1] not in table.column_names:
        return [None] * len(table)
    return [rule(parts) for parts in zip(*(_column(table, each) for each in names), strict=True)]


def _first(these: Sequence[str | None], those: Sequence[str | None]) -> Sequence[str | None]:
    return [this if this is not None else that for this, that in zip(these, those, strict=True)]


def values(texts: Sequence[str | None]) -> Values:
    """Return texts as codes; equal texts have equal codes."""
    coded = pa.array(texts, pa.string()).dictionary_encode()
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return Values(codes, tuple(coded.dictionary.to_pylist()))


def _nullable(codes: NDArray[np.int64]) -> pa.Array:
    return pa.array(codes, mask=codes < 0)
