"""Links between the pages lead somewhere, and every page can be reached."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """Each link within the project names a file that is there and, in a page, a heading that it has."""
    assert [] == [link for link in links(page) if not leads_somewhere(page, link)]


def test_every_page_can_be_reached() -> None:
    """Whoever starts at the index finds each page of the documentation by its links."""
    seen: set[Path] = set()
    ahead = [ROOT / "docs" / "index.md"]
    while ahead:
        page = ahead.pop()
        seen.add(page)
        targets = {place(page, link)[0] for link in links(page)}
        ahead += [target for target in targets - seen if target.suffix == ".md" and target.is_file()]

    documentation = [page for page in PAGES if page.is_relative_to(ROOT / "docs") and not page.is_relative_to(ROOT / "docs" / "examples")]
    assert [] == [page.relative_to(ROOT).as_posix() for page in documentation if page not in seen]


def test_a_broken_link_is_noticed(tmp_path: Path) -> None:
    """Neither a missing file nor a missing heading passes; both are relative to the page."""
    page = tmp_path / "page.md"
    page.write_text("# One: two\n\n[a](#one-two) [b](page.md#three) [c](other.md) [d](page.md)\n", encoding="utf-8")

    assert ["page.md#three", "other.md"] == [link for link in links(page) if not leads_somewhere(page, link)]


def links(page: Path) -> Iterator[str]:
    """Yield the links and images of a page that stay within the project."""
    for token in MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8")):
        for child in token.children or ():
            link = str(child.attrGet("href") or child.attrGet("src") or "")
            if link and not urlsplit(link).scheme:
                yield link


def leads_somewhere(page: Path, link: str) -> bool:
    """Tell whether the file is there and has the heading, if one is named."""
    target, heading = place(page, link)
    return target.exists() and (not heading or heading in anchors(target))


def place(page: Path, link: str) -> tuple[Path, str]:
    """Return the file and the heading that a link names."""
    parts = urlsplit(link)
    return ((page.parent / unquote(parts.path)).resolve() if parts.path else page), unquote(parts.fragment)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, made as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
