"""What code and pages refer to exists: each cited section by its number, each link, picture and anchor of a page.

A citation names page and section: `docs/reference/protocol.md §4.3`. A further `§` belongs to the last page that its
file names before it; in a page that names none, to the page itself.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from tests.house import PACKAGES, ROOT, relative

MENTION = re.compile(
    r"(docs/[\w/-]+\.md)|\b([\w-]+)\s+(?:#\s+)?(?=§)|§(\d+(?:\.\d+)*)(?:\s+(?:#\s+)?([CF]\d+|[a-h])\b)?"
)
"""A page by its path, the word before a section, or a section: its number, and the label of one of its parts."""
LETTERED = "docs/reference/stories.md"
"""The only page whose sections have parts named by a letter; elsewhere a letter after a section is a word."""
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.DOTALL | re.MULTILINE)
KINDS = {".py", ".md", ".js", ".html"}


def written() -> list[Path]:
    """Return every file of the project that may cite: code, pages, scripts and templates."""
    folders = (*PACKAGES, "tests", "benchmarks", "docs", "examples")
    found = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in KINDS]
    # what npm installed is not the project's
    return sorted([*(path for path in found if "node_modules" not in path.parts), *ROOT.glob("*.md")])


@lru_cache
def headings(page: Path) -> tuple[str, ...]:
    """Return a page's headings, without their marks."""
    return tuple(re.findall(r"^#{1,6} +(.+?) *$", CODE.sub(_kept, page.read_text()), re.MULTILINE))


def _kept(code: re.Match[str]) -> str:
    """Drop fenced code, whose remarks look like headings, and keep words in backquotes."""
    return "" if code[0].startswith("```") else code[0]


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives a page's headings."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings(page)}


def named(word: str) -> Path | None:
    """Return the page that a word before a section names, such as `protocol §4`; None for any other word."""
    places = [ROOT / f"docs/{place}{word}.md" for place in ("reference/", "")]
    return next((place for place in places if place.is_file()), None)


def unresolved(text: str, own: Path) -> Iterator[str]:
    """Yield a sentence for each section that a file's text cites and its page does not have."""
    page = own if own.suffix == ".md" else None
    for found in MENTION.finditer(text):
        path, word, number, part = found.groups()
        if path:
            page = ROOT / path
        elif word:
            page = named(word) or (None if word.isupper() else page)
        else:
            lettered = page is not None and relative(page) == LETTERED
            label = f" {part}" if part and (lettered or part[0].isupper()) else ""
            heads = headings(page) if page is not None and page.is_file() else ()
            if not any(re.match(rf"{re.escape(number + label)}(?!\w|\.\w)", head) for head in heads):
                line = text.count("\n", 0, found.start()) + 1
                yield f"{relative(own)}:{line} cites §{number}{label} of {relative(page) if page else 'no page'}"


def test_every_cited_section_is_there() -> None:
    """A reader of the code can open what a comment relies on."""
    others = [path for path in written() if path != Path(__file__)]
    missing = [said for path in others for said in unresolved(path.read_text(), path)]
    assert not missing, "\n".join(missing)


def test_citations_were_looked_at() -> None:
    """A pattern that matches nothing would pass every file."""
    assert sum(path.read_text().count("§") for path in written() if path.suffix == ".py") > 100
    own = ROOT / "client/verify.py"
    assert list(unresolved("as measured (docs/reference/protocol.md §4.3, §6)", own)) == []
    assert list(unresolved("docs/reference/stories.md\n    # §3 c; docs/reference/findings.md §0 F1", own)) == []
    assert list(unresolved("docs/reference/protocol.md §4.9, §6", own)) == [
        "client/verify.py:1 cites §4.9 of docs/reference/protocol.md"
    ]
    assert len(list(unresolved("docs/reference/stories.md §4 C9; docs/reference/gone.md §1; UNKNOWN §2; §3", own))) == 4


@pytest.mark.parametrize("page", [path for path in written() if path.suffix == ".md"], ids=relative)
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    """Pages, pictures and anchors are where other pages say."""
    for target in LINK.findall(CODE.sub("", page.read_text())):
        if "://" not in target:
            path, _, anchor = target.partition("#")
            there = page.parent / path if path else page
            assert there.exists(), f"{relative(page)} links to {target}"
            assert not anchor or anchor in anchors(there), f"{relative(page)} links to {target}: no such heading"
