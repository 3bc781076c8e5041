"""The how-to pages: their code runs as it stands, and what they say of hooks is complete."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from kpicore.registry.loading import HOOKS
from kpicore.testing import check_plugin

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"


def test_add_a_metric_runs_as_it_stands() -> None:
    """The Python of the page, put together, is a plugin, and its own assertion holds."""
    page = (HOW_TO / "add-a-metric.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}

    exec("\n".join(blocks), names)  # noqa: S102  # the page is part of this repository

    offered = type("acme", (), {"kpicore_metrics": staticmethod(names["kpicore_metrics"])})
    assert list(check_plugin(offered).plugins[-1].offers["kpicore_metrics"]) == ["acme.solved_at_once"]


def test_publish_a_plugin_names_every_hook() -> None:
    """A new hook must be added to the page."""
    page = (HOW_TO / "publish-a-plugin.md").read_text(encoding="utf-8")

    assert list(HOOKS) == re.findall(r"^\| `(kpicore_\w+)` \|", page, re.MULTILINE)
