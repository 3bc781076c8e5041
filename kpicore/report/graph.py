"""The relationship graph: which metric is said to drive or guard which, and what the data says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from attrs import frozen

from kpicore.kernels.lagged import strongest
from kpicore.model.cells import State
from kpicore.model.result import significant
from kpicore.report.drivers import title_of
from kpicore.report.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kpicore.kernels.lagged import Lagged
    from kpicore.matrix import MetricMatrix
    from kpicore.model.metric import Metric

Verdict: TypeAlias = Literal["agrees", "contradicts", "open", "not shown", ""]
"""What the data says of a declared link; 'not shown' with too few pairs, '' where nothing was measured or neither way is better."""

LAGS = (0, 1, 2, 3)
"""Periods by which the driven metric may follow."""
MISTAKES = 0.05
"""How probable it is that any link of a graph is told to agree or to contradict where no metric moves with another (Bonferroni)."""
_SIGN = {"higher": 1.0, "lower": -1.0, "none": 0.0}


@frozen
class Link:
    """One declared relation, from what acts to what it acts on."""

    source: str
    target: str
    kind: Literal["drives", "guards"]
    """drives: an improvement of the source should improve the target; guards: the source keeps the target honest."""
    found: Lagged | None = None
    """The correlation within people, at the lag where it is strongest."""
    verdict: Verdict = ""

    @property
    def is_shown(self) -> bool:
        """Whether there is a correlation to show."""
        return self.found is not None and bool(np.isfinite(self.found.r))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        about = {"source": self.source, "target": self.target, "kind": self.kind, "verdict": self.verdict}
        if self.found is None:
            return about
        figures = {name: significant(getattr(self.found, name)) for name in ("r", "low", "high")}
        return {**about, "lag": self.found.lag, **figures, "n": self.found.n, "subjects": self.found.subjects}


@frozen(eq=False)
class Graph:
    """Metrics and their links."""

    metrics: Mapping[str, Metric]
    """Those with a link, by dimension and name."""
    links: tuple[Link, ...]
    """What the data contradicts first, then by kind, source and target."""
    period: str = ""
    each: str = "month"
    locale: str = "en"

    def title(self, name: str) -> str:
        """Return a metric's title."""
        return title_of(self.metrics[name], self.locale)

    def dimensions(self) -> list[tuple[str, list[str]]]:
        """Return the metrics by dimension, in order of appearance."""
        found: dict[str, list[str]] = {}
        for name, metric in self.metrics.items():
            found.setdefault(metric.dimension, []).append(name)
        return list(found.items())

    def said(self, link: Link) -> str:
        """Return what the data says of a link, e.g. 'r = 0.43 (0.35 to 0.50), lag 1 (months), n 520; agrees', or ''."""
        if link.found is None:
            return ""
        if not link.is_shown:
            return say("n {}: too few, or nothing varies", self.locale, link.found.n)
        told = say(
            "r = {:.2f} ({:.2f} to {:.2f}), lag {} ({}), n {:,}", self.locale, *link.found[1:4], link.found.lag, self.unit, link.found.n
        )
        return f"{told}; {say(link.verdict, self.locale)}" if link.verdict else told

    @property
    def unit(self) -> str:
        """The unit of lags."""
        return say(f"{self.each}s", self.locale)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        nodes = [
            {"metric": name, "title": self.title(name), "dimension": each.dimension, "direction": each.direction}
            for name, each in self.metrics.items()
        ]
        return {"period": self.period, "each": self.each, "metrics": nodes, "links": [each.to_dict() for each in self.links]}


def declared(metrics: Mapping[str, Metric], around: Iterable[str] | None = None) -> list[Link]:
    """Return the declared links between metrics there are, sorted.

    Args:
        metrics: all that are known.
        around: only links of these metrics; all unless given.
    """
    drives = {Link(name, other, "drives") for name, metric in metrics.items() for other in metric.drives}
    guards = {Link(other, name, "guards") for name, metric in metrics.items() for other in metric.guards}
    near = set(metrics if around is None else around)
    found = [each for each in drives | guards if {each.source, each.target} <= set(metrics) and near & {each.source, each.target}]
    return sorted(found, key=lambda each: (each.kind, each.source, each.target))


def graph_of(
    metrics: Mapping[str, Metric],
    links: Iterable[Link],
    matrix: MetricMatrix | None = None,
    *,
    period: str = "",
    each: str = "month",
    locale: str = "en",
) -> Graph:
    """Put the graph together.

    Args:
        metrics: all that are known.
        links: as `declared` returned them.
        matrix: of people, the metrics and consecutive periods; None where nothing was measured.
        period: which one was measured.
        each: the unit into which it was split.
        locale: en or zh.
    """
    known = list(links)
    if matrix is not None:
        level = 1.0 - MISTAKES / max(sum(link.kind == "drives" for link in known), 1)
        known = [_measured(metrics, link, matrix, level) for link in known]
    rank = {"contradicts": 0, "agrees": 1, "open": 2}
    ordered = sorted(known, key=lambda one: (rank.get(one.verdict, 3), one.kind, one.source, one.target))
    used = {name for link in ordered for name in (link.source, link.target)}
    shown = {name: metrics[name] for name in sorted(used, key=lambda name: (metrics[name].dimension, name))}
    return Graph(shown, tuple(ordered), period, each, locale)


def _measured(metrics: Mapping[str, Metric], link: Link, matrix: MetricMatrix, level: float) -> Link:
    if not {link.source, link.target} <= set(matrix.metrics):
        return link
    x, y = (_values(matrix, name) for name in (link.source, link.target))
    found = strongest(x, y, LAGS, level)
    sign = _SIGN[metrics[link.source].direction] * _SIGN[metrics[link.target].direction]
    return Link(link.source, link.target, link.kind, found, _verdict(found, sign if link.kind == "drives" else 0.0))


def _values(matrix: MetricMatrix, name: str) -> np.ndarray:
    at = matrix.metrics.index(name)
    return np.where(matrix.state[:, at] == State.VALUE, matrix.value[:, at], np.nan)


def _verdict(found: Lagged, sign: float) -> Verdict:
    if not np.isfinite(found.r):
        return "not shown"
    if sign == 0:
        return ""
    low, high = sorted((sign * found.low, sign * found.high))
    return "agrees" if low > 0 else "contradicts" if high < 0 else "open"
