"""What the two forms cost, as far as the planner needs it to choose: measured on DuckDB, see docs/explanation/planner.md.

The unit is one aggregate with a filter over all rows of the fact.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from attrs import frozen
from sqlalchemy import func, select

from kpicore import facts
from kpicore.errors import SourceError
from kpicore.model.measure import sql_text
from kpicore.query.discriminate import Discriminators, discriminators
from kpicore.query.rows import build

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from sqlalchemy import Select

    from kpicore.model.measure import Measure
    from kpicore.query.rows import Scope

KEY_COST = 0.5
"""Evaluating and hashing one more group key."""

GROUP_COST = 150.0
"""Making the groups, were there as many as rows."""

SECOND_LEVEL_COST = 1.8
"""One aggregate of the second level, were there as many groups as rows."""

SCAN_COST = 1.5
"""Reading the rows once more, with subject and window."""

FEW_ROWS = 20_000
"""A fact this small is answered in milliseconds by either form, so nothing is asked about it."""

SAMPLE_ROWS = 20_000


@frozen(eq=False)
class Cluster:
    """Measures that share one pass over the rows, with the group keys of the two-level form."""

    measures: tuple[Measure, ...]
    keys: Discriminators
    classes: int
    """How many combinations of the group keys to expect for a person and period."""
    cost: float


@frozen(eq=False)
class Estimator:
    """Knows how large a fact is, and estimates what aggregating some measures would cost."""

    scope: Scope
    rows: int
    cells: int
    """Subjects times windows, times what the scope's classes are expected to make of them."""

    @classmethod
    def of(cls, scope: Scope, sample: Measure) -> Estimator:
        """Ask how many rows the measure's fact has."""
        subjects = len(scope.grouping.subjects or ()) or scope.facts.row_count(facts.employee) or 1
        classes = prod(scope.facts.variety(column) for column in scope.classes)
        return cls(scope, scope.facts.row_count(sample.fact), max(1, subjects * len(scope.windows.periods) * classes))

    @property
    def is_small(self) -> bool:
        """Whether the fact is too small for the choice to matter."""
        return self.rows < FEW_ROWS

    def cluster(self, measures: Sequence[Measure]) -> Cluster:
        """Estimate the two-level form."""
        keys = discriminators([each.where for each in measures if each.where is not None], self.scope.facts.variety)
        classes = self._classes(measures, keys)
        shrink = min(1.0, classes * self.cells / max(self.rows, 1))
        cost = KEY_COST * len(keys.by_text) + shrink * (GROUP_COST + SECOND_LEVEL_COST * len(measures))
        return Cluster(tuple(measures), keys, classes, cost + SCAN_COST)

    def direct(self, measures: Sequence[Measure]) -> float:
        """Estimate the direct form: aggregates without a filter, and those repeated in both forms, are taken as free."""
        return SCAN_COST + sum(each.where is not None for each in measures)

    def _classes(self, measures: Sequence[Measure], keys: Discriminators) -> int:
        # The product of the varieties is only an upper bound: values go together, and nothing equals most bounds exactly.
        if keys.combinations <= 4 or keys.combinations * self.cells * GROUP_COST <= self.rows:
            return keys.combinations
        name = f"classes {sql_text(measures[0].at)} {[(text, each.cuts) for text, each in sorted(keys.by_text.items())]!r}"
        try:
            return min(keys.combinations, int(self.scope.facts.once(name, lambda: self._seen(measures, keys))))
        except SourceError:
            # One of the filters cannot be computed; which one is found out when the measures are asked for.
            return keys.combinations

    def _seen(self, measures: Sequence[Measure], keys: Discriminators) -> Select[Any]:
        base = build(self.scope, [measures[0], *{sql_text(each.where): each for each in measures}.values()])
        sample = select(*keys.keys(base.read)).select_from(base.from_).limit(SAMPLE_ROWS).subquery("sample")
        return select(func.count()).select_from(select(*sample.c).distinct().subquery("seen"))


def clusters(estimator: Estimator, measures: Sequence[Measure]) -> tuple[list[Cluster], list[Measure]]:
    """Divide measures into those that are aggregated by classes, in one pass or several, and those aggregated directly.

    Measures whose filters use the same group keys stay together. Each such group goes where it adds least: to the measures
    aggregated directly, to a pass that exists, or to a pass of its own.

    Returns:
        The passes by classes, and the measures left for the direct form.
    """
    if not measures:
        return [], []
    together = estimator.cluster(measures)
    if together.cost < estimator.direct(measures) and together.classes * estimator.cells * 8 <= estimator.rows:
        return [together], []
    found: list[Cluster] = []
    rest: list[Measure] = []
    for group in _by_keys(measures, together.keys):
        filtered = sum(each.where is not None for each in group)
        joined = [estimator.cluster([*each.measures, *group]) for each in found]
        added = [new.cost - old.cost for new, old in zip(joined, found, strict=True)]
        alone = estimator.cluster(group)
        best = min([*added, alone.cost, filtered])
        if best == filtered:
            rest += group
        elif best == alone.cost:
            found.append(alone)
        else:
            found[added.index(best)] = joined[added.index(best)]
    return (found, rest) if found else ([], list(measures))


def _by_keys(measures: Sequence[Measure], keys: Discriminators) -> list[list[Measure]]:
    groups: dict[tuple[str, ...], list[Measure]] = {}
    for measure in measures:
        used = keys.used_by(measure.where) if measure.where is not None else ()
        groups.setdefault(used, []).append(measure)
    return [groups[used] for used in sorted(groups, key=lambda used: (-len(groups[used]), used))]
