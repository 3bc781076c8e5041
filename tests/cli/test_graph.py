"""`kpicore graph`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kpicore.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(("form", "begins"), [("mermaid", "flowchart LR\n"), ("svg", "<svg "), ("html", "<!DOCTYPE html>")])
def test_formats(kpicore: Callable[..., Any], loaded: Path, form: str, begins: str) -> None:
    """Declared links need no data; twice the same bytes."""
    first, again = (kpicore("graph", loaded, "--format", form) for _ in range(2))

    assert first.code == ExitCode.OK
    assert first.out.startswith(begins)
    assert first.out == again.out


def test_measured_links_of_a_role(kpicore: Callable[..., Any], loaded: Path) -> None:
    """Each link has its number of pairs; three people and two months are too few to show anything."""
    content = kpicore("graph", loaded, "--period", "2024-Q1", "--role", "seller", "--json").json
    scored = {"sales.win_rate", "sales.revenue_won"}

    assert ("kpicore.graph/1", "2024-Q1", "month") == (content["schema"], content["period"], content["each"])
    assert all(scored & {each["source"], each["target"]} for each in content["links"])
    assert {"not shown"} == {each["verdict"] for each in content["links"]}
    assert all(each["n"] < 30 and each["r"] is None for each in content["links"])
