"""How figures are written."""

from __future__ import annotations

import pytest

from kpicore.report.figures import figure, points


@pytest.mark.parametrize(
    ("value", "unit", "locale", "written"),
    [
        (0.631501, "share", "en", "63.2 %"),
        (51.78197, "days", "en", "51.78 d"),
        (51.78197, "days", "zh", "51.78 天"),
        (10005534.0, "money", "en", "10,005,534"),
        (2360.909, "money", "en", "2,361"),
        (12.5, "money", "en", "12.5"),
        (4238.0, "count", "en", "4,238"),
        (1234.56, "ratio", "en", "1,234.6"),
        (11.8, "points", "en", "11.80"),
        (None, "share", "en", "–"),
        (float("nan"), "count", "en", "–"),
    ],
)
def test_a_figure_is_written_by_its_unit(value: float | None, unit: str, locale: str, written: str) -> None:
    """Shares in percent, durations with their unit, money without cents where it is large."""
    assert figure(value, unit, locale) == written


def test_points_have_two_decimals() -> None:
    """And nothing where there are none."""
    assert (points(18.254), points(-0.5), points(None)) == ("18.25", "-0.50", "–")
