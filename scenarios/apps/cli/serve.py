"""`gateway-sim serve`: a live world for your own client."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from gateway_sim.scenarios.apps.cli.choices import completed
from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.options import (
    Balance,
    DynamodbEndpoint,
    Gateway,
    GatewayApp,
    GatewayCommand,
    GatewayReady,
    GatewayReplicas,
    GatewayUrls,
    Json,
    Sets,
    own_gateway_of,
    settings_words,
    told_variables,
)
from gateway_sim.scenarios.apps.cli.ports import check_ports

if TYPE_CHECKING:
    from gateway_sim.scenarios.apps.serve.serving import Served, ServedInstance

PLATFORM_PORT, GATEWAY_PORT, ADMIN_PORT = 8344, 8346, 8348


def serve_world(
    race: Annotated[
        str,
        typer.Argument(
            help="Serve the world of this race: its replicas, lags and pods.", autocompletion=completed("race")
        ),
    ] = "healthy",
    gateway: Gateway = "not-found",
    gateway_command: GatewayCommand = None,
    gateway_url: GatewayUrls = None,
    gateway_app: GatewayApp = None,
    gateway_replicas: GatewayReplicas = None,
    gateway_ready: GatewayReady = None,
    balance: Balance = "per-connection",
    seed: Annotated[int, typer.Option(min=0, help="The seed of lags and balancing.")] = 0,
    sets: Sets = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The platform's port; 0: any.")] = PLATFORM_PORT,
    gateway_port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port of the gateway alone, for its admin interface; 0: any.")
    ] = GATEWAY_PORT,
    admin_port: Annotated[int, typer.Option(min=0, max=65535, help="The admin interface's port; 0: any.")] = ADMIN_PORT,
    dynamodb_endpoint: DynamodbEndpoint = None,
    as_json: Json = False,
) -> None:
    """Serve a live world for a client of your own until Ctrl-C; lag and faults can be changed while it runs."""
    from rich.console import Console

    from gateway_sim.scenarios.apps.cli.until_stopped import until_stopped

    check_ports(("--port", port), ("--gateway-port", gateway_port), ("--admin-port", admin_port))
    said = Console(stderr=True)
    with said.status("loading torch and the gateway"):
        from gateway_sim.scenarios.apps.serve.serving import serve
        from gateway_sim.scenarios.run.plans import race_plan
        from gateway_sim.scenarios.run.spec import RunSpec

    own = own_gateway_of(gateway_command, gateway_url, gateway_replicas, gateway_ready, gateway_app)
    words = settings_words(sets)
    planned = race_plan(
        RunSpec(race, gateway=gateway, balance=balance, engine="live", seed=seed, settings=words, own_gateway=own)
    )
    told_variables(own, said)
    named = own.name if own else gateway
    starting = said.status(f"starting the world of {race}: route table, gateway ({named}), control plane, trainer")

    def ready(served: Served) -> None:
        starting.stop()
        if as_json:
            printed("serve", served.document())
        else:
            print(_card(served), flush=True)

    ports = {"platform": port, "gateway": gateway_port, "admin": admin_port}
    with starting:
        until_stopped(serve(planned, ready, ports=ports, dynamodb_endpoint=dynamodb_endpoint))


def _card(served: Served) -> str:
    instances = [line for instance in served.instances for line in _instance(instance)]
    alone = "the balancer before your gateway" if instances else "health, capacity, replicas; OpenAPI at /docs"
    lines = [
        f"platform  {served.platform}   control plane and gateway on one host, as the SDKs expect",
        f"gateway   {served.gateway}   {alone}",
        f"admin     {served.admin}   faults, lag of each replica, trace, /metrics; OpenAPI at /docs",
        *instances,
        "",
        *(f"export {name}={value}" for name, value in served.environ.items()),
        "",
        f"account {served.account}, job {served.job} (RUNNING), base model {served.base_model}",
        "gateway-sim fault stale-route --set for_s=3      Ctrl-C ends it",
    ]
    return "\n".join(lines)


def _instance(instance: ServedInstance) -> list[str]:
    address = f"http://{instance.address}"
    variables = [f"            {name}={shlex.quote(value)}" for name, value in instance.environ.items()]
    return ["", f"{instance.name:<9} {address}   an instance of your gateway, with these variables", *variables]
