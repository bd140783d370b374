"""`gateway-sim demo`: a page with the same race under two gateways."""

from typing import Annotated

import typer

from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.options import Json
from gateway_sim.scenarios.apps.cli.ports import check_ports

PAGE_PORT = 8350


def serve_demo_page(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The page's port; 0: any.")] = PAGE_PORT,
    seeds: Annotated[int, typer.Option(min=1, help="Seeds for each cell of a race's table.")] = 10,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    as_json: Json = False,
) -> None:
    """Serve a page that plays a race under today's gateway and a proposed one, side by side, until Ctrl-C."""
    from rich.console import Console

    check_ports(("--port", port))
    said = Console(stderr=True)
    with said.status("loading torch and the gateway"):
        from gateway_sim.scenarios.apps.cli.until_stopped import until_stopped
        from gateway_sim.scenarios.apps.demo.app import serve_demo

    def ready(url: str) -> None:
        if as_json:
            printed("demo", {"page": url})
        else:
            print(f"open {url} and press the button      Ctrl-C ends it", flush=True)
        if open_page:
            typer.launch(url)

    until_stopped(serve_demo(ready, port=port, seeds=seeds))
