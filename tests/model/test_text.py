"""Texts in two languages."""

from __future__ import annotations

from kpicore.model.text import in_language


def test_a_text_is_given_in_the_language_asked_for() -> None:
    """Else in English, else in what there is."""
    assert "won" == in_language("won", "zh")
    assert "赢单" == in_language({"en": "won", "zh": "赢单"}, "zh")
    assert "won" == in_language({"en": "won", "zh": ""}, "zh")
    assert "赢单" == in_language({"zh": "赢单"})
    assert not in_language({})
