"""How a check of the kit fails: with everything that is wrong, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def demand(what: str, faults: Iterable[str]) -> None:
    """Raise AssertionError that lists all faults, if there are any."""
    if found := list(faults):
        raise AssertionError("\n  - ".join([f"{what} is not as it must be:", *found]))
