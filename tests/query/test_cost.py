"""The planner aggregates by classes where that is cheaper, in as many passes as pay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generated import contacts, forms

from kpicore import Count, count, facts
from kpicore.query import cost

if TYPE_CHECKING:
    import pytest

contact = facts.contact.c
FIELDS: dict[str, Any] = {"title": {"en": "t"}, "definition": "d", "subject": contact.employee_id, "at": contact.started_at}
FLAGS = [contact.is_connected, contact.channel == "call", contact.channel == "email", contact.channel == "visit"]


def _counts(filters: list[Any]) -> list[Count]:
    return [Count(name=f"t.c{at}", of=count(contact.contact_id, where), **FIELDS) for at, where in enumerate(filters)]


def test_few_rows_are_aggregated_directly() -> None:
    """Where either form takes milliseconds, no question is asked to choose."""
    assert ["direct"] == forms(contacts(900, (None,)).connection, _counts(FLAGS))


def test_few_classes_replace_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two flags make a handful of classes out of hundreds of rows per person and month."""
    monkeypatch.setattr(cost, "FEW_ROWS", 0)

    assert ["two-level"] == forms(contacts(40_000, (None,)).connection, _counts(FLAGS))


def test_as_many_classes_as_rows_are_no_help(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every person and month has few rows, each would be a class of its own."""
    monkeypatch.setattr(cost, "FEW_ROWS", 0)

    assert ["direct"] == forms(contacts(50, (None,)).connection, _counts(FLAGS))


def test_filters_that_share_keys_share_a_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """A filter with very many classes is left to the direct form, and does not spoil the pass of the others."""
    monkeypatch.setattr(cost, "FEW_ROWS", 0)
    steps = [contact.opportunity_id >= at for at in range(0, 4000, 2)]
    wide = _counts([*FLAGS * 2, *FLAGS])[:4]
    odd = Count(name="t.odd", of=count(contact.contact_id, steps[0]), **FIELDS)

    assert ["two-level"] == forms(contacts(40_000, (None, *range(4000))).connection, [*wide, odd])
