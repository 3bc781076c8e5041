"""When something that happened is typed into the CRM: at once, in the evening, or on Friday for the whole week."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kpicore.worlds.draws import DAY, HOUR, MINUTE, log_normal

if TYPE_CHECKING:
    from kpicore.worlds.draws import Floats, Ints
    from kpicore.worlds.staff import Staff


def typed_in(rng: np.random.Generator, staff: Staff, who: Ints, at: Floats, minutes: float = 14.0) -> Floats:
    """Return when each person entered what happened `at`; never earlier than it happened.

    Args:
        rng: the stream of the caller.
        staff: whose habits decide.
        who: (events,) employee numbers.
        at: (events,) moments.
        minutes: median delay of those who enter it at once.
    """
    habit = staff.habit[who]
    day = np.floor(at / DAY)
    weekday = np.where(np.isfinite(day), day + staff.timeline.start.weekday(), 0.0).astype(np.int64) % 7
    chance = rng.random(len(at))
    soon = at + log_normal(rng, minutes * MINUTE, 1.0, len(at))
    evening = day * DAY + rng.uniform(17.5, 19.0, len(at)) * HOUR
    friday = (day + (4 - weekday) % 7) * DAY + rng.uniform(15.5, 18.0, len(at)) * HOUR
    entered = np.where(chance < habit[:, 0], evening, np.where(chance < habit.sum(axis=1), friday, soon))
    return np.where(entered < at, soon, entered)
