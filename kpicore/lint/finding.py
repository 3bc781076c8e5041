"""What the linter says: findings, and findings that somebody has declared to be meant."""

from __future__ import annotations

from typing import Literal, TypeAlias

from attrs import frozen

Severity: TypeAlias = Literal["info", "warning", "error"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")


@frozen
class Finding:
    """One thing to look at."""

    severity: Severity
    where: str
    """E.g. 'scorecard account_executive, sales.win_rate'."""
    what: str
    """What is found, and what to change."""
    code: str = ""
    """E.g. 'SC003'; '' for what the linter's rules are not about."""


@frozen
class Ignored:
    """A finding that the scorecard or the project declares to be meant."""

    finding: Finding
    reason: str
