"""Scorecards as values, made in Python."""

from __future__ import annotations

import math
from typing import Any

import pytest

from kpicore.model.check import ProblemsError
from kpicore.model.choice import Choice
from kpicore.model.scorecard import Band, Effect, Gate, Scorecard, ScorecardMetric

WIN = ScorecardMetric("sales.win_rate", {"by": "target", "target": 0.6}, weight=25)
CALM = Effect(reason="why", cap=60)


def test_peers_name_their_method() -> None:
    """`by = "peers"` is short for the normaliser that compares with peers."""
    metric = ScorecardMetric("sales.win_rate", {"by": "peers", "method": "percentile", "ties": "mid"}, weight=1)

    assert Choice("percentile", {"ties": "mid"}) == metric.normalise


def test_defaults() -> None:
    """What a scorecard says that only names metrics."""
    card = Scorecard(role="agent", metrics=[WIN], gates=[Gate("x", {"cap": 60, "reason": "why"}, below=1)])

    assert ("arithmetic", "declared", "reshare", 0.6) == (card.aggregate.by, card.weighting.by, card.missing, card.minimum_coverage)
    assert "agent" == card.title_in("zh")
    assert Effect(reason="why", cap=60) == card.gates[0].then
    assert ("sales.win_rate", "x") == card.uses()


def test_bands_stand_in_order() -> None:
    """The file may list them from the best."""
    card = Scorecard(role="agent", metrics=[WIN], bands=[Band(85, "high"), Band(0, "low", to=85)])

    assert ["low", "high"] == [band.name for band in card.bands]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: ScorecardMetric("a", {"by": "x"}, weight=-3), "weight must be a finite number, 0 or more (got -3)"),
        (lambda: ScorecardMetric("a", {"by": "x"}, weight=math.nan), "weight must be a finite number, 0 or more (got nan)"),
        (lambda: ScorecardMetric("a", {"by": "x"}, weight=math.inf), "weight must be a finite number, 0 or more (got inf)"),
        (lambda: ScorecardMetric(" ", {"by": "x"}), "use must not be blank"),
        (lambda: ScorecardMetric("a", {"target": 3}), "the table must name what it asks for"),
        (lambda: ScorecardMetric("a", {"by": "peers"}), "a comparison with peers must name its method"),
        (lambda: ScorecardMetric("a", {"by": "target", "method": "z"}), 'method goes with by = "peers" only'),
        (lambda: Effect(reason="", cap=60), "reason must not be blank"),
        (lambda: Effect(reason="x"), "a gate must do exactly one of cap, discount and void (got 0)"),
        (lambda: Effect(reason="x", cap=1, void=True), "a gate must do exactly one of cap, discount and void (got 2)"),
        (lambda: Effect(reason="x", cap=100), "cap must be from 0 to below 100, or it has no effect (got 100)"),
        (lambda: Effect(reason="x", cap=-1), "cap must be from 0 to below 100, or it has no effect (got -1)"),
        (lambda: Effect(reason="x", discount=0), "discount must be a share above 0 and below 1 (got 0)"),
        (lambda: Effect(reason="x", discount=1.5), "discount must be a share above 0 and below 1 (got 1.5); to take all, use void = true"),
        (lambda: Gate("a", CALM), "a gate must have exactly one of below and above (got neither)"),
        (lambda: Gate("a", CALM, below=1, above=2), "a gate must have exactly one of below and above (got both)"),
        (lambda: Gate("a", CALM, below=math.nan), "below must be a finite number (got nan)"),
        (lambda: Band(101, "x"), "from must be from 0 to 100 (got 101)"),
        (lambda: Band(50, "x", to=50), "to must be above from (got from = 50, to = 50)"),
        (lambda: Band(50, ""), "name must not be blank"),
        (lambda: Band(50, "x", title={"fr": "x"}), "title must give the text in en, zh or both"),
    ],
)
def test_parts_refuse_contradictions(make: Any, says: str) -> None:
    """Each contradiction is named with what came."""
    with pytest.raises(ProblemsError) as caught:
        make()

    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"role": ""}, "role must not be blank"),
        ({"metrics": []}, "a scorecard needs at least one [[metric]]"),
        ({"metrics": [WIN, WIN]}, "metric 'sales.win_rate' is listed 2 times"),
        (
            {"metrics": [ScorecardMetric("a", {"by": "x"})]},
            'every [[metric]] needs a weight (none for a); give one, or set weighting = "equal"',
        ),
        ({"metrics": [ScorecardMetric("a", {"by": "x"}, weight=0)]}, "weights must not all be 0"),
        ({"period": "fortnight"}, "period 'fortnight' is unknown; valid are day, half, month, quarter, week, year"),
        ({"missing": "reshard"}, "missing 'reshard' is unknown; did you mean 'reshare'?"),
        ({"minimum_coverage": 1.1}, "minimum_coverage must be from 0 to 1 (got 1.1)"),
        ({"minimum_coverage": math.nan}, "minimum_coverage must be from 0 to 1 (got nan)"),
        ({"title": {"de": "x"}}, "title must give the text in en, zh or both"),
        ({"bands": [Band(85, "x")]}, "scores from 0 to 85 have no band; add a [[band]] with from = 0"),
        ({"bands": [Band(0, "x"), Band(0, "y")]}, "bands 'x' and 'y' both start at 0; bands must not overlap"),
        ({"bands": [Band(0, "x"), Band(9, "x")]}, "band 'x' is listed 2 times"),
        ({"bands": [Band(0, "x", to=60), Band(50, "y")]}, "bands 'x' (to 60) and 'y' (from 50) overlap; make them meet"),
        ({"bands": [Band(0, "x", to=40), Band(50, "y")]}, "bands 'x' (to 40) and 'y' (from 50) leave a gap; make them meet"),
        ({"bands": [Band(0, "x", to=90)]}, "scores from 90 to 100 have no band"),
    ],
)
def test_scorecards_refuse_contradictions(given: dict[str, Any], says: str) -> None:
    """Each contradiction is named with what came."""
    with pytest.raises(ProblemsError) as caught:
        Scorecard(**{"role": "agent", "metrics": [WIN], **given})

    assert says in str(caught.value)


def cap(limit: float, **when: float) -> Gate:
    """A gate on one metric."""
    return Gate("a", Effect(reason="why", cap=limit), **when)


@pytest.mark.parametrize(
    ("first", "second", "is_refused"),
    [
        (cap(60, below=0.3), cap(80, below=0.3), True),
        (cap(60, below=0.3), cap(60, below=0.2), True),
        (cap(60, below=0.3), cap(40, below=0.2), False),
        (cap(60, below=0.3), cap(80, below=0.4), False),
        (cap(60, above=0.3), cap(80, above=0.4), True),
        (cap(60, above=0.3), cap(80, above=0.2), False),
        (cap(60, below=0.3), cap(80, above=0.3), False),
        (Gate("a", Effect(reason="why", void=True), below=0.3), cap(10, below=0.2), True),
        (cap(60, below=0.3), Gate("b", Effect(reason="why", cap=80), below=0.3), False),
        (cap(60, below=0.3), Gate("a", Effect(reason="why", discount=0.5), below=0.3), False),
    ],
)
def test_a_gate_behind_a_stronger_one_is_refused(first: Gate, second: Gate, *, is_refused: bool) -> None:
    """A gate that can never change a score is a mistake of the scorecard."""
    if is_refused:
        with pytest.raises(ProblemsError, match=r"gate 2 \(a .*\) can never change a score"):
            Scorecard(role="agent", metrics=[WIN], gates=[first, second])
    else:
        assert 2 == len(Scorecard(role="agent", metrics=[WIN], gates=[first, second]).gates)


def test_problems_are_told_together() -> None:
    """One error tells all that is wrong with a value."""
    with pytest.raises(ProblemsError) as caught:
        Scorecard(role="", metrics=[], minimum_coverage=7)

    assert ["role", "minimum_coverage", "metric"] == [key for key, _ in caught.value.problems]
