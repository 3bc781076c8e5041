"""Scorecards and explanations as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from organisation import bench_registry, organisation, scorecard

from kpicore.errors import ScorecardError
from kpicore.model.dimension import Dimension
from kpicore.model.period import parse
from kpicore.model.scorecard import ScorecardMetric
from kpicore.pipeline import run, set_up
from kpicore.query.database import open_facts
from kpicore.query.records import records
from kpicore.report import builtin_reports, explain
from kpicore.report.text import grid, scorecards
from kpicore.report.view import View

if TYPE_CHECKING:
    from kpicore.record import Run


@pytest.fixture(scope="module")
def done() -> Run:
    """Return a finished run of the small organisation."""
    with open_facts(organisation()) as facts:
        return run(facts, scorecard(), parse("2024-02"), set_up(registry=bench_registry()))


def test_a_grid_never_reads_cells_as_markup() -> None:
    """What looks like a style is text."""
    assert "[red]x[/red]" in grid([("name", False)], [["[red]x[/red]"]])


def test_words_are_broken_only_where_nothing_else_helps() -> None:
    """The widest column gives way, at its blanks; figures and short words stay whole."""
    words = [("name", False), ("completeness of records", True)]
    rows = [["a name of several words", "12.5 %"]]

    wide, narrow = grid(words, rows, 30), grid(words, rows, 12)

    assert [f"{'':18}completeness", f"{'name':20}of records"] == wide.splitlines()[:2]
    assert 12 >= max(len(line) for line in narrow.splitlines())


def test_metrics_without_room_follow_in_another_table(done: Run) -> None:
    """A narrow terminal gets two tables, each with rank and person."""
    wide, narrow = scorecards(View(done)), scorecards(View(done), 60)

    assert (1, 2) == (wide.count("rank   "), narrow.count("rank   "))
    assert 60 >= max(len(line) for line in narrow.splitlines() if "Ann" in line)


def test_scorecards_show_everybody(done: Run) -> None:
    """Scored people with points, the others with the reason, and the gates that fired."""
    text = scorecards(View(done))

    assert "Ann Li (ann)" in text
    assert "75.0 %" in text
    assert "without a score: 1" in text
    assert "no facts in the period" in text


def test_scorecards_speak_chinese(done: Run) -> None:
    """Headings and titles follow the locale."""
    text = scorecards(View(done, "zh"))

    assert "名次" in text
    assert "赢单率" in text


def test_an_explanation_adds_up_in_words_and_figures(done: Run) -> None:
    """From the verdict down to the facts counted and not counted."""
    view = View(done)

    text = explain.explanation(view, view.person("ann"))

    assert text.startswith("Ann Li (ann) · seller · 2024-02 [2024-02-01, 2024-03-01)")
    assert "of 100 points, rank 1 (1–1) of 2, high; coverage 100.0 %" in text
    assert "Win rate is 75.0 % (n = 4); that is 0.750 on the way from worst (0) to best (1) and gives 45.00 of 60.00 points." in text
    assert "contact: raw 3 → counted 1; not counted: 1 repeats on the same day, 1 without an answer" in text


def test_an_explanation_of_nobody_says_why(done: Run) -> None:
    """A person without facts gets no score and no blame."""
    view = View(done)

    assert "without a score (no data): no facts in the period" in explain.explanation(view, view.person("Cyd Xu"))


def test_an_explanation_speaks_chinese_throughout(done: Run) -> None:
    """Goalposts, conditions of gates and bands, too."""
    bands = tuple(evolve(band, title={"en": band.name, "zh": f"等级{band.name}"}) for band in done.evidence.scorecard.bands)
    titled = evolve(done, evidence=evolve(done.evidence, scorecard=evolve(done.evidence.scorecard, bands=bands)))
    view = View(titled, "zh")

    text = explain.explanation(view, view.person("bob"))

    assert "底线值 0.0 %, 目标值 100.0 %" in text
    assert "低于 10.0 %" in text
    assert "等级low" in text


def test_long_expressions_are_cut_in_text_only() -> None:
    """Nobody reads twenty lines of SQL in a table."""
    assert "short" == explain._short("short")
    assert 160 == len(explain._short("x" * 161))


def test_aggregates_behind_a_metric_are_told(done: Run) -> None:
    """3 won of 4 closed."""
    told = [(each.condition, each.value) for each in explain.counted(View(done), "ann") if each.metric == "bench.win_rate"]

    assert told == [("opportunity.is_won", 3.0), ("opportunity.is_closed", 4.0)]


def test_records_behind_a_metric_are_listed(done: Run) -> None:
    """Each with whether it counted."""
    with open_facts(organisation()) as facts:
        found = [each for each in records(facts, done.evidence.request, "ann", 10) if each.metric == "bench.win_rate"]

    assert [each.is_counted for each in found] == [True, True, True, False]
    assert {each.fact for each in found} == {"opportunity"}
    assert [each.adds for each in found] == [1.0, 1.0, 1.0, 0.0]


def test_records_say_for_how_much_they_count(done: Run) -> None:
    """Three deals of 100 each, and one that was lost."""
    with open_facts(organisation()) as facts:
        found = [each for each in records(facts, done.evidence.request, "ann", 10) if each.metric == "bench.won"]

    assert [each.adds for each in found] == [100.0, 100.0, 100.0, 0.0]
    assert [" 100 " in line for line in explain.listing(found, View(done)).splitlines()[-4:]] == [True, True, True, False]


def test_an_explanation_is_also_data(done: Run) -> None:
    """The same as JSON, with titles and definitions."""
    view = View(done)

    content = json.loads(json.dumps(explain.to_dict(view, view.person("ann")), allow_nan=False))

    assert content["schema"] == "kpicore.explanation/1"
    assert content["metrics"][0]["title"] == {"en": "Win rate", "zh": "赢单率"}
    assert content["metrics"][0]["goalposts"] == {"floor": 0.0, "target": 1.0}
    assert content["metrics"][0]["treatment"] == {}


def test_a_mistyped_person_is_offered_the_nearest(done: Run) -> None:
    """By id or by name."""
    with pytest.raises(ScorecardError, match="did you mean 'Ann Li'"):
        View(done).person("Ann Lee")


def test_people_of_one_name_must_be_named_by_id(done: Run) -> None:
    """Two people may be called alike."""
    twins = tuple(evolve(each, name="Ann Li") for each in done.result.scores)
    view = View(evolve(done, result=evolve(done.result, scores=twins)))

    with pytest.raises(ScorecardError, match=r"must be named by id, as several .* are called 'Ann Li' \(ann, bob\)"):
        view.person("Ann Li")
    assert view.person("bob").subject == "bob"


def test_the_bundled_reports_render_a_view(done: Run) -> None:
    """JSON is the contract, text is for people."""
    as_json, as_text = builtin_reports()

    assert json.loads(as_json.render(View(done), "en"))["schema"] == "kpicore.run/1"
    assert as_text.render(View(done), "en") == scorecards(View(done))


def test_a_weakness_under_the_geometric_mean_takes_points_off() -> None:
    """Bob's contacts all went unanswered; the words say what that costs, and that the cap took nothing more."""
    with open_facts(organisation()) as facts:
        view = View(run(facts, scorecard(aggregate="geometric"), parse("2024-02"), set_up(registry=bench_registry())))

    text = explain.explanation(view, view.person("bob"))

    assert "Answered is 0.0 % (n = 1); that is 0.000 on the way from worst (0) to best (1) and takes" in text
    assert "points off; it could give 10.00." in text
    assert "Nobody answered. (takes nothing: the score is lower anyway)" in text


def in_dimensions(locale: str = "en", **changes: Any) -> View:
    """Score sellers by success, which is two metrics, and service."""
    dimensions = (Dimension("success", title={"en": "Success", "zh": "成效"}), Dimension("service"))
    metrics = [evolve(metric, dimension=of) for metric, of in zip(scorecard().metrics, ("success", "success", "service"), strict=True)]
    card = scorecard(**{"metrics": metrics, "dimensions": dimensions, "aggregate": "geometric", **changes})
    with open_facts(organisation()) as facts:
        return View(run(facts, card, parse("2024-02"), set_up(registry=bench_registry())), locale)


def test_dimensions_have_their_subtotals() -> None:
    """In the table of people, and above their metrics in an explanation, which says how both levels were made."""
    view = in_dimensions()

    assert "Success" in scorecards(view).splitlines()[2]
    lines = explain.explanation(view, view.person("ann")).splitlines()
    assert ["Success", "  Win rate", "  Won", "service", "  Answered"] == [line[:10].rstrip() for line in lines[5:10]]
    assert "  Success is, of its metrics, the weighted arithmetic mean." in lines
    assert any(line.startswith("  The score is, of the dimensions, the weighted geometric mean") for line in lines)
    chinese = explain.explanation(in_dimensions("zh"), view.person("ann"))
    assert "成效为其指标的加权算术平均。" in chinese
    content = explain.to_dict(view, view.person("ann"))
    assert {"success": "arithmetic", "service": "arithmetic"} == content["aggregate_within"]
    assert ["success", "service"] == [each["name"] for each in content["dimensions"]]


@pytest.mark.parametrize(
    ("aggregate", "says"),
    [
        ("harmonic", "The score is the weighted harmonic mean: the weakest decides most. Each metric starts with its weight in points and"),
        ({"by": "generalised_mean", "power": -2}, "The score is the weighted mean of power -2. Each metric starts with"),
        ("copeland", "The score is the share of the peers whom one is ahead of, by weight: it changes with who they are. Each metric"),
        ("benefit_of_the_doubt", "The score is the mean with the weights that suit the person best, within bounds"),
    ],
)
def test_an_explanation_says_how_the_score_was_made(aggregate: Any, says: str) -> None:
    """Each aggregator that comes with kpicore has its words, in both languages."""
    view = in_dimensions(dimensions=(), metrics=scorecard().metrics, aggregate=aggregate)

    assert f"  {says}" in explain.explanation(view, view.person("ann"))
    assert "得分为" in explain.explanation(View(view.run, "zh"), view.person("ann"))


def treated_by(treat: Any, locale: str = "en", **normalise: Any) -> str:
    """Explain bob, who won 50 where ann won 300."""
    metric = ScorecardMetric("bench.won", normalise or {"by": "min_max"}, 1, treat=treat)
    with open_facts(organisation()) as facts:
        view = View(run(facts, scorecard(metrics=(metric,), gates=()), parse("2024-02"), set_up(registry=bench_registry())), locale)
    return explain.explanation(view, view.person("bob"), 200)


def test_an_explanation_tells_what_became_of_an_outlier() -> None:
    """What was measured, what it counts as, and how many were treated."""
    text = treated_by({"by": "winsorise", "share": 0.1})

    assert "worst 75, best 275, outliers drawn in to 75 / 275" in text
    assert "Won is 50 (n = 1), which as an outlier counts as 75; that is 0.000 on the way from worst (0) to best (1)" in text
    assert "(outliers were winsorised: 2 of 2 values" in text
    assert "赢单额: 50(n = 1),作为离群值按 75 计,归一化为 0.000" in treated_by({"by": "winsorise", "share": 0.1}, "zh")


def test_an_explanation_does_not_print_logarithms_as_money() -> None:
    """The goalposts are told as the peers' range in the metric's unit."""
    text = treated_by("log")

    assert "the peers by logarithm, 50 to 300" in text
    assert "Won is 50 (n = 1), compared by its logarithm; that is 0.000 on the way" in text
    assert "按对数比较" in treated_by("log", "zh")


def test_an_explanation_tells_the_bands() -> None:
    """Where one ends and the next begins."""
    assert "cuts 40 / 100" in treated_by(None, by="bands", cuts=[40, 100], worth=[0, 0.5, 1])
