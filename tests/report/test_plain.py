"""Text from data does no harm."""

from __future__ import annotations

import pytest

from kpicore.report.plain import plain


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Ann Li 李安", "Ann Li 李安"),
        ("\x1b[31mred", "\\u001b[31mred"),
        ("a\u202eb", "a\\u202eb"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("two\nlines\tand more", "two lines and more"),
        (7, "7"),
    ],
)
def test_steering_characters_are_shown_as_their_code(given: object, shown: str) -> None:
    """Escape sequences, bidirectional overrides and invisible characters become visible."""
    assert plain(given) == shown
