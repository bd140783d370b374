"""Options that several commands share, and the files that options name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else.")]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="K=V", help="A setting of the world or of a policy; may be repeated."),
]


def settings_words(pairs: list[str] | None, option: str = "--set") -> dict[str, str]:
    """Return `["k=v", ...]` as a dict. Raises `typer.BadParameter`, naming the option they were given to."""
    words = {}
    for pair in pairs or []:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"{option} {pair}: write name=value")
        if name.strip() in words:
            raise typer.BadParameter(f"{option} {pair}: {name.strip()} is set twice; say it once")
        words[name.strip()] = value.strip()
    return words


def check_written(*named: tuple[str, Path | None]) -> None:
    """Refuse files that cannot be written, each by its option, before anything runs. Raises `typer.BadParameter`."""
    for option, path in named:
        if path is None:
            continue
        if path.is_dir():
            raise typer.BadParameter(f"{option} {path}: that is a folder; name a file in it")
        if not path.parent.is_dir():
            raise typer.BadParameter(f"{option} {path}: there is no folder {path.parent}")
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            raise typer.BadParameter(f"{option} {path}: you may not write there")


def written(path: Path, text: str) -> None:
    """Write a file that an option named; the system's refusal names the file, which it does not by itself."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
