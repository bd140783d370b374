"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else.")]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="K=V", help="A setting of the world or of a policy; may be repeated."),
]


def settings_words(pairs: list[str] | None) -> dict[str, str]:
    """Return `["k=v", ...]` as a dict. Raises `typer.BadParameter`."""
    words = {}
    for pair in pairs or []:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"--set {pair}: write name=value")
        words[name.strip()] = value.strip()
    return words
