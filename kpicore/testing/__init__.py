"""The kit for plugin authors: what a test of a plugin needs, in one import. It depends on no test runner.

Start with `check_plugin`; then `facts_from` a few hand-made rows, and compare what `measure` gives with what you counted yourself.
"""

from __future__ import annotations

from kpicore.testing.complexity import check_complexity
from kpicore.testing.measuring import measure
from kpicore.testing.metric import check_metric
from kpicore.testing.normaliser import check_normaliser
from kpicore.testing.plugin import check_plugin
from kpicore.testing.rows import facts_from

__all__ = ["check_complexity", "check_metric", "check_normaliser", "check_plugin", "facts_from", "measure"]
