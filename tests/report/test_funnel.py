"""The view of a funnel: who is where, as JSON, text and SVG."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from linted import plugins

from kpicore.errors import MetricError
from kpicore.matrix import MetricMatrix
from kpicore.model.cells import Cells, Family
from kpicore.report.funnel import FunnelView, funnel_of
from kpicore.report.funnel_svg import funnel_svg, ticks
from kpicore.report.funnel_text import STRIP, funnel_text, strip

RATE = "sales.win_rate"
SHARES = {"ann": 0.5, "bob": 0.52, "cyd": 0.48, "dan": 0.5, "eve": 0.51, "fay": 0.49, "gus": 0.5, "hal": 0.5, "ida": 0.5, "jan": 0.9}


def view(shares: dict[str, float], n: float = 100.0, name: str = RATE, family: Family = "binomial", **how: object) -> FunnelView:
    """Put shares into a funnel."""
    value = np.array(list(shares.values()))[:, None]
    cells = Cells.of(value, np.full_like(value, n), np.full_like(value, 4.0), family)
    matrix = MetricMatrix.build(list(shares), ["2024-Q1"], {name: cells})
    return funnel_of(plugins().metrics[name], matrix, **how)  # type: ignore[arg-type]  # names and locale


def test_who_is_outside_and_why() -> None:
    """Nine people at one half of 100 and one at nine tenths; limits at 54 % of 1000: 0.44 and 0.64, and 0.39 and 0.69."""
    found = {point.subject: point for point in view(SHARES).points}

    assert {"jan": ("outside", 1)} == {who: (point.place, point.side) for who, point in found.items() if point.side}
    assert pytest.approx(0.54) == view(SHARES).common.centre
    assert np.allclose([[0.442, 0.638], [0.386, 0.694]], found["ann"].limits, atol=0.005)


def test_between_the_limits_is_the_edge() -> None:
    """At 65 % of 100, where the others have a half."""
    found = {point.subject: (point.place, point.side) for point in view({**SHARES, "jan": 0.63}).points}

    assert ("edge", 1) == found["jan"]


def test_who_has_no_value_is_named() -> None:
    """And is no point."""
    found = view({**SHARES, "kim": np.nan})

    assert ("kim",) == found.without
    assert 10 == len(found.points)
    assert "10 with a value" in funnel_text(found)


def test_as_json() -> None:
    """Points, limits and the curve."""
    content = view(SHARES, names={"jan": "Jan Hu"}).to_dict()

    assert (RATE, "2024-Q1", "binomial", [0.95, 0.998]) == tuple(content[key] for key in ("metric", "period", "family", "levels"))
    assert ["Jan Hu"] == [point["name"] for point in content["points"] if point["place"] == "outside"]
    assert all(len(each["limits"]) == 2 for each in content["curve"])


def test_a_line_is_drawn_to_scale() -> None:
    """The common figure and the value stand where they belong, limits in pairs around them."""
    found = view(SHARES)
    line = strip(found, found.points[0])

    assert STRIP == len(line)
    assert line.index("(") < line.index("[") < line.index("]") < line.index(")")


def test_text_says_what_it_means_and_blames_nobody() -> None:
    """In both languages."""
    text, chinese = funnel_text(view(SHARES)), funnel_text(view(SHARES, locale="zh"))

    assert "higher than chance explains" in text
    assert "a question to look into, and no verdict" in text
    assert "where nobody differs, 0.5 of 10" in text
    assert "偏高,超出随机所能解释" in chinese
    assert chinese.startswith("商机赢单率")


def test_the_picture_is_the_same_every_time_and_well_formed() -> None:
    """XML with one circle a person; only who is outside is filled."""
    picture = funnel_svg(view(SHARES))
    circles = list(ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}circle"))  # noqa: S314  # made here

    assert picture == funnel_svg(view(SHARES))
    assert 10 == len(circles)
    assert 1 == sum(circle.get("fill") != "none" for circle in circles)


def test_names_cannot_leave_their_place() -> None:
    """Markup and characters that turn the reading direction are shown, not obeyed."""
    picture = funnel_svg(view(SHARES, names={"jan": '<script>alert("1")</script>\u202e&'}))

    assert "<script" not in picture
    assert "\u202e" not in picture
    assert "&lt;script&gt;" in picture
    ET.fromstring(picture)  # noqa: S314  # made here


@pytest.mark.parametrize("name", ["sales.deals_won", "sales.revenue_won", "sales.quota_attainment", "sales.revenue_growth"])
def test_what_grows_with_n_makes_no_funnel(name: str) -> None:
    """Counts, sums, growth, and revenue over a target."""
    with pytest.raises(MetricError, match="grows with what it counts"):
        view(SHARES, name=name)


def test_too_few_make_no_funnel() -> None:
    """The message names metric and period."""
    with pytest.raises(MetricError, match=r"sales.win_rate makes no funnel in 2024-Q1: a funnel needs at least 5"):
        view({"ann": 0.5, "bob": 0.4})


def test_limits_stay_where_the_metric_can_be() -> None:
    """Days are not negative; points may be; a mean of shares is not above 1."""
    days = view({who: 10 * share for who, share in SHARES.items()}, n=2, name="sales.cycle_time", family="gaussian")
    points = view(SHARES, n=2, name="service.nps", family="gaussian")
    shares = view(SHARES, n=2, name="service.csat", family="gaussian")

    assert 0 == days.points[0].limits[1][0]
    assert points.points[0].limits[1][0] < 0
    assert 1 == shares.points[0].limits[1][1]


def test_ticks_are_round() -> None:
    """About five, within the range."""
    assert [0.4, 0.5, 0.6, 0.7] == ticks(0.37, 0.74)
    assert [0.0, 200.0, 400.0] == ticks(0, 580)
