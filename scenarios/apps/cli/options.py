"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from gateway_sim.scenarios.sim.errors import check
from gateway_sim.scenarios.world.policies import DRIVERS

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
Driver = Annotated[str, typer.Option(help="client (this project's, behaving as the SDK) or sdk (the SDK itself).")]
OwnSdk = Annotated[str | None, typer.Option(help="The SDK of --driver sdk.", show_default=False)]
TraceFile = Annotated[Path | None, typer.Option(help="Write the trace here as text, and as .jsonl beside it.")]
DynamodbEndpoint = Annotated[
    str | None, typer.Option(metavar="URL", help="Keep the live route table in this DynamoDB endpoint.")
]


def sdk_of(driver: str, sdk: str | None) -> str | None:
    """Return the SDK that trains itself; None if this project's client trains. Raises for words that do not fit."""
    check("driver", driver, DRIVERS)
    if (driver == "sdk") != (sdk is not None):
        raise typer.BadParameter("--driver sdk and --sdk NAME belong together: `gateway-sim sdk list` names the SDKs")
    if sdk is not None:
        from gateway_sim.scenarios.engines.live.sdks.environments import SDKS, require

        require(check("SDK", sdk, SDKS))
    return sdk


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
