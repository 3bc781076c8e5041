"""What the metrics make of credit, and how a project changes the definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from contacts import call, contact

import kpicore_rules_contact
from kpicore import registry
from kpicore.errors import ConfigError
from kpicore.model.cells import State
from kpicore.testing import check_plugin, facts_from, measure

if TYPE_CHECKING:
    from collections.abc import Callable

WEEK = [call(9), call(10), contact("out", 11, is_bulk=True), contact("out", 12, customer="d"), contact("out", 36), contact("in", 37)]
"""Two calls of one day, a mailing, an e-mail in vain and one that is answered."""


def test_rate_weighs_credit_against_contacts_in_vain(outcome: Callable[..., Any]) -> None:
    """1 + 1/2 for the calls and 1 for the e-mail, beside one contact in vain: 2.5 of 3.5; the mailing is neither."""
    result, _ = outcome(kpicore_rules_contact, {"contact": WEEK}, "2024-05")

    rate, volume = result.matrix.cell("contact.effective_rate"), result.matrix.cell("contact.volume")
    assert (pytest.approx(2.5 / 3.5), 3.5) == (rate.value[0, 0], rate.n[0, 0])
    assert (2.5, 3.0) == (volume.value[0, 0], volume.n[0, 0])


def test_touches_per_response(outcome: Callable[..., Any]) -> None:
    """Four contacts for three acts; who has no response has no value."""
    rows = [*WEEK, contact("out", 9, "ben", "e")]

    result, _ = outcome(kpicore_rules_contact, {"contact": rows}, "2024-05")

    cells = result.matrix.cell("contact.touches_per_response")
    assert pytest.approx(4 / 3) == cells.value[0, 0]
    assert State.NO_DATA == cells.state[1, 0]


def test_a_project_changes_rate_and_rule_together() -> None:
    """One table, named after the rule, reaches the rule and every metric."""
    given = {"contact": {"within_hours": 1, "talk_seconds": 30, "repeat_credit": 0.25, "copies": 2}}
    loaded = check_plugin(kpicore_rules_contact, given)
    rows = [*(call(at) for at in (9, 10)), call(11, 29), contact("out", 33), contact("in", 35)]
    rows += [contact("out", 57, customer=each, text_hash="x") for each in "ab"] + [contact("in", 58, customer="a")]

    engine = facts_from({"contact": rows})
    values = {name: measure(loaded.metrics[f"contact.{name}"], engine, "2024-05") for name in ("volume", "effective_rate")}
    engine.dispose()

    assert given["contact"] == loaded.rules["contact"].parameters
    assert {"volume": {"ann": 2.25}, "effective_rate": {"ann": pytest.approx(2.25 / 5.25)}} == values


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        (
            {"contact": {"within_hour": 24}},
            "must only have keys that the credit rule takes (got 'within_hour'); did you mean 'within_hours'?",
        ),
        ({"contact": {"repeat_credit": 2}}, "repeat_credit must be a number above 0 and at most 1 (got 2"),
        ({"contact.volume": {"within_hours": 24}}, "got 'within_hours'); it takes none"),
    ],
)
def test_wrong_parameters_are_refused(parameters: dict[str, dict[str, object]], why: str) -> None:
    """A misspelt or impossible one must not leave the default in force."""
    with pytest.raises(ConfigError) as caught:
        registry.load(plugins=[kpicore_rules_contact], entry_points=False, parameters=parameters)

    assert why in str(caught.value)
