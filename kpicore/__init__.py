"""kpicore: explained, fair, per-role scorecards for the people who work in a CRM."""

from __future__ import annotations

__version__ = "0.1.0"
