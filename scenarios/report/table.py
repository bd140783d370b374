"""The model of every table, rendered in a terminal, as Markdown and in a page. Pure.

A console prints a `Table`, `markdown()` returns it as Markdown, the macro of `pages/table.html` renders it as HTML.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from rich.console import Group
from rich.table import Table as RichTable
from rich.text import Text

Tone = Literal["", "good", "bad", "held", "soft"]
STYLES: dict[Tone, str] = {"": "", "good": "green", "bad": "red", "held": "yellow", "soft": "dim"}
"""Each tone in a terminal; in a page it is a class of the stylesheet."""


@dataclass(frozen=True)
class Cell:
    """One cell of a table. `note` explains the text, `opens` is the part of a page that it opens."""

    text: str
    tone: Tone = ""
    strong: bool = False
    note: str = ""
    opens: str = ""

    def rich(self) -> Text:
        """Return the cell for a terminal, without its note."""
        return Text(self.text, f"{STYLES[self.tone]} {'bold' if self.strong else ''}".strip())

    def markdown(self) -> str:
        """Return the cell for a Markdown table, on one line."""
        text = self.text.strip().replace("|", "\\|")
        return (f"**{text}**" if self.strong else text) + (f"; {self.note}" if self.note else "")


Row = Sequence[Cell | str]


@dataclass(frozen=True)
class Table:
    """Rows under a head, each as long as the head.

    The first `words` columns are text; the others are numbers, aligned right and never wrapped. None: all are text.
    """

    head: Sequence[str]
    rows: Sequence[Row]
    caption: str = ""
    words: int | None = None

    @property
    def cells(self) -> list[list[Cell]]:
        """The rows with every word as a cell."""
        return [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in self.rows]

    def number(self, column: int) -> bool:
        """Say whether a column holds numbers."""
        return self.words is not None and column >= self.words

    def titled(self, caption: str) -> Table:
        """Return the table under a caption."""
        return replace(self, caption=caption)

    def only(self, *columns: int) -> Table:
        """Return a table of some columns."""
        rows = [[row[column] for column in columns] for row in self.rows]
        return replace(self, head=[self.head[column] for column in columns], rows=rows)

    def grouped(self, column: int, head: str) -> Table:
        """Return the table without a column, its rows below a heading row for each value of that column."""
        rest = [n for n in range(len(self.head)) if n != column]
        rows: list[Row] = []
        for value, group in groupby(sorted(self.cells, key=lambda row: row[column].text), lambda row: row[column].text):
            rows.append([Cell(value, strong=True), *[""] * (len(rest) - 1)])
            for row in group:
                first, *others = (row[n] for n in rest)
                rows.append([replace(first, text=f"  {first.text.strip()}"), *others])
        return replace(self, head=[head, *(self.head[n] for n in rest[1:])], rows=rows)

    def markdown(self) -> str:
        """Return the table as Markdown, without its caption."""
        lines = [self.head, ["---"] * len(self.head), *([cell.markdown() for cell in row] for row in self.cells)]
        return "\n".join(f"|{'|'.join(f' {word} ' if word else ' ' for word in line)}|" for line in lines)

    def __rich__(self) -> RichTable:
        """Return the table for a terminal; heads of number columns break at hyphens."""
        table = RichTable(
            title=self.caption or None, title_justify="left", title_style="bold", box=None, padding=(0, 1, 0, 0),
            pad_edge=False, show_header=any(self.head),
        )  # fmt: skip
        for column, head in enumerate(self.head):
            if self.number(column):
                table.add_column(Text(head.replace("-", "-\n")), justify="right", vertical="bottom", no_wrap=True)
            else:
                table.add_column(Text(head), vertical="bottom", no_wrap=self.words is not None, overflow="fold")
        for row in self.cells:
            table.add_row(*(cell.rich() for cell in row))
        return table

    def records(self) -> Group:
        """Return the table for a narrow terminal: a paragraph for each row, a line for each column."""
        lines = [Text(self.caption, "bold")]
        for first, *others in self.cells:
            lines.append(Text(first.text, "bold"))
            for head, cell in zip(self.head[1:], others, strict=True):
                lines.append(Text(f"  {head:<40}").append_text(cell.rich()))
                if cell.note:
                    lines.append(Text(f"  why: {cell.note}", STYLES[cell.tone]))
        return Group(*lines, Text())
