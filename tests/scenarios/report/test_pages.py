"""Pages are filled from templates: a value is never markup, a missing one is an error, and there is one stylesheet."""

import re
from pathlib import Path

import jinja2
import pytest

from gateway_sim.scenarios.report import pages
from gateway_sim.scenarios.report.pages import embedded, prose, render, text_page

FOLDER = Path(pages.__file__).parent
PARTS = ("base.html", "table.html", "controls.html")
FRAMED = sorted(path.name for path in FOLDER.glob("*.html") if path.name not in PARTS)


@pytest.mark.parametrize("name", FRAMED)
def test_every_page_stands_in_the_one_frame(name: str) -> None:
    """Style, language and viewport come from `base.html`; no page writes style of its own or loads a file."""
    source = (FOLDER / name).read_text()
    assert source.startswith('{% extends "base.html" %}')
    # a sheet that one page alone needs is a file beside it
    assert "<style" not in source.replace('<style>\n{{ part("demo.css") }}\n</style>', "")
    assert not re.search(r"https?://|<script src|stylesheet", source)


def test_a_missing_value_is_an_error_and_not_an_empty_place() -> None:
    """By its name."""
    with pytest.raises(jinja2.UndefinedError, match="runs"):
        render("proposal.html")


def test_what_is_between_backticks_is_code_and_nothing_is_markup() -> None:
    """Words of a user or of an error message stay words."""
    assert prose("set `lag_s` to <b>") == "set <code>lag_s</code> to &lt;b&gt;"


def test_json_in_a_script_cannot_end_the_script() -> None:
    """Neither with a closing tag nor with a comment."""
    assert embedded({"a": "</script><!--"}) == '{"a":"<\\/script><\\!--"}'


def test_a_page_for_a_repository_is_a_page_for_a_browser_too() -> None:
    """Named by its first heading without marks; a wide table scrolls by itself and by keys; markup in it stays text."""
    page = text_page("# What `hold` does\n\n| a | b |\n| --- | --- |\n| 1 | <b>2 |\n")
    assert "<title>What hold does</title>" in page
    assert re.search(r'<div class="scroll" tabindex="0"[^>]*><table>.*</table></div>', page, re.DOTALL)
    assert "<b>2" not in page
