"""Findings of the scorecard linter that are known and meant: which codes a project or scorecard leaves out, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from kpicore.model.check import filled, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpicore.model.check import Problem


@frozen
class Lint:
    """The table `[lint]` of a project or scorecard."""

    # Typed loosely, so that the usual mistake, a list of codes without reasons, is told how to mend.
    ignore: Any = field(factory=dict)
    """A table: code, or code and metric ('SC003 sales.revenue_won'), to the reason why it is meant."""

    def __attrs_post_init__(self) -> None:
        """Refuse what is no code, and a code without a reason."""
        refuse(self, _lint_problems(self.ignore))


def _lint_problems(ignore: object) -> Iterator[Problem]:
    if not isinstance(ignore, Mapping):
        yield "ignore", f'ignore must give the reason for each code, e.g. ignore = {{ SC003 = "why it is meant" }} (got {ignore!r})'
        return
    for key, reason in ignore.items():
        if not re.fullmatch(r"SC\d{3}( \S+)?", str(key)):
            yield "ignore", f"ignore must name codes such as SC003, or a code and a metric such as 'SC003 sales.revenue_won' (got {key!r})"
        yield from filled(f"ignore {key}, its reason,", reason if isinstance(reason, str) else "")
