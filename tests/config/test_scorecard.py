"""Scorecard files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kpicore import facts
from kpicore.config import check_names, check_reach, load_scorecard
from kpicore.errors import ConfigError
from kpicore.model.choice import Choice
from kpicore.model.kinds import Growth, Mean, Ratio, Total
from kpicore.model.measure import total
from kpicore.model.scorecard import Band, Effect, Gate, Scorecard, ScorecardMetric
from kpicore.model.small import DeclaredPrior, SmallSamples

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """\
schema = "kpicore.scorecard/1"
role = "account_executive"
title = { en = "Account executive", zh = "客户经理" }
period = "quarter"
aggregate = "geometric"
missing = "reshare"
minimum_coverage = 0.6

[[metric]]
use = "sales.win_rate"
weight = 25
normalise = { by = "target", floor = 0.40, target = 0.63, stretch = 0.75 }
complexity = { by = ["customer.size", "opportunity.product"], method = "expected" }

[[metric]]
use = "contact.effective_rate"
weight = 20
normalise = { by = "peers", method = "percentile" }
treat = { by = "winsorise", points = 3 }

[[gate]]
use = "contact.effective_rate"
below = 0.30
then = { cap = 60, reason = "Volume without customer response does not score above 60." }

[[band]]
from = 85
name = "outstanding"

[[band]]
from = 0
name = "other"
"""


def write(folder: Path, text: str) -> Path:
    """Write a scorecard file."""
    path = folder / "ae.toml"
    path.write_text(text, encoding="utf-8")
    return path


def errors(folder: Path, text: str) -> str:
    """Return what is wrong with a scorecard file."""
    with pytest.raises(ConfigError) as caught:
        load_scorecard(write(folder, text))
    return str(caught.value).replace(str(folder), "")


def test_a_whole_scorecard_is_read(tmp_path: Path) -> None:
    """Every key arrives where it belongs."""
    path = write(tmp_path, WHOLE)

    card = load_scorecard(path)

    complexity = {"by": ["customer.size", "opportunity.product"], "method": "expected"}
    reason = "Volume without customer response does not score above 60."
    assert (
        Scorecard(
            role="account_executive",
            title={"en": "Account executive", "zh": "客户经理"},
            period="quarter",
            aggregate="geometric",
            metrics=(
                ScorecardMetric("sales.win_rate", Choice("target", {"floor": 0.40, "target": 0.63, "stretch": 0.75}), 25.0, complexity),
                ScorecardMetric("contact.effective_rate", Choice("percentile"), 20.0, treat=Choice("winsorise", {"points": 3})),
            ),
            gates=(Gate("contact.effective_rate", Effect(reason, cap=60.0), below=0.3),),
            bands=(Band(0.0, "other"), Band(85.0, "outstanding")),
        )
        == card
    )
    assert str(path) == card.source


def test_a_misspelt_key_is_named_with_its_table(tmp_path: Path) -> None:
    """The place is the one that a user would look for."""
    says = errors(tmp_path, WHOLE.replace("weight = 20", "wieght = 20"))

    assert "/ae.toml, [[metric]] 2 (contact.effective_rate): unknown key 'wieght'; did you mean 'weight'?" == says


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('schema = "kpicore.scorecard/1"', "", '/ae.toml: schema is required; add schema = "kpicore.scorecard/1"'),
        ("scorecard/1", "scorecard/2", "/ae.toml: schema must be \"kpicore.scorecard/1\" (got 'kpicore.scorecard/2')"),
        ("[[gate]]", "[[gates]]", "/ae.toml: unknown key 'gates'; did you mean 'gate'?"),
        ('role = "account_executive"', "", "/ae.toml: role is required"),
        ('"quarter"', '"week-end"', "/ae.toml: period must be one of day, week, month, quarter, half, year (got 'week-end')"),
        ("weight = 25", "weight = nan", "/ae.toml, [[metric]] 1 (sales.win_rate): weight must be a finite number, 0 or more (got nan)"),
        ("weight = 25", "weight = '25'", "/ae.toml, [[metric]] 1 (sales.win_rate): weight must be a number (got '25')"),
        (
            "cap = 60, ",
            "",
            "/ae.toml, [[gate]] 1 (contact.effective_rate), then: a gate must do exactly one of cap, discount and void (got 0)",
        ),
        (
            "below = 0.30",
            "",
            "/ae.toml, [[gate]] 1 (contact.effective_rate): a gate must have exactly one of below and above (got neither)",
        ),
        ("from = 85", "from = 185", "/ae.toml, [[band]] 1 (outstanding): from must be from 0 to 100 (got 185.0)"),
        ("from = 0\n", "from = 20\n", "/ae.toml: scores from 0 to 20 have no band; add a [[band]] with from = 0"),
        (
            '{ by = "peers", ',
            "{ ",
            (
                "/ae.toml, [[metric]] 2 (contact.effective_rate), normalise: the table must name what it asks for, e.g. "
                "{ by = \"target\", target = 0.6 } (got {'method': 'percentile'})"
            ),
        ),
        (
            'complexity = { by = ["customer.size", "opportunity.product"], method = "expected" }',
            "complexity = 3",
            "/ae.toml, [[metric]] 1 (sales.win_rate): complexity must be a table (got 3)",
        ),
    ],
)
def test_errors_of_a_file(tmp_path: Path, old: str, new: str, says: str) -> None:
    """File, table, key, what must hold, and what came."""
    assert old in WHOLE
    assert says == errors(tmp_path, WHOLE.replace(old, new))


def test_all_errors_of_a_file_are_told(tmp_path: Path) -> None:
    """Also those of the whole, when a part is wrong."""
    text = WHOLE.replace("weight = 25", "weight = -1").replace("0.6\n", "6\n").replace("from = 0\n", "from = 9\n")

    assert [
        "/ae.toml has 3 errors:",
        "  [[metric]] 1 (sales.win_rate): weight must be a finite number, 0 or more (got -1.0)",
        "  minimum_coverage must be from 0 to 1 (got 6.0)",
        "  scores from 0 to 9 have no band; add a [[band]] with from = 0",
    ] == errors(tmp_path, text).splitlines()


CARD = Scorecard(
    role="agent",
    aggregate="geometrical",
    weighting="equals",
    metrics=[ScorecardMetric("sales.winrate", {"by": "targets"}, 1), ScorecardMetric("sales.win_rate", {"by": "target"}, 1)],
    gates=[Gate("contact.effective", Effect("x", cap=1), below=0.5)],
)


def test_names_are_checked_together() -> None:
    """Every unknown name with the nearest that there is."""
    metrics = ["sales.win_rate", "contact.effective_rate"]

    with pytest.raises(ConfigError) as caught:
        check_names(CARD, metrics, ["target", "min_max"], ["declared", "equal"], ["arithmetic", "geometric"])

    assert [
        "scorecard 'agent' has 5 errors:",
        "  aggregator 'geometrical' is unknown; did you mean 'geometric'?",
        "  weighting 'equals' is unknown; did you mean 'equal'?",
        "  [[metric]] 1 (sales.winrate): metric 'sales.winrate' is unknown; did you mean 'sales.win_rate'?",
        "  [[metric]] 1 (sales.winrate): normaliser 'targets' is unknown; did you mean 'target'?",
        "  [[gate]] 1 (contact.effective): metric 'contact.effective' is unknown; did you mean 'contact.effective_rate'?",
    ] == str(caught.value).splitlines()


def test_a_name_like_no_other_points_to_the_list() -> None:
    """With many names and none near, the command that lists them is named."""
    card = Scorecard(role="agent", metrics=[ScorecardMetric("zzz", {"by": "target"}, 1)])

    with pytest.raises(ConfigError, match="metric 'zzz' is unknown; `kpicore metrics` lists what there is"):
        check_names(card, [f"metric.{at}" for at in range(20)], ["target"], ["declared"], ["arithmetic"])


@pytest.mark.parametrize(
    ("unit", "when", "says"),
    [
        ("share", {"below": 0.0}, "can never fire: a share lies from 0 to 1 (got below 0.0)"),
        ("share", {"above": 1.0}, "can never fire: a share lies from 0 to 1 (got above 1.0)"),
        ("share", {"below": 30.0}, "would always fire: a share lies from 0 to 1 (got below 30.0)"),
        ("days", {"below": 0.0}, "can never fire: a number of days lies from 0 to inf (got below 0.0)"),
        ("count", {"above": -1.0}, "would always fire: a count lies from 0 to inf (got above -1.0)"),
        ("share", {"below": 0.3}, None),
        ("money", {"below": 0.0}, None),
        ("days", {"above": 0.0}, None),
    ],
)
def test_gates_must_be_able_to_fire(unit: str, when: dict[str, float], says: str | None) -> None:
    """A gate on what cannot be is a mistake of the scorecard."""
    card = Scorecard(role="agent", metrics=[ScorecardMetric("a", {"by": "x"}, 1)], gates=[Gate("a", Effect("x", cap=1), **when)])
    metric = Mean(name="a", title={}, definition="", value=facts.opportunity.c.amount, unit=unit)

    if says is None:
        check_reach(card, {"a": metric})
        return
    with pytest.raises(ConfigError) as caught:
        check_reach(card, {"a": metric})
    assert f"scorecard 'agent', [[gate]] 1 (a): {says}" == str(caught.value)


@pytest.mark.parametrize("when", [{"below": 0.0}, {"above": 1.2}])
def test_growth_may_be_below_none_and_attainment_above_all(when: dict[str, float]) -> None:
    """A change and a ratio to a target are told as shares, and no part of anything."""
    amount = facts.opportunity.c.amount
    signed = Total(name="b", title={}, definition="", value=amount)
    card = Scorecard(role="agent", metrics=[ScorecardMetric("a", {"by": "x"}, 1)], gates=[Gate("a", Effect("x", cap=1), **when)])

    for metric in (
        Growth(name="a", title={}, definition="", of=signed, unit="share"),
        Ratio(name="a", title={}, definition="", numerator=total(amount), denominator=total(facts.target.c.value), unit="share"),
    ):
        check_reach(card, {"a": metric})


def test_small_samples_are_read(tmp_path: Path) -> None:
    """The table, and what a metric says instead, with its prior."""
    file = tmp_path / "agent.toml"
    file.write_text(
        """
        schema = "kpicore.scorecard/1"
        role = "agent"
        small_samples = { shrink = "peers", minimum_n = 20, minimum_reliability = 0.7 }

        [[metric]]
        use = "a"
        weight = 1
        normalise = { by = "target", target = 1 }
        shrink = "none"
        minimum_n = 5
        prior = { mean = 0.4, deviation = 0.1 }
        """,
        encoding="utf-8",
    )

    card = load_scorecard(file)

    assert SmallSamples("peers", 20.0, 0.7) == card.small_samples
    assert ("none", 5.0, DeclaredPrior(0.4, 0.1)) == (card.metrics[0].shrink, card.metrics[0].minimum_n, card.metrics[0].prior)
