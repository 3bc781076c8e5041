"""How the tests of the rule packs measure: rows written by hand, metrics and rules of one pack, plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kpicore.model.period import parse
from kpicore.query.credit import counted, ledger
from kpicore.query.database import open_facts
from kpicore.query.run import Request, measure
from kpicore.testing import check_plugin, facts_from

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import ModuleType

    from kpicore.query.run import Outcome


@pytest.fixture(scope="session")
def outcome() -> Callable[..., tuple[Outcome, dict[str, dict[str, float]]]]:
    """Return a function that measures a pack's metrics, and per subject raw rows, effective rows and rows per reason of its only rule."""

    def found(
        pack: ModuleType, rows: Mapping[str, Sequence[Mapping[str, object]]], period: str, url: str = "duckdb:///:memory:"
    ) -> tuple[Outcome, dict[str, dict[str, float]]]:
        offered = check_plugin(pack)
        (rule,) = offered.rules.values()
        book, engine = ledger(rule), facts_from(rows, url)
        with open_facts(engine) as database:
            request = Request(offered.metrics, tuple(offered.metrics), (parse(period),), extra=book.measures)
            result = measure(database, request)
        engine.dispose()
        return result, {who: _credit(counted(book, result.measured, who)) for who in result.matrix.subjects}

    def _credit(given: tuple[float, float, Mapping[str, float]] | None) -> dict[str, float]:
        return {} if given is None else {"raw": given[0], "effective": given[1], **given[2]}

    return found
