"""Files named by options: checked before the run, written after it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from gateway_sim.scenarios.sim.trace import Trace


def check_written(*named: tuple[str, Path | None], reads: Mapping[str, Path | None] | None = None) -> None:
    """Raise `typer.BadParameter` for the first `(option, path)` whose path cannot be written, or is named twice.

    `reads` has the files that the command reads, by their options: none of them is written over.
    Beside the text of `--trace` stand its JSON lines, which are looked at too.
    """
    taken: dict[Path, str] = {}
    read_by = {path.resolve(): option for option, path in (reads or {}).items() if path}
    for option, path in named:
        if path is None:
            continue
        if path.resolve() in read_by:
            raise typer.BadParameter(f"{option} {path} is the file of {read_by[path.resolve()]}; name another")
        _check_one(option, path)
        beside = events_beside(path) if option == "--trace" else path
        if beside != path:
            _check_one(option, beside)
        for file in (path, beside):
            other = taken.setdefault(file.resolve(), option)
            if other != option:
                raise typer.BadParameter(f"{other} and {option} both write {file}; name two files")


def _check_one(option: str, path: Path) -> None:
    if path.is_dir():
        raise typer.BadParameter(f"{option} {path}: that is a folder; name a file in it")
    if not path.parent.is_dir():
        raise typer.BadParameter(f"{option} {path}: there is no folder {path.parent}")
    # a link's file is made where the link leads, and the link stays
    path_of_file = path.resolve()
    there = path_of_file.exists()
    if there and not path_of_file.is_file():
        # to open a pipe waits for its reader
        return
    try:
        # rights alone do not say it: root may write to /proc, and nothing can be made there
        path_of_file.open("ab").close()
        if not there:
            path_of_file.unlink()
    except OSError as error:
        raise typer.BadParameter(f"{option} {path}: it cannot be written: {error.strerror or error}") from None


def check_folder(option: str, folder: Path) -> None:
    """Raise `typer.BadParameter` for a folder in which no file can be made; it need not be there yet."""
    there = next((place for place in (folder, *folder.absolute().parents) if place.exists()), folder)
    if not there.is_dir():
        raise typer.BadParameter(f"{option} {folder}: {there} is a file; name a folder")
    try:
        with tempfile.TemporaryDirectory(dir=there):
            pass
    except OSError as error:
        why = error.strerror or error
        raise typer.BadParameter(
            f"{option} {folder}: {there} may not be written to ({why}); name another folder"
        ) from None


def check_trace(path: Path | None) -> None:
    """Raise `typer.BadParameter` for a trace that cannot be written, or whose JSON lines would have the same name."""
    check_written(("--trace", path))
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
