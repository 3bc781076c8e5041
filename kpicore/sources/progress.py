"""How a load tells its caller how far it is; nothing is printed here."""

from __future__ import annotations

from typing import Protocol

from attrs import define


class Progress(Protocol):
    """Is called at every step of a load."""

    def __call__(self, doing: str, done: int, total: int, /) -> None:
        """Receive what is being done, and how many of how many steps are done."""


@define
class Tracker:
    """Counts the steps of one load."""

    progress: Progress | None
    total: int
    done: int = 0

    def reading(self, source: str, rows: int) -> None:
        """Tell how many rows of a file or table have been read."""
        self._tell(f"reading {source}: {rows:,} rows")

    def step(self, doing: str) -> None:
        """Tell that one more step is done, and which one comes."""
        self._tell(doing)
        self.done += 1

    def finish(self) -> None:
        """Tell that all is done."""
        self.done = self.total
        self._tell("done")

    def _tell(self, doing: str) -> None:
        if self.progress is not None:
            self.progress(doing, self.done, self.total)
