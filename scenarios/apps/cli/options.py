"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else.")]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="K=V", help="A setting of the world or of a policy; may be repeated."),
]
Client = Annotated[str, typer.Option(help="The client's retry policy.")]
Gateway = Annotated[str, typer.Option(help="The gateway's answer to a missing route.")]
Balance = Annotated[str, typer.Option(help="per-connection or per-request.")]
Jobs = Annotated[
    int | None, typer.Option(min=1, help="Processes; the results do not depend on it.", show_default="one a core")
]
Sdks = Annotated[list[str] | None, typer.Option(help="An SDK; may be repeated. Default: all installed.")]
TraceFile = Annotated[Path | None, typer.Option(help="Write the trace here as text, and as .jsonl beside it.")]
DynamodbEndpoint = Annotated[
    str | None, typer.Option(metavar="URL", help="Keep the live route table in this DynamoDB endpoint.")
]


def settings_words(pairs: list[str] | None, option: str = "--set") -> dict[str, str]:
    """Return `["k=v", ...]` as a dict. Raises `typer.BadParameter` with the option's name."""
    words = {}
    for pair in pairs or []:
        name, equals, value = (part.strip() for part in pair.partition("="))
        if not equals or not name:
            raise typer.BadParameter(f"{option} {pair}: write name=value")
        if name in words:
            raise typer.BadParameter(f"{option} {pair}: {name} is set twice; say it once")
        words[name] = value
    return words
