"""The one JSON document that a command prints with `--json`."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import IO, Any

import typer

from gateway_sim.scenarios.apps.cli.streams import stdout_set_aside
from gateway_sim.scenarios.apps.documents import schema_word

_stdout: ContextVar[IO[str] | None] = ContextVar("stdout of the document", default=None)


def nothing_else_on_stdout(context: typer.Context, asked: bool) -> bool:
    """Let stdout have the document alone as long as the command runs, if it was asked for."""
    if asked and not context.resilient_parsing:
        # a command's own context is not closed where a later word is refused
        context.find_root().with_resource(_document_alone())
    return asked


@contextmanager
def _document_alone() -> Iterator[None]:
    with stdout_set_aside() as stdout:
        before = _stdout.set(stdout)
        try:
            yield
        finally:
            _stdout.reset(before)


def printed(kind: str, document: Mapping[str, Any]) -> None:
    """Print a document of a kind of `KINDS` on stdout, at once."""
    print(text_of(kind, document), file=_stdout.get(), flush=True)


def text_of(kind: str, document: Mapping[str, Any]) -> str:
    """Return a document as JSON; the first field names its schema."""
    return json.dumps({"schema": schema_word(kind), **document})
