"""The relationship graph: declared links, what the data says of them, and the same bytes every time."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from kpicore import Count, count, facts
from kpicore.kernels.lagged import LEAST
from kpicore.matrix import MetricMatrix
from kpicore.model.cells import Cells
from kpicore.report.graph import declared, graph_of
from kpicore.report.graph_svg import graph_svg
from kpicore.report.graph_text import html, mermaid

DEAL = facts.opportunity.c


def metric(name: str, drives: tuple[str, ...] = (), guards: tuple[str, ...] = (), direction: str = "higher", title: str = "") -> Count:
    """Return a metric with its links."""
    return Count(
        name=name,
        title={"en": title or name, "zh": name},
        definition=name,
        of=count(DEAL.opportunity_id),
        direction=direction,  # type: ignore[arg-type]  # one of the three words
        drives=drives,
        guards=guards,
        dimension=name[0],
    )


METRICS = {
    each.name: each
    for each in (
        metric("a1", drives=("b1", "b2", "gone"), guards=("b2",)),
        metric("b1", drives=("b2",), title='<script>"x" & `y`'),
        metric("b2", direction="lower"),
        metric("c1", drives=("a1",), direction="none"),
    )
}


@pytest.fixture
def matrix() -> MetricMatrix:
    """Return 30 people over 12 months: b1 follows a1 a month later, b2 moves with a1 at once, c1 has no value."""
    rng = np.random.default_rng(3)
    a1 = rng.normal(size=(30, 12))
    values = {"a1": a1, "b1": np.roll(a1, 1, axis=1), "b2": a1 + 0.1 * rng.normal(size=a1.shape), "c1": np.full(a1.shape, np.nan)}
    cells = {name: Cells.of(value, np.ones(value.shape)) for name, value in values.items()}
    return MetricMatrix.build([f"p{at}" for at in range(30)], [f"2024-{at:02}" for at in range(1, 13)], cells)


def test_declared_links() -> None:
    """Of metrics there are; a guard acts on what it keeps honest; around some, only theirs."""
    assert [("a1", "b1"), ("a1", "b2"), ("b1", "b2"), ("c1", "a1")] == [
        (each.source, each.target) for each in declared(METRICS) if each.kind == "drives"
    ]
    assert [("b2", "a1")] == [(each.source, each.target) for each in declared(METRICS) if each.kind == "guards"]
    assert [("a1", "b1"), ("b1", "b2")] == [(each.source, each.target) for each in declared(METRICS, ["b1"])]


def test_what_the_data_says(matrix: MetricMatrix) -> None:
    """b2 should fall with a better a1 and rises: that contradicts; b1 follows after a month; what has no value is not shown."""
    view = graph_of(METRICS, declared(METRICS), matrix, period="2024")
    said = {(each.source, each.target): (each.verdict, each.found.lag if each.found and each.is_shown else None) for each in view.links}

    assert ("contradicts", 0) == said["a1", "b2"]
    assert ("agrees", 1) == said["a1", "b1"]
    assert ("not shown", None) == said["c1", "a1"]
    assert ("", 0) == said["b2", "a1"]
    assert ("a1", "b2") == (view.links[0].source, view.links[0].target)
    assert "lag 1 (months), n 330; agrees" in mermaid(view)


def test_few_months_show_nothing(matrix: MetricMatrix) -> None:
    """Below the stated number of pairs there is no figure, only how many there are."""
    few = MetricMatrix(
        matrix.subjects[:2], matrix.metrics, matrix.periods, *(getattr(matrix, kind)[:2] for kind in ("value", "n", "variance", "state"))
    )
    view = graph_of(METRICS, declared(METRICS), few, period="2024")

    assert LEAST > max(each.found.n for each in view.links if each.found is not None)
    assert {"not shown"} == {each.verdict for each in view.links}
    assert "r = " not in mermaid(view)


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_pictures_are_the_same_bytes_and_sound(matrix: MetricMatrix, locale: str) -> None:
    """Twice the same, well-formed, one path per link, and nothing of a title is markup."""
    views = [graph_of(METRICS, declared(METRICS), matrix, period="2024", locale=locale) for _ in range(2)]
    for form in (graph_svg, html, mermaid):
        assert form(views[0]) == form(views[1])
        assert "<script" not in form(views[0])
    tree = ET.fromstring(graph_svg(views[0]))  # noqa: S314  # made here

    assert len(views[0].links) == len([path for path in tree.iter("{http://www.w3.org/2000/svg}path") if "marker-end" in path.attrib])


def test_mermaid_escapes_and_marks_what_is_contradicted(matrix: MetricMatrix) -> None:
    """Quotes and brackets are codes; the contradicted link has a colour of its own."""
    text = mermaid(graph_of(METRICS, declared(METRICS), matrix, period="2024"))

    assert '["#lt;script#gt;#quot;x#quot; #amp; #96;y#96;"]' in text
    assert "linkStyle 0 stroke:#d55e00" in text
    assert '-->|"drives"|' in mermaid(graph_of(METRICS, declared(METRICS)))
