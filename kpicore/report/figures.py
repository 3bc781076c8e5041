"""How figures are written: by the metric's unit, the same in every report."""

from __future__ import annotations

import math

_SUFFIX = {
    "days": {"en": " d", "zh": " 天"},
    "hours": {"en": " h", "zh": " 小时"},
    "minutes": {"en": " min", "zh": " 分钟"},
    "points": {"en": "", "zh": ""},
}


def figure(value: float | None, unit: str, locale: str = "en") -> str:
    """Return a value as people read it: shares in percent, durations with their unit, the rest with up to four digits."""
    if value is None or not math.isfinite(value):
        return "–"
    if unit == "share":
        return f"{100 * value:.1f} %"
    if unit in _SUFFIX:
        return f"{value:,.2f}{_SUFFIX[unit].get(locale, '')}"
    if float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:,.0f}" if unit == "money" and abs(value) >= 1000 else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.1f}"


def points(value: float | None) -> str:
    """Return points with two decimals."""
    return "–" if value is None or not math.isfinite(value) else f"{value:.2f}"
