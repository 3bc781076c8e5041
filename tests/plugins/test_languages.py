"""The handbook's texts of every bundled metric, in both languages."""

from __future__ import annotations

from kpicore import registry


def test_every_text_is_in_english_and_chinese() -> None:
    """Title, definition, formula, caliber and known tricks, each with words of its own."""
    metrics = registry.load().metrics
    texts = ("title", "definition", "formula", "caliber", "gaming")
    found = {(name, text): getattr(metric, text) for name, metric in metrics.items() for text in texts}

    assert [] == [where for where, text in found.items() if isinstance(text, str) or not text.get("en") or not text.get("zh")]
    words = {where: text for where, text in found.items() if where[1] != "formula"}  # a formula may be symbols and names alone
    assert [] == [where for where, text in words.items() if not any("一" <= each <= "鿿" for each in text["zh"])]
