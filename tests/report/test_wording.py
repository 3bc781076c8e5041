"""The words of reports: in both languages, with the same values, and none that blames."""

from __future__ import annotations

import ast
import re
import string
from typing import TYPE_CHECKING

from kpicore.report.wording import _ZH as TEXTS
from kpicore.report.wording import say

if TYPE_CHECKING:
    from pathlib import Path

BLAMING = (
    r"blam\w*|fault\w*|guilt\w*|culprit\w*|laz(y|iness)|careless\w*|negligen\w*|incompeten\w*|inept|slacker\w*|slack(ed|ing)?"
    r"|underperform\w*|(poor|bad|weak|low) performers?|losers?|shame\w*|disappoint\w*|excuse\w*|should have|failed to|his own|her own"
    r"|punish\w*|penal\w*|mistake of|to answer for|responsible for"
)
BLAMING_ZH = "责任人|归咎|怪罪|过错|失职|懒|无能|差劲|不力|不努力|问责|惩罚|处罚|落后分子|垫底|借口|失望"


def texts(root: Path) -> dict[str, str]:
    """Return every text in the modules that write reports and in the commands, docstrings left out."""
    found = {}
    for path in sorted([*(root / "kpicore/report").glob("*.py"), *(root / "kpicore/cli").glob("*.py")]):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found[f"{path.name}:{node.lineno}: {node.value}"] = node.value
    return found


def test_no_wording_blames(root: Path) -> None:
    """Neither in English nor in Chinese."""
    said = {place: text for place, text in texts(root).items() if re.search(rf"\b({BLAMING})\b", text, re.IGNORECASE)}
    said |= {place: text for place, text in texts(root).items() if re.search(BLAMING_ZH, text)}

    assert {} == said


def test_the_list_finds_what_it_is_for() -> None:
    """A list that matches nothing would pass as well."""
    for text in ("Ann is to blame", "he failed to call", "a poor performer", "her own fault"):
        assert re.search(rf"\b({BLAMING})\b", text, re.IGNORECASE)


def test_both_languages_take_the_same_values() -> None:
    """As many places for values, in the same form."""

    def places(text: str) -> list[str | None]:
        found = [(name, form) for _, name, form, _ in string.Formatter().parse(text) if name is not None]
        return [form for _, form in sorted((name or f"{at}", form) for at, (name, form) in enumerate(found))]

    assert {} == {text: zh for text, zh in TEXTS.items() if places(text) != places(zh)}


def test_a_text_without_translation_stays_english() -> None:
    """And values are filled in."""
    assert "n 3: no such text" == say("n {}: no such text", "zh", 3)
