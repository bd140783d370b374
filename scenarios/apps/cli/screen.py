"""The console of what a command prints on stdout."""

from __future__ import annotations

import os
import re
import sys
from typing import IO, TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from rich.console import Console

PIPED: Final = 100_000
"""Columns where stdout is no terminal: a file or a program gets every name whole, and a line for each thing."""


class Unpadded:
    """A stream whose lines end with their last word: a table is padded for a terminal, and no file wants that."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write whole lines, as a console does."""
        return self._stream.write(re.sub(r" +(?=\n)", "", text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def screen(*, least: int = 0) -> Console:
    """Return the console of stdout, as wide as the terminal or as COLUMNS says, and at least `least` columns wide.

    Without either no line is wrapped. Where stdout is no terminal, no line ends in spaces.
    """
    from rich.console import Console

    console = Console()
    if console.is_terminal:
        return console if console.width >= least else Console(width=least)
    width = max(console.width, least) if "COLUMNS" in os.environ else PIPED
    return Console(width=width, file=cast("IO[str]", Unpadded(sys.stdout)))
