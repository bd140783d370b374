"""`gateway-sim fault`: inject faults into a world that `gateway-sim serve` runs."""

import json
from typing import Annotated, Any

import typer

from gateway_sim.scenarios.apps.cli.choices import completed
from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.options import Json, settings_words
from gateway_sim.scenarios.apps.cli.screen import screen
from gateway_sim.scenarios.apps.cli.serve import ADMIN_PORT

JSON_BODY = {"content-type": "application/json"}


def inject_fault(
    name: Annotated[
        str | None, typer.Argument(help="The fault; without it they are listed.", autocompletion=completed("fault"))
    ] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="K=V",
            help="A setting of the fault, such as for_s=3.",
            autocompletion=completed("K=V of a fault"),
        ),
    ] = None,
    lift: Annotated[bool, typer.Option("--lift", help="End every fault that has no end of its own.")] = False,
    admin: Annotated[str, typer.Option(metavar="URL", help="The admin interface of the served world.")] = (
        f"http://127.0.0.1:{ADMIN_PORT}"
    ),
    as_json: Json = False,
) -> None:
    """Inject a fault into a world that `gateway-sim serve` serves; exit 2 if the admin interface refuses it."""
    settings = {key: _value(word) for key, word in settings_words(sets).items()}
    if lift and name:
        raise typer.BadParameter(f"--lift ends every fault, not {name} alone; leave the name out")
    if settings and not name:
        raise typer.BadParameter("--set belongs to a fault; name it")
    url = _url(admin)
    if lift:
        kind, answer = "faults-lifted", _asked("DELETE", url, "/faults")
    elif name:
        kind, answer = "fault", _asked("POST", url, f"/faults/{name}", json.dumps(settings).encode())
    else:
        kind, answer = "faults", _asked("GET", url, "/faults")
    if as_json:
        printed(kind, answer)
    elif lift:
        print("every fault without an end of its own is lifted")
    elif name:
        print(f"{name} took hold: {_listed({key: answer[key] for key in answer if key != 'fault'})}")
    else:
        _table(answer)


def _url(admin: str) -> str:
    """Return the admin interface's address as a URL; without a scheme it is HTTP."""
    scheme, there, _ = admin.partition("://")
    if not there:
        return f"http://{admin}".rstrip("/")
    if scheme not in ("http", "https"):
        raise typer.BadParameter(f"--admin {admin}: write a URL, such as http://127.0.0.1:{ADMIN_PORT}")
    return admin.rstrip("/")


def _asked(method: str, admin: str, path: str, body: bytes = b"") -> dict[str, Any]:
    """Return the admin interface's answer to a request; its refusal is a `typer.BadParameter`."""
    import asyncio

    from gateway_sim.client.sdk.profiles import PoolRule
    from gateway_sim.client.sdk.transport import HttpCall, HttpReply, HttpxTransport, WireFailure

    async def ask() -> HttpReply:
        transport = HttpxTransport({"admin": PoolRule(1, 5.0)})
        try:
            return await transport.send("admin", HttpCall(method, f"{admin}{path}", JSON_BODY, body, 10.0))
        finally:
            await transport.close()

    try:
        answer = asyncio.run(ask())
    except WireFailure as failure:
        raise typer.BadParameter(
            f"no admin interface answers at {admin} ({failure}); start one: gateway-sim serve"
        ) from None
    try:
        document = answer.json()
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise typer.BadParameter(f"what answers at {admin} is no admin interface: {answer.status}, and no JSON object")
    if answer.status >= 500:
        typer.echo(f"gateway-sim: the admin interface failed: {document.get('detail', document)}", err=True)
        raise typer.Exit(1)
    if answer.status >= 400:
        raise typer.BadParameter(str(document.get("detail", document)))
    return document


def _table(faults: dict[str, Any]) -> None:
    """Print the faults with their settings; a setting with the value null is required."""
    from rich.table import Table

    table = Table("fault", "settings", "", box=None, padding=(0, 2, 0, 0))
    for name, fault in faults.items():
        table.add_row(f"[bold]{name}[/]", _listed(fault["settings"]), fault["summary"])
    screen().print(table)


def _listed(settings: dict[str, Any]) -> str:
    return " ".join(f"{key}={json.dumps(value)}" for key, value in settings.items())


def _value(word: str) -> Any:
    """Read a word as JSON if it is JSON: 3 is a number, [0, 1] a list, healthz a word."""
    try:
        return json.loads(word)
    except ValueError:
        return word
