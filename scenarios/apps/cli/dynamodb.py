"""`gateway-sim dynamodb`: a DynamoDB endpoint with stale reads, for a program in any language."""

from typing import Annotated, Any

import typer

from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.options import Json
from gateway_sim.scenarios.apps.cli.ports import check_ports

PORT = 8350


def serve_dynamodb(
    replicas: Annotated[int, typer.Option(min=1, help="Replicas that answer eventually consistent reads.")] = 2,
    lag: Annotated[
        str,
        typer.Option(metavar="LAW", help="fixed:4, uniform:8, uniform:2-8, exponential:1 (seconds) or simpledb-step."),
    ] = "uniform:8",
    stale: Annotated[
        int | None,
        typer.Option(min=0, help="The last so many replicas lag.", show_default="all but the first; 1 of 1"),
    ] = None,
    pick: Annotated[
        str,
        typer.Option(
            help="Which replica answers: per-request (reads may go backwards, as AWS documents), per-connection, or "
            "per-key (a replica for each access key id)."
        ),
    ] = "per-request",
    miss_ttl: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="How long a replica caches a miss, as DAX does.")
    ] = 0.0,
    history: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            min=0,
            help="Keep a state of an item so long after a new one, and while a replica shows it.",
        ),
    ] = 60.0,
    seed: Annotated[int, typer.Option(min=0, help="The seed of lags and of the picked replicas.")] = 0,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The endpoint's port; 0: any.")] = PORT,
    dynamodb_endpoint: Annotated[
        str | None, typer.Option(metavar="URL", help="Keep the tables in this DynamoDB; default: moto, in memory.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Serve DynamoDB with stale reads until Ctrl-C, for any program; lag can be changed while it runs."""
    from rich.console import Console

    check_ports(("--port", port))
    said = Console(stderr=True)
    with said.status("loading moto"):
        from gateway_sim.scenarios.apps.cli.until_stopped import until_stopped
        from gateway_sim.scenarios.apps.serve.dynamodb import Wanted, law_of, serve

    lagging = max(replicas - 1, 1) if stale is None else stale
    wanted = Wanted(replicas, lagging, law_of(lag), pick, seed, miss_ttl, history, dynamodb_endpoint, port)

    def ready(told: dict[str, Any]) -> None:
        if as_json:
            printed("dynamodb", told)
        else:
            print(_card(told), flush=True)

    until_stopped(serve(wanted, ready))


def _card(told: dict[str, Any]) -> str:
    lines = [
        f"endpoint  {told['endpoint']}   tables in {told['backing']}; replicas answer {told['pick']}",
        f"admin     {told['admin']}   lag of each replica, /metrics",
        "",
        *(f"export {name}={value}" for name, value in told["environ"].items()),
        "",
        *(f"AWS_ACCESS_KEY_ID={one['access_key_id']} reads replica {one['replica']}: {one['view']}"
          for one in told["replicas"]),
        "Ctrl-C ends it",
    ]  # fmt: skip
    return "\n".join(lines)
