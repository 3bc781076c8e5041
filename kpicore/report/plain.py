"""Makes text from data harmless: no character that steers a terminal, hides, or turns the reading direction."""

from __future__ import annotations

import re

_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def plain(text: object) -> str:
    """Return text with every steering character shown as its code, and line breaks as blanks."""
    flat = str(text).replace("\n", " ").replace("\t", " ")
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", flat)
