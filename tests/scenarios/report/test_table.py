"""One table says the same in a terminal, as Markdown and in a page."""

import io

from rich.console import Console

from gateway_sim.scenarios.report.pages import render
from gateway_sim.scenarios.report.table import Cell, Table

TABLE = Table(
    ["client", "gateway", "finished", "strong-reads"],
    [
        ["plain", "not-found", "1/2", Cell("0", "bad", strong=True, note="it was `given` up")],
        [Cell("exactly-once", opens="there"), "hold", "", "a|b <i>"],
    ],
    "what they cost",
    words=2,
)


def terminal(shown: object, width: int = 100) -> list[str]:
    """Return the lines that a console prints."""
    console = Console(width=width, file=io.StringIO())
    console.print(shown)
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_a_terminal_gets_aligned_numbers_and_heads_broken_at_their_hyphens():
    """The caption first; a note is left to pages and records."""
    assert terminal(TABLE) == [
        "what they cost",
        "                                strong-",
        "client       gateway   finished   reads",
        "plain        not-found      1/2       0",
        "exactly-once hold               a|b <i>",
    ]


def test_markdown_has_one_line_a_row_and_keeps_bars_out_of_its_columns():
    """A strong cell is bold, its note follows it."""
    assert TABLE.markdown().splitlines() == [
        "| client | gateway | finished | strong-reads |",
        "| --- | --- | --- | --- |",
        "| plain | not-found | 1/2 | **0**; it was `given` up |",
        "| exactly-once | hold | | a\\|b <i> |",
    ]


def test_a_page_escapes_words_and_marks_cells_by_the_stylesheets_classes():
    """Numbers to the right, tones as classes, links and notes in place."""
    page = " ".join(render("story.html", **story(TABLE)).split())
    assert '<td class="bad n strong">0<br><small>it was <code>given</code> up</small></td>' in page
    assert 'popovertarget="there">exactly-once</button>' in page
    assert "a|b &lt;i&gt;" in page
    assert "<caption>what they cost</caption>" in page


def story(table: Table) -> dict[str, object]:
    """Return the values of a page without pictures that shows this table."""
    named = {"name": "n", "summary": "s", "origin": "o"}
    return {"story": named, "variants": [], "pictures": [], "figures": table, "replays": []}


def test_a_grouped_table_has_a_line_of_its_own_for_each_value():
    """In alphabetical order, the rows of each below it and indented."""
    assert [[cell.text for cell in row] for row in TABLE.grouped(1, "gateway, and client").cells] == [
        ["hold", "", ""],
        ["  exactly-once", "", "a|b <i>"],
        ["not-found", "", ""],
        ["  plain", "1/2", "0"],
    ]


def test_some_columns_keep_their_alignment():
    """And the caption is the new one."""
    some = TABLE.only(0, 1, 3).titled("reads")
    assert (some.head, some.caption) == (["client", "gateway", "strong-reads"], "reads")
    assert [some.number(column) for column in range(3)] == [False, False, True]


def test_records_are_a_paragraph_a_row_with_the_reason_below_its_cell():
    """For a terminal that is too narrow for all columns."""
    lines = terminal(TABLE.records(), 60)
    assert lines[:5] == [
        "what they cost",
        "plain",
        f"  {'gateway':<40}not-found",
        f"  {'finished':<40}1/2",
        f"  {'strong-reads':<40}0",
    ]
    assert lines[5] == "  why: it was `given` up"
