"""Satisfaction and recommendation, on answers counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import kpicore_service
from kpicore import ConfigError, measure
from kpicore.testing import check_plugin

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def answer(score: float | None, kind: str = "csat", **more: object) -> dict[str, object]:
    """Return an answer about Ann's work."""
    return {"employee_id": "ann", "kind": kind, "answered_at": "2024-05-01", "score": score, **more}


ANSWERS = [
    answer(5),
    answer(4),
    answer(3),
    answer(1),
    answer(0),
    answer(6),
    answer(None),
    answer(10, "nps"),
    answer(5, is_sent_by_rule=False),
    answer(5, answered_at="2023-05-01"),
]


@pytest.mark.parametrize(("name", "expected"), [("service.csat", 0.5625), ("service.csat_points", 3.25), ("service.csat_top_box", 0.5)])
def test_satisfaction(cells: Callable[..., dict[str, Any]], name: str, expected: float) -> None:
    """Scores of 5, 4, 3 and 1: off the scale, unanswered, of another kind or year, or sent by choice do not count."""
    assert {"ann": expected} == cells(kpicore_service, name, {"survey": ANSWERS})


def test_scales_of_different_surveys(cells: Callable[..., dict[str, Any]]) -> None:
    """7 of 0 to 10 is 0.7 and 4 of 1 to 5 is 0.75."""
    rows = {"survey": [answer(7, scale_min=0, scale_max=10), answer(4, scale_min=None, scale_max=None)]}

    assert {"ann": 0.725} == cells(kpicore_service, "service.csat", rows)


def test_kinds_of_surveys_can_be_chosen(cells: Callable[..., dict[str, Any]]) -> None:
    """A project may count ratings as well, or only the topmost point."""
    rows = {"survey": [answer(5), answer(4, "rating"), answer(4)]}
    given = {"service.csat_top_box": {"kinds": ["csat", "rating"], "boxes": 1}}

    assert {"ann": pytest.approx(1 / 3)} == cells(kpicore_service, "service.csat_top_box", rows, parameters=given)


def test_kinds_must_be_a_list() -> None:
    """One text in place of a list is refused."""
    with pytest.raises(ConfigError, match=r'kinds must be a list of one or more names \(got \'csat\' in \[parameters."service.csat"\]\)'):
        kpicore_service.kpicore_metrics({"service.csat": {"kinds": "csat"}})


def test_promoters_less_detractors(cells: Callable[..., dict[str, Any]]) -> None:
    """Two promoters, one passive and one detractor of four make 25; 11 is off the scale."""
    scores = (10, 9, 7, 6, 11)
    rows = {"survey": [*(answer(score, "nps") for score in scores), answer(10, "csat")]}

    assert {"ann": 25.0} == cells(kpicore_service, "service.nps", rows)


def test_time_of_an_answer(cells: Callable[..., dict[str, Any]]) -> None:
    """An answer without a time counts when the survey was due; without any time there is nothing to measure by."""
    due = [{**answer(10, "nps"), "answered_at": None, "eligible_at": "2024-06-01"}]
    timeless = [{"employee_id": "ann", "kind": "nps", "score": 10}]

    assert {"ann": ["no_data", 100.0]} == cells(kpicore_service, "service.nps", {"survey": due}, "2024-05-01/2024-07-01", each="month")
    assert {"ann": "not_testable"} == cells(kpicore_service, "service.nps", {"employee": [{"employee_id": "ann"}], "survey": timeless})


def test_chance_in_promoters_less_detractors(filled: Callable[..., Any]) -> None:
    """The variance is the multinomial one, 100^2 (p + d - (p - d)^2) / n, with n - 1 for n as the shares are estimated."""
    rows = {"survey": [answer(score, "nps") for score in (10, 9, 7, 6, 2, 10, 8, 9)]}
    promoters, detractors, n = 4 / 8, 2 / 8, 8

    matrix = measure(metrics=["service.nps"], facts=filled(rows), period="2024", registry=check_plugin(kpicore_service))

    multinomial = 100.0**2 * (promoters + detractors - (promoters - detractors) ** 2) / n
    assert matrix.variance[0, 0, 0] == pytest.approx(multinomial * n / (n - 1))
