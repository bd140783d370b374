"""Options that several commands share."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway_sim.scenarios.apps.cli.choices import completed
from gateway_sim.scenarios.apps.cli.document import nothing_else_on_stdout
from gateway_sim.scenarios.run.workers import Workers, default_jobs
from gateway_sim.scenarios.sim.errors import check
from gateway_sim.scenarios.world.policies import DRIVERS

if TYPE_CHECKING:
    from rich.console import Console

    from gateway_sim.scenarios.run.spec import GatewayProgram

Json = Annotated[
    bool,
    typer.Option(
        "--json", help="Print one JSON document on stdout, and nothing else.", callback=nothing_else_on_stdout
    ),
]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="K=V",
        help="A setting of the world or of a policy; may be repeated.",
        autocompletion=completed("K=V"),
    ),
]
Parts = Annotated[
    list[str] | None,
    typer.Option(
        "--part",
        metavar="PORT=PART",
        help="A part of your own in a story (docs/parts.md); may be repeated.",
        autocompletion=completed("PORT=PART"),
    ),
]
Client = Annotated[str, typer.Option(help="The client's retry policy.", autocompletion=completed("client"))]
Gateway = Annotated[
    str, typer.Option(help="The gateway's answer to a missing route.", autocompletion=completed("gateway"))
]
Balance = Annotated[str, typer.Option(help="per-connection or per-request.", autocompletion=completed("balance"))]
GatewayCommand = Annotated[
    str | None,
    typer.Option(
        metavar="COMMAND", help="Start this gateway of yours, an instance for each replica (docs/your-own-gateway.md)."
    ),
]
GatewayUrls = Annotated[
    list[str] | None,
    typer.Option("--gateway-url", metavar="URL", help="Race this running instance of your gateway; may be repeated."),
]
GatewayApp = Annotated[
    str | None,
    typer.Option(
        metavar="MODULE:NAME",
        help="Race this ASGI app of yours, in virtual time unless --engine is live.",
    ),
]
GatewayReplicas = Annotated[
    int | None,
    typer.Option(min=1, max=64, help="Instances of your gateway.", show_default="as many as the race has replicas"),
]
GatewayReady = Annotated[
    str | None,
    typer.Option(
        metavar="PATH", help="The path that your gateway answers with 2xx when it is ready.", show_default="any answer"
    ),
]
Jobs = Annotated[
    int | None, typer.Option(min=1, help="Processes; the results do not depend on it.", show_default="one a core")
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Play on the workers of this dask scheduler instead: tcp://host:port (docs/beyond-one-machine.md).",
    ),
]
StoreFolder = Annotated[
    Path | None,
    typer.Option(
        "--store",
        metavar="DIR",
        help="Keep every run's row as Parquet in this folder while it is played, and play no run that is in it.",
    ),
]
FromStore = Annotated[
    Path | None,
    typer.Option("--from", metavar="DIR", help="Play nothing; take every run from this folder of --store."),
]
Sdks = Annotated[
    list[str] | None,
    typer.Option(help="An SDK; may be repeated. Default: all installed.", autocompletion=completed("sdk")),
]
Driver = Annotated[
    str,
    typer.Option(
        help="client (this project's, behaving as the SDK) or sdk (the SDK itself).", autocompletion=completed("driver")
    ),
]
OwnSdk = Annotated[
    str | None, typer.Option(help="The SDK of --driver sdk.", show_default=False, autocompletion=completed("sdk"))
]
TraceFile = Annotated[Path | None, typer.Option(help="Write the trace here as text, and as .jsonl beside it.")]
DynamodbEndpoint = Annotated[
    str | None, typer.Option(metavar="URL", help="Keep the live route table in this DynamoDB endpoint.")
]


def own_gateway_of(
    command: str | None, urls: list[str] | None, replicas: int | None, ready: str | None, app: str | None = None
) -> GatewayProgram | None:
    """Return the user's own gateway; None without one. Raises `typer.BadParameter` for options that need one."""
    from gateway_sim.scenarios.run.spec import GatewayProgram

    if command is not None or urls or app is not None:
        return GatewayProgram(command, tuple(urls or ()), ready, replicas, app)
    for option, value in (("--gateway-replicas", replicas), ("--gateway-ready", ready)):
        if value is not None:
            raise typer.BadParameter(f"{option} is for a gateway of your own: name it with --gateway-command")
    return None


def workers_of(jobs: int | None, scheduler: str | None, usual: int | None = None) -> Workers:
    """Return where runs are played: on the scheduler's workers, or on `jobs` processes (None: `usual`, or one a core).

    Raises for both, and `NoCluster` where nothing listens at the scheduler's address.
    """
    if scheduler is None:
        return Workers(jobs or usual or default_jobs())
    if jobs:
        raise typer.BadParameter("--jobs counts processes here, and --scheduler has workers of its own; give one")
    # before the slow imports
    from gateway_sim.scenarios.run.reachable import check_reachable

    check_reachable(scheduler)
    return Workers(scheduler=scheduler)


def told_variables(program: GatewayProgram | None, said: Console) -> None:
    """Print the variables with which the running instances of a gateway must have been started."""
    if program is not None and program.urls:
        from gateway_sim.scenarios.run.own_gateway import variables_of

        for url, variables in variables_of(program).items():
            said.print(f"{url} must run with these variables:", style="dim")
            for name, value in variables.items():
                said.print(f"  {name}={shlex.quote(value)}", style="dim", highlight=False, soft_wrap=True)


def sdk_of(driver: str, sdk: str | None) -> str | None:
    """Return the SDK that trains itself; None if this project's client trains. Raises for words that do not fit."""
    check("driver", driver, DRIVERS)
    if (driver == "sdk") != (sdk is not None):
        raise typer.BadParameter("--driver sdk and --sdk NAME belong together: `gateway-sim sdk list` names the SDKs")
    if sdk is not None:
        from gateway_sim.scenarios.engines.live.sdks.environments import require

        return require(sdk).name
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
