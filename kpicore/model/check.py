"""How values check themselves: each check yields problems, and `refuse` raises them together, so that one error tells all that is wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from kpicore.errors import ConfigError, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

Problem: TypeAlias = tuple[str, str]
"""The key concerned ('' for the whole), and what must hold."""


class ProblemsError(ConfigError):
    """A value contradicts itself; `problems` holds each key and sentence."""

    def __init__(self, owner: str, problems: tuple[Problem, ...]) -> None:
        """Make the message of all problems."""
        self.problems = problems
        super().__init__(f"{owner}: " + "; ".join(says for _, says in problems))


def refuse(owner: object, problems: Iterable[Problem]) -> None:
    """Raise all problems together, if there are any.

    Raises:
        ProblemsError: there is a problem.
    """
    if found := tuple(problems):
        raise ProblemsError(type(owner).__name__, found)


def finite(key: str, number: float | None) -> Iterator[Problem]:
    """Yield a problem where a given number is NaN or infinite."""
    if number is not None and not math.isfinite(number):
        yield key, f"{key} must be a finite number (got {number!r})"


def within(key: str, number: float | None, low: float, high: float) -> Iterator[Problem]:
    """Yield a problem where a given number is not from low to high, both included."""
    if number is not None and not low <= number <= high:
        yield key, f"{key} must be from {low:g} to {high:g} (got {number!r})"


def one_of(key: str, name: str, valid: Collection[str]) -> Iterator[Problem]:
    """Yield a problem, with the nearest valid name, where a name is not valid."""
    if name not in valid:
        yield key, f"{key} {name!r} is unknown{nearest(name, valid)}"


def filled(key: str, text: str) -> Iterator[Problem]:
    """Yield a problem where a text is blank."""
    if not text.strip():
        yield key, f"{key} must not be blank"


def titled(key: str, title: object) -> Iterator[Problem]:
    """Yield a problem where a title is not given in English or Chinese."""
    if not isinstance(title, Mapping) or not title or not set(title) <= {"en", "zh"}:
        yield key, f'{key} must give the text in en, zh or both, e.g. {{ en = "Agent", zh = "客服" }} (got {title!r})'
