"""`gateway-sim serve`: a world for a client of one's own, and `gateway-sim fault`: what goes wrong in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scenarios.cli.options import Json, Sets, settings_words

if TYPE_CHECKING:
    from scenarios.live.serving import Served

PLATFORM_PORT, DESK_PORT = 8344, 8348
JSON_BODY = {"content-type": "application/json"}


def serve_world(
    race: Annotated[str, typer.Argument(help="Serve the world of this race: its replicas, lags and pods.")] = "healthy",
    gateway: Annotated[str, typer.Option(help="The gateway's answer to a missing route.")] = "not-found",
    balance: Annotated[str, typer.Option(help="per-connection or per-request.")] = "per-connection",
    seed: Annotated[int, typer.Option(min=0, help="The seed of lags and balancing.")] = 0,
    sets: Sets = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The platform's port; 0: any.")] = PLATFORM_PORT,
    desk_port: Annotated[int, typer.Option(min=0, max=65535, help="The desk's port; 0: any.")] = DESK_PORT,
    dynamodb_endpoint: Annotated[
        str | None, typer.Option(metavar="URL", help="Keep the route table in this DynamoDB endpoint.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Serve a live world for a client of your own until Ctrl-C; lag and faults can be changed while it runs."""
    import asyncio

    from scenarios.live.serving import serve
    from scenarios.runner import RunSpec, plan

    planned = plan(
        RunSpec(race, gateway=gateway, balance=balance, engine="live", seed=seed, settings=settings_words(sets))
    )

    def ready(served: Served) -> None:
        print(json.dumps(served.document()) if as_json else _card(served), flush=True)

    ports = {"platform": port, "desk": desk_port}
    try:
        asyncio.run(serve(planned, ready, ports=ports, dynamodb_endpoint=dynamodb_endpoint))
    except KeyboardInterrupt:
        typer.echo("stopped; nothing was left running", err=True)


def _card(served: Served) -> str:
    lines = [
        f"platform  {served.platform}   control plane and gateway on one host, as the SDKs expect",
        f"gateway   {served.gateway}   lag of each replica: PUT /admin/replicas/NAME/view; OpenAPI at /docs",
        f"desk      {served.desk}   faults, trace, /metrics; OpenAPI at /docs",
        "",
        *(f"export {name}={value}" for name, value in served.environ.items()),
        "",
        f"account {served.account}, job {served.job} (RUNNING), base model {served.base_model}",
        "gateway-sim fault stale-route --set for_s=3      Ctrl-C ends it",
    ]
    return "\n".join(lines)


def inject_fault(
    name: Annotated[str | None, typer.Argument(help="The fault; without it they are listed.")] = None,
    sets: Annotated[
        list[str] | None, typer.Option("--set", metavar="K=V", help="A setting of the fault, such as for_s=3.")
    ] = None,
    lift: Annotated[bool, typer.Option("--lift", help="End every fault that has no end of its own.")] = False,
    desk: Annotated[str, typer.Option(metavar="URL", help="The desk of the served world.")] = (
        f"http://127.0.0.1:{DESK_PORT}"
    ),
) -> None:
    """Let something go wrong in a world that `gateway-sim serve` serves; exit 2 if the desk refuses it."""
    import asyncio

    from client.sdk_profiles import PoolRule
    from client.transport import HttpCall, HttpReply, HttpxTransport, WireFailure

    settings = {key: _value(word) for key, word in settings_words(sets).items()}
    method, path = ("DELETE", "/faults") if lift else ("POST", f"/faults/{name}") if name else ("GET", "/faults")
    body = json.dumps(settings).encode() if method == "POST" else b""

    async def ask() -> HttpReply:
        transport = HttpxTransport({"desk": PoolRule(1, 5.0)})
        try:
            return await transport.send("desk", HttpCall(method, f"{desk}{path}", JSON_BODY, body, 10.0))
        finally:
            await transport.close()

    try:
        answer = asyncio.run(ask())
    except WireFailure as failure:
        raise typer.BadParameter(f"no desk answers at {desk} ({failure}); start one: gateway-sim serve") from None
    told = answer.json()
    if answer.status >= 400:
        raise typer.BadParameter(str(told.get("detail", told)))
    print(json.dumps(told, indent=None if name else 2))


def _value(word: str) -> Any:
    """Read a word as JSON where it is some, so that 3 is a number, [0, 1] a list and healthz itself."""
    try:
        return json.loads(word)
    except ValueError:
        return word
