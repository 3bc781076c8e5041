"""Texts that users read: English, or English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

Text: TypeAlias = str | Mapping[str, str]
"""A text in English, or a table with the keys `en` and `zh`."""


def in_language(text: Text, locale: str = "en") -> str:
    """Return a text in a language; in English, or whatever there is, where it is not given in that one."""
    if isinstance(text, str):
        return text
    return text.get(locale) or text.get("en") or next(iter(text.values()), "")
