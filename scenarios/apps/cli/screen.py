"""The console of what a command prints on stdout."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.console import Console

PIPED: Final = 100_000
"""Columns where stdout is no terminal: a file or a program gets every name whole, and a line for each thing."""


def screen() -> Console:
    """Return the console of stdout: as wide as the terminal, or as COLUMNS says; without either no line is wrapped."""
    from rich.console import Console

    console = Console()
    return console if console.is_terminal or "COLUMNS" in os.environ else Console(width=PIPED)
