"""The result contract."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest

from kpicore.errors import KpiError
from kpicore.model.period import parse
from kpicore.model.result import Credit, Failure, MetricCell, Rejects, RunInfo, RunResult, Signal, significant
from kpicore.model.scale import Scale
from kpicore.model.scorecard import Band, Effect, Gate
from tests.scorecard.cases import card, matrix, run, to_target

CHECKER = Path(__file__).parents[2].parent / "shared/tools/check_result.py"
RUN = RunInfo("agent", parse("2017-Q3"), "2017-10-01", "sha256:c", "sha256:f", {"b": "2", "a": "1"})


def result() -> RunResult:
    """A result with all its parts."""
    values = matrix({"x": [80, 100, 200 / 3, None], "y": [40, None, 10, None]}, active=[True, True, True, False])
    gates = [Gate("y", Effect("why", cap=30), below=20), Gate("y", Effect("why not", void=True), below=5)]
    scores, unscored = run(values, card(to_target("x", 2), to_target("y", 1), gates=gates, bands=[Band(0, "all")], aggregate="geometric"))
    credit = (Credit("contact", 412, 297, {"repeat": 61, "duplicate": 16, "no_customer_act": 38}),)
    first = attrs.evolve(scores[0], credit=credit, signals=(Signal("CON04", 0.03, referred=True),))
    failures = (Failure("z", "load", "x"), Failure("a", "load", "x"))
    rejects = {"opportunity": Rejects(3, {"closed before created": 3})}
    return RunResult(
        RUN,
        (first, *scores[1:]),
        unscored,
        failures,
        rejects,
        Scale(goalposts={"x": {"floor": 0.0, "at": (1.0, 2.5)}}, treatments={"x": {"winsorise": 1.0, "high": 2.5}}),
    )


def test_to_dict_has_the_contract() -> None:
    """Keys in the order of the contract, figures as figures, lists where the contract has lists."""
    came = result().to_dict()

    told = ["schema", "run", "scores", "unscored", "failures", "rejects", "goalposts", "complexity", "treatments", "priors", "drift"]
    assert told == list(came)
    assert {"name": "2017-Q3", "start": "2017-07-01", "end": "2017-10-01"} == came["run"]["period"]
    assert ["a", "b"] == list(came["run"]["plugins"])
    assert [{"fact": "contact", "raw": 412, "effective": 297, "reasons": {"duplicate": 16, "no_customer_act": 38, "repeat": 61}}] == came[
        "scores"
    ][0]["credit"]
    assert [{"rule": "CON04", "q": 0.03, "referred": True}] == came["scores"][0]["signals"]
    assert ["a", "z"] == [failure["plugin"] for failure in came["failures"]]
    assert {"opportunity": {"rows": 3, "reasons": {"closed before created": 3}}} == came["rejects"]
    assert {"x": {"at": [1, 2.5], "floor": 0}} == came["goalposts"]
    assert {"x": {"high": 2.5, "winsorise": 1}} == came["treatments"]


def test_gates_that_fired_and_those_that_did_not() -> None:
    """The contract's `gates` holds those that fired; the others say why they did not, where that is not plain."""
    scores = {score["subject"]: score for score in result().to_dict()["scores"]}

    assert [({"cap": 30}, 10)] == [(gate["effect"], gate["value"]) for gate in scores["c"]["gates"]]
    assert ["y has no value (no_data), so the gate does not fire"] * 2 == [gate["why"] for gate in scores["b"]["gates_not_fired"]]
    assert [None, None] == [gate["why"] for gate in scores["a"]["gates_not_fired"]]


@pytest.mark.skipif(not CHECKER.is_file(), reason="needs ../shared/tools beside the repository")
def test_the_contract_checker_finds_nothing() -> None:
    """The checker that outside tools rely on."""
    breaches = runpy.run_path(str(CHECKER))["breaches"]

    assert [] == list(breaches(json.loads(result().to_json())))


def test_json_is_the_same_bytes_each_time() -> None:
    """One line, ended, without any number that JSON does not have."""
    text = result().to_json()

    assert result().to_json() == text
    assert 1 == text.count("\n")
    assert text.endswith("}\n")
    assert result().to_dict() == json.loads(text, parse_constant=pytest.fail)


def test_json_steers_no_terminal() -> None:
    """Control, direction and half characters are escaped, and come back as they were."""
    bad = "客\x1b[2J\x9b31m\u202e\ud800"
    text = attrs.evolve(result(), failures=(Failure(bad, "", ""),)).to_json()

    assert "客\\u001b[2J\\u009b31m\\u202e\\ud800" in text
    assert bad == json.loads(text)["failures"][0]["plugin"]


def test_the_run_id_follows_from_the_inputs() -> None:
    """Each input changes it, nothing else does."""
    changed: list[dict[str, Any]] = [
        {"role": "x"},
        {"period": parse("2017-Q4")},
        {"as_of": "2018"},
        {"config": "c"},
        {"facts": "f"},
        {"plugins": {"a": "1"}},
    ]

    assert 7 == len({attrs.evolve(RUN, **change).id for change in changed} | {RUN.id})
    assert RUN.id == attrs.evolve(RUN, plugins={"a": "1", "b": "2"}).id


def test_arrow_has_a_row_per_person_and_metric() -> None:
    """Scored in their order, then the unscored, typed even where a column is empty."""
    table = result().to_arrow()

    assert ["b", "b", "a", "a", "c", "c", "d", "d"] == table.column("subject").to_pylist()
    assert ["x", "y"] * 4 == table.column("metric").to_pylist()
    assert ["no_data", "no_data"] == table.column("state").to_pylist()[-2:]
    assert ["value", "no_data"] == table.column("metric_state").to_pylist()[:2]
    assert [30.0, 30.0, None, None] == table.column("score").to_pylist()[4:]
    assert [
        "int64",
        "double",
        "string",
        "double",
    ] == [str(table.schema.field(name).type) for name in ("rank_low", "value_low", "band", "n")]


def test_pandas() -> None:
    """The same table as a frame."""
    pytest.importorskip("pandas")

    frame, table = result().to_pandas(), result().to_arrow()

    assert (8, table.column_names) == (len(frame), list(frame.columns))


def test_without_pandas_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """An extra that is not there is named."""
    monkeypatch.setitem(sys.modules, "pandas", None)

    with pytest.raises(KpiError, match=r"to_pandas needs pandas: pip install 'kpicore\[pandas\]'"):
        result().to_pandas()


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0.1 + 0.2, 0.3),
        (140.0, 140),
        (float("nan"), None),
        (float("inf"), None),
        (None, None),
        (2 / 3, 0.6666666667),
        (-0.0, 0),
        (1e300, 1e300),
    ],
)
def test_significant(number: float | None, expected: float | None) -> None:
    """Ten digits; whole numbers without a point; nothing for what is no number."""
    came = significant(number)

    assert expected == came
    assert str(expected) == str(came)


def test_seams_are_null() -> None:
    """Intervals and complexity are in the contract, and not made yet."""
    cell = MetricCell("x", "value", 1.0, 1, 0.5, 1.0, 50.0).to_dict()

    assert [None] * 4 == [cell[name] for name in ("low", "high", "complexity", "adjusted")]
