"""Files named by options: checked before the run, written after it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from gateway_sim.scenarios.sim.trace import Trace


def check_written(*named: tuple[str, Path | None]) -> None:
    """Raise `typer.BadParameter` for the first `(option, path)` whose path cannot be written."""
    for option, path in named:
        if path is None:
            continue
        if path.is_dir():
            raise typer.BadParameter(f"{option} {path}: that is a folder; name a file in it")
        if not path.parent.is_dir():
            raise typer.BadParameter(f"{option} {path}: there is no folder {path.parent}")
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            raise typer.BadParameter(f"{option} {path}: you may not write there")


def check_trace(path: Path | None) -> None:
    """Raise `typer.BadParameter` for a trace that cannot be written, or whose JSON lines would have the same name."""
    check_written(("--trace", path))
    check_written(("--trace", path and events_beside(path)))
    if path and path == events_beside(path):
        raise typer.BadParameter(
            f"--trace {path}: this is the name of the JSON lines beside the text; name the text: trace.txt"
        )


def written(path: Path, text: str, kind: str = "", said: Console | None = None) -> None:
    """Write a file, and print `kind: path` if there is a console. Raises `OSError` with the file's name."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    if said is not None:
        said.print(f"{kind}: {path}", style="dim")


def trace_written(path: Path, trace: Trace) -> list[Path]:
    """Write a trace as text; beside it its events as JSON lines, and a script's output. Return the paths."""
    texts = {path: trace.text(), events_beside(path): trace.json_lines()}
    texts |= {path.with_suffix(f".{stream}"): "".join(pieces) for stream, pieces in trace.outputs.items()}
    for file, text in texts.items():
        written(file, text)
    return list(texts)


def events_beside(trace: Path) -> Path:
    """Return the path of the JSON lines that belong to a text trace."""
    return trace.with_suffix(".jsonl")
