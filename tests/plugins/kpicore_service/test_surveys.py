"""Response rates, effort and ratings, on surveys counted by hand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

import kpicore_service

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def survey(score: float | None = None, kind: str = "csat", **more: object) -> dict[str, object]:
    """Return a survey about Ann's work, due on 1 May 2024."""
    usual = {"employee_id": "ann", "kind": kind, "eligible_at": "2024-05-01", "sent_at": "2024-05-01", "answered_at": None}
    return {**usual, "score": score, **more}


@pytest.mark.parametrize(
    ("given", "expected"), [({}, 1 / 4), ({"of": "sent"}, 1 / 3), ({"answer_days": 21}, 2 / 4), ({"kinds": ["nps"]}, 0.0)]
)
def test_who_answers(cells: Callable[..., dict[str, Any]], given: dict[str, object], expected: float) -> None:
    """One of four answered within two weeks; one was never sent, one was answered late, one has time left."""
    rows = [survey(answered_at="2024-05-02"), survey(answered_at="2024-05-20"), survey(), survey(sent_at=None)]
    rows += [survey(eligible_at="2024-05-30", sent_at="2024-05-30", answered_at="2024-05-30"), survey(kind="nps")]
    parameters = {"service.csat_response_rate": given}

    found = cells(
        kpicore_service, "service.csat_response_rate", {"survey": rows}, "2024-05", as_of=datetime(2024, 6, 1), parameters=parameters
    )

    assert {"ann": pytest.approx(expected)} == found


@pytest.mark.parametrize(("question", "expected"), [("effort", 2.5), ("ease", 3.5)])
def test_effort(cells: Callable[..., dict[str, Any]], question: str, expected: float) -> None:
    """Scores of 2 and 3 of 5; asked for ease they are 4 and 3. Another kind, off the scale or sent by choice do not count."""
    rows = [survey(2, "ces"), survey(3, "ces"), survey(9, "ces"), survey(5), survey(5, "ces", is_sent_by_rule=False)]

    assert {"ann": expected} == cells(kpicore_service, "service.ces", {"survey": rows}, parameters={"service.ces": {"question": question}})


def test_rating_over_all_kinds(cells: Callable[..., dict[str, Any]]) -> None:
    """4 of 1 to 5 is .75, 9 of 0 to 10 is .9, an effort of 2 is .75, and a rating of 100 of 0 to 100 is 1."""
    rows = [survey(4), survey(9, "nps"), survey(2, "ces"), survey(100, "rating", scale_min=0, scale_max=100), survey(1, "other")]

    assert {"ann": pytest.approx(0.85)} == cells(kpicore_service, "service.service_rating", {"survey": rows})
