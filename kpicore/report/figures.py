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


def difference(value: float | None, unit: str, locale: str = "en") -> str:
    """Return a difference of two values with its sign; of shares in percentage points."""
    if value is None or not math.isfinite(value):
        return "–"
    points_of = f"{100 * abs(value):.2f} {'个百分点' if locale == 'zh' else 'pp'}"
    text = points_of if unit == "share" else figure(abs(value), unit, locale)
    return f"{'-' if value < 0 else '+'}{text}" if any(digit in text for digit in "123456789") else text
