"""Names and texts as SQL: whatever a mapping or a file says can only ever be a quoted name or a quoted text."""

from __future__ import annotations

import re


def literal(text: str) -> str:
    """Return `text` as a SQL text literal."""
    return "'" + text.replace("'", "''") + "'"


def name(text: str) -> str:
    """Return `text` as a quoted SQL name."""
    return '"' + text.replace('"', '""') + '"'


def listed(texts: tuple[str, ...] | list[str]) -> str:
    """Return the texts as a parenthesised SQL list; an empty one matches nothing."""
    return "(" + (", ".join(literal(text) for text in texts) or "NULL") + ")"


def names(texts: list[str], prefix: str = "") -> str:
    """Return the texts as quoted SQL names, separated by commas."""
    return ", ".join(prefix + name(text) for text in texts)


def any_of(texts: tuple[str, ...]) -> str:
    """Return a regular expression that matches any of the texts, the longest first."""
    return "(" + "|".join(re.escape(one) for one in sorted(texts, key=lambda text: (-len(text), text))) + ")"
