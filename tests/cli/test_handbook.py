"""`kpicore handbook`: every metric of a project, in Markdown and HTML, with nothing from data that formats or executes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from kpicore.errors import ExitCode
from kpicore.report.handbook_text import code, escaped

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def test_a_handbook_in_markdown(kpicore: Callable[..., Any], loaded: Path) -> None:
    """Definition, mapped columns, weight and goalposts of what the scorecard uses; and what cannot be measured, with what is missing."""
    said = kpicore("handbook", loaded)

    assert said.code == ExitCode.OK
    assert said.out.startswith("# Small: KPI handbook\n")
    assert "| Win rate (closed) (`sales.win_rate`) | 60.0 % | target (floor 0.0 %, target 100.0 %) |" in said.out
    assert "- **Used on**: Seller, 60.0 %, target (floor 0.0 %, target 100.0 %)" in said.out
    assert "| `opportunity.is_won` | `deals.csv: status (translated)` |" in said.out
    assert "`ticket.resolved_at`" in said.out[said.out.index("## Not measurable with this data") :]


def test_parameters_and_gates_as_they_are_here(kpicore: Callable[..., Any], project: Path) -> None:
    """What the project sets is marked, and gates are published with both metric and scorecard."""
    with (project / "kpicore.toml").open("a", encoding="utf-8") as file:
        file.write('[parameters."sales.win_rate_created"]\nwithin_days = 45\n')
    card = project / "scorecards/seller.toml"
    gate = '[[gate]]\nuse = "sales.win_rate"\nbelow = 0.2\nthen = { cap = 60, reason = "A <b>few</b> | *wins*" }\n'
    card.write_text(card.read_text(encoding="utf-8") + gate, encoding="utf-8")
    said = kpicore("handbook", project)

    assert "= `45` (set by this project)" in said.out
    assert said.out.count(r"below 20.0 %: the score is at most 60 (A \<b\>few\</b\> \| \*wins\*)") == 2
    page = kpicore("handbook", project, "--format", "html").out
    assert "A &lt;b&gt;few&lt;/b&gt; | *wins*" in page
    assert "<b>" not in page


def test_a_handbook_in_html_and_chinese(kpicore: Callable[..., Any], loaded: Path) -> None:
    """A page of its own without scripts or anything from elsewhere, the same bytes every time."""
    first, again = (kpicore("handbook", loaded, "--format", "html", "--locale", "zh").out for _ in range(2))

    assert first == again
    assert first.startswith('<!DOCTYPE html>\n<html lang="zh">')
    assert "<h1>Small:KPI 定义手册</h1>" in first
    assert "<strong>方向</strong>: 越高越好" in first
    assert "<script" not in first
    assert "http://" not in first


def test_as_json(kpicore: Callable[..., Any], loaded: Path) -> None:
    """All metrics, with what fills their columns and what is missing."""
    metrics = {each["name"]: each for each in kpicore("handbook", loaded, "--json").json["metrics"]}

    assert ["deals.csv: owner"] == metrics["sales.win_rate"]["columns"]["opportunity.owner_id"]
    assert [{"role": "seller", "weight": 0.6, "against": "target (floor 0.0 %, target 100.0 %)"}] == metrics["sales.win_rate"]["uses"]
    assert metrics["service.nps"]["missing"]


def test_without_the_library_the_error_says_what_to_install(
    kpicore: Callable[..., Any], loaded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only HTML needs it."""
    monkeypatch.setitem(sys.modules, "markdown_it", None)

    assert "pip install 'kpicore[html]'" in kpicore("handbook", loaded, "--format", "html").err
    assert kpicore("handbook", loaded).code == ExitCode.OK


def test_escaping() -> None:
    """Marks stay what they are, in code too."""
    assert r"\[a\](javascript:x) \`b\` \<i\> \| \# \\" == escaped(r"[a](javascript:x) `b` <i> | # \\"[:-1])
    assert ["`a_b`", r"a\`b", r"a\|b"] == [code("a_b"), code("a`b"), code("a|b")]
