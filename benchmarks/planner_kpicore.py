"""kpicore itself, from metric values to the metric matrix, and the time to plan and compile."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import metric_sets
import numpy as np
from attrs import evolve

from kpicore import Count, Mean, Metric, count, facts
from kpicore.model.period import parse, split
from kpicore.query import plan as planner
from kpicore.query.database import open_facts
from kpicore.query.run import Outcome, Request, measure, prepare

if TYPE_CHECKING:
    from collections.abc import Callable

YEAR = "2025"


def _request(metrics: dict[str, Metric]) -> Request:
    return Request(metrics, tuple(metrics), tuple(split(parse(YEAR), "month")))


def _set(name: str) -> dict[str, Metric]:
    return metric_sets.filtered(int(name)) if name.isdigit() else metric_sets.set_a() if name == "A" else metric_sets.set_b()


def runs(name: str, source: str, *, always_two_level: bool) -> tuple[Callable[[], Outcome], Callable[[Outcome], dict[str, float]], str]:
    """Return what kpicore does, how its matrix becomes checksums, and which forms it chose."""
    if always_two_level:
        planner.TWO_LEVEL_ENGINES = (*planner.TWO_LEVEL_ENGINES, "postgresql")
    stack = ExitStack()
    database = stack.enter_context(open_facts(source))
    request = _request(_set(name))
    forms = Counter(branch.form for statement in prepare(database, request)[1].statements for branch in statement.branches)

    def run(stack: ExitStack = stack) -> Outcome:
        del stack  # kept, so that the database stays open
        outcome = measure(database, request)
        assert not outcome.failures, [failure.why for failure in outcome.failures]
        return outcome

    return run, _checksums, ", ".join(f"{number} {form}" for form, number in sorted(forms.items()))


def _checksums(outcome: Outcome) -> dict[str, float]:
    matrix = outcome.matrix
    who = np.array([int(each.lstrip("P")) for each in matrix.subjects])
    weight = 1 + who[:, None] + np.arange(12)[None, :] / 100
    return {name.partition(".")[2]: float(np.nansum(matrix.value[:, at] * weight)) for at, name in enumerate(matrix.metrics)}


def _many(number: int) -> dict[str, Metric]:
    """Return that many metrics on three facts, each with a filter of its own."""
    contact = facts.contact.c
    found: dict[str, Metric] = {}
    rest = [metric for name, metric in metric_sets.set_b().items() if not name.endswith(("contacts", "share", "mean_duration"))]
    for at in range(number):
        where = (contact.channel == metric_sets.CHANNELS[at % 5]) & (contact.duration_s >= 10 + at)
        fields: dict[str, Any] = {"title": {"en": "m"}, "definition": "m", "subject": contact.employee_id, "at": contact.started_at}
        name = f"benchmark.m{at:03d}"
        if at < len(rest):
            found[name] = evolve(rest[at], name=name)
        elif at % 2:
            found[name] = Mean(name=name, value=contact.duration_s, where=where, **fields)
        else:
            found[name] = Count(name=name, of=count(contact.contact_id, where), **fields)
    return found


def compile_time(number: int, source: str, repeats: int) -> dict[str, Any]:
    """Measure planning and compiling of fresh metric values on a database whose statistics are known."""
    best = float("inf")
    with open_facts(source) as database:
        for _ in range(repeats + 1):
            request = _request(_many(number))
            before = time.process_time()
            _, planned, _, _ = prepare(database, request)
            for statement in planned.statements:
                statement.select.compile(database.connection.engine)
            best = min(best, time.process_time() - before)
    measures = sum(len(branch.measures) for statement in planned.statements for branch in statement.branches)
    return {"ms": best * 1000, "statements": len(planned.statements), "measures": measures}
