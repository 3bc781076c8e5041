"""How uncertain a score is: what a scorecard asks to be told about chance in the figures it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from kpicore.model.check import refuse, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpicore.model.check import Problem

FEWEST_DRAWS = 100
"""Fewer draws say nothing about the ends of an interval."""
MOST_DRAWS = 100_000


@frozen
class Uncertainty:
    """How intervals of scores and ranks are made."""

    level: float = 0.95
    """The share of what may be true that an interval holds."""
    draws: int = 4000
    """How often the metrics' true values are drawn; 0 leaves intervals out."""
    seed: int = 1
    """The same seed gives the same draws."""
    target: float = 80.0
    """The score whose probability of being reached is told."""
    top: int = 3
    """The rank whose probability of being reached is told."""
    grade: float = 0.9
    """How probable it must be that two people are in the right order for them to stand in different grades."""

    def __attrs_post_init__(self) -> None:
        """Refuse what no interval can be made with."""
        refuse(self, _problems(self))


def _problems(given: Uncertainty) -> Iterator[Problem]:
    if not 0.0 < given.level < 1.0:
        yield "level", f"level must be above 0 and below 1 (got {given.level!r})"
    if given.draws != 0 and not FEWEST_DRAWS <= given.draws <= MOST_DRAWS:
        yield "draws", f"draws must be from {FEWEST_DRAWS} to {MOST_DRAWS}, or 0 for no intervals (got {given.draws!r})"
    if given.seed < 0:
        yield "seed", f"seed must be 0 or more (got {given.seed!r})"
    yield from within("target", given.target, 0.0, 100.0)
    if given.top < 1:
        yield "top", f"top must be 1 or more (got {given.top!r})"
    if not 0.5 <= given.grade < 1.0:
        yield "grade", f"grade must be at least 0.5 and below 1 (got {given.grade!r})"
