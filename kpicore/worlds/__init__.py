"""Generated organisations whose truth is known: for the demonstration, for tests, to play tricks on. Start with `organisation`."""

from __future__ import annotations

from kpicore.worlds.assumptions import Assumptions
from kpicore.worlds.organisation import generate
from kpicore.worlds.world import World

__all__ = ["Assumptions", "World", "generate"]
