"""What a rule is, and what it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kpicore.lint.figures import Figures
    from kpicore.lint.finding import Severity
    from kpicore.model.metric import Metric
    from kpicore.model.offer import Normaliser
    from kpicore.model.scorecard import Scorecard, ScorecardMetric

Remark: TypeAlias = tuple[str, str]
"""The metric concerned ('' for the whole scorecard), and what to say."""


@frozen(eq=False)
class Draft:
    """A scorecard to be judged."""

    card: Scorecard
    metrics: Mapping[str, Metric]
    """All that plugins offer, by name."""
    normalisers: Mapping[str, Normaliser] = field(factory=dict)
    """All that plugins offer, by name."""
    results: Figures | None = None
    """What the scorecard did to people; None where nobody was scored."""

    @property
    def figures(self) -> Figures:
        """What the scorecard did to people; only for rules that say they need it."""
        if self.results is None:
            raise RuntimeError("a rule that looks at people must say needs_people = True in the table of rules")
        return self.results

    @property
    def counting(self) -> tuple[ScorecardMetric, ...]:
        """The metrics that count: those of weight 0, or of a dimension of weight 0, are only shown."""
        shown = {dimension.name for dimension in self.card.dimensions if dimension.weight == 0}
        return tuple(each for each in self.card.metrics if (each.weight is None or each.weight > 0) and each.dimension not in shown)

    @property
    def weights(self) -> dict[str, float]:
        """Share of the weight per counting metric; nothing where weights follow from data."""
        counting = self.counting
        if self.card.weighting.by not in ("declared", "equal"):
            return {}
        raw = {each.use: 1.0 if each.weight is None or self.card.weighting.by == "equal" else each.weight for each in counting}
        declared = {dimension.name: dimension.weight for dimension in self.card.dimensions if dimension.weight}
        if declared:
            inside = {name: sum(raw[each.use] for each in counting if each.dimension == name) for name in declared}
            raw = {each.use: raw[each.use] * declared[each.dimension or ""] / inside[each.dimension or ""] for each in counting}
        return {name: weight / sum(raw.values()) for name, weight in raw.items()}


@frozen
class Rule:
    """One rule of the linter."""

    code: str
    """E.g. 'SC003'."""
    name: str
    """E.g. 'unguarded-volume'."""
    severity: Severity
    title: str
    """What it finds, in a few words."""
    look: Callable[[Draft], Iterator[Remark]]
    needs_people: bool = False
    """Whether it looks at what the scorecard did to people."""

    @property
    def docs(self) -> str:
        """Its page, in the documentation."""
        return f"reference/linter/{self.code}.md"
