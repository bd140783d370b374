"""`gateway-sim contract`: any gateway held to what gateways must do, clause by clause."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from gateway_sim.scenarios.apps.cli.choices import completed
from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.files import check_written, written
from gateway_sim.scenarios.apps.cli.options import GatewayReady, Json, own_gateway_of, settings_words, told_variables
from gateway_sim.scenarios.apps.cli.progress import progress_bar
from gateway_sim.scenarios.apps.cli.screen import screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway_sim.scenarios.compare.contract.clause import Finding

COMMAND = "--gateway-command"


def hold_to_the_contract(
    port: Annotated[
        str | None,
        typer.Argument(
            help="A port of stories; without it, a gateway is held to its contract.", autocompletion=completed("port")
        ),
    ] = None,
    part: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PART",
            help="A part that fills the port; this project's own without it. Repeatable.",
            autocompletion=completed("part"),
        ),
    ] = None,
    gateway_command: Annotated[
        str | None, typer.Option(metavar="COMMAND", help="Start this gateway of yours (docs/your-own-gateway.md).")
    ] = None,
    gateway_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Ask this running instance of your gateway.")
    ] = None,
    gateway_ready: GatewayReady = None,
    gateway: Annotated[
        list[str] | None,
        typer.Option(
            metavar="POLICY[,K=V]",
            help="Ask this project's gateway; may be repeated.",
            autocompletion=completed("gateway"),
        ),
    ] = None,
    page: Annotated[Path | None, typer.Option(help="Write the tables of all these gateways as a page here.")] = None,
    as_json: Json = False,
) -> None:
    """Hold a gateway to the contract, clause by clause, on real sockets; exit 0 if no clause is missed, 1 if one is.

    The instance gets requests directly, and pods of ours record what arrives. It takes half a minute, or longer with a
    gateway that holds requests it should refuse.

    With a PORT, hold parts of your own to what stories ask of them, in virtual time (docs/parts.md). Exit 1 if one
    misses a required clause.
    """
    if port is not None or part:
        if gateway_command or gateway_url or gateway_ready or gateway or page:
            raise typer.BadParameter("a port's contract is for parts; leave the options of gateways out")
        _hold_parts(port, part or [], as_json=as_json)
    from rich.console import Console

    from gateway_sim.scenarios.compare.contract.clauses import names
    from gateway_sim.scenarios.compare.contract.world import check_own, check_program, check_words
    from gateway_sim.scenarios.report.contract import markdown, terminal

    check_written(("--page", page))
    program = own_gateway_of(gateway_command, [gateway_url] if gateway_url else None, None, gateway_ready)
    policies = {policy: _words(policy) for policy in gateway or ()}
    if program is None and not policies:
        raise typer.BadParameter(f"name your gateway with {COMMAND} or --gateway-url, or one of ours with --gateway")
    said = Console(stderr=True)
    if program is not None:
        check_words(program)
        told_variables(program, said)
    found: dict[str, Sequence[Finding]] = {}
    with progress_bar(said) as bar:
        task = bar.add_task("checking", total=len(names()) * (len(policies) + (program is not None)), note="")

        def told(finding: Finding) -> None:
            bar.update(task, advance=1, note=finding.clause)

        for policy, (name, words) in policies.items():
            said.print(f"holding this project's gateway with {policy} to the contract", style="dim")
            found[policy] = check_own(name, words, told)
        if program is not None:
            said.print(f"holding {program.name} to the contract", style="dim")
            found[program.name] = check_program(program, told)
    if as_json:
        printed("contract", {"gateways": [_document(name, findings) for name, findings in found.items()]})
    else:
        screen().print(terminal(found))
    if page:
        options = [word for policy in policies for word in ("--gateway", policy)]
        options += [*(program.words if program else ()), "--page", str(page)]
        written(page, markdown(found, command=shlex.join(["gateway-sim", "contract", *options])), "page", said)
    missed = any(one.result == "missed" for findings in found.values() for one in findings)
    raise typer.Exit(1 if missed else 0)


def _hold_parts(port: str | None, parts: list[str], *, as_json: bool) -> NoReturn:
    """Hold parts to the contract of their port; exit 1 if one misses a required clause."""
    from gateway_sim.scenarios.compare.port_contract.clauses import ports
    from gateway_sim.scenarios.compare.port_contract.hold import hold
    from gateway_sim.scenarios.orchestration.parts import checked
    from gateway_sim.scenarios.report.contract import terminal
    from gateway_sim.scenarios.sim.errors import check

    if port is None:
        raise typer.BadParameter(f"name the port that {parts[0]} fills: {', '.join(ports())}")
    port = check("port", port, ports())
    makes = {word: checked(port, word.removeprefix(f"{port}=")) for word in parts}
    found = {word: hold(port, make) for word, make in makes.items()} or {"gateway-sim": hold(port, None)}
    if as_json:
        printed("port-contract", {"port": port, "parts": [_document(*one, of="part") for one in found.items()]})
    else:
        screen().print(terminal(found))
    missed = any(one.result == "missed" and one.level == "required" for each in found.values() for one in each)
    raise typer.Exit(1 if missed else 0)


def _words(policy: str) -> tuple[str, dict[str, str]]:
    """Return the name and the settings of `POLICY[,K=V...]`. Raises `UnknownWord`."""
    from gateway_sim.scenarios.run.matrix import gateway_words

    name, *pairs = policy.split(",")
    gateway_words(name, {})
    return name, settings_words(pairs, option="--gateway")


def _document(held: str, findings: Sequence[Finding], of: str = "gateway") -> dict[str, Any]:
    results = [one.result for one in findings]
    counts = {"holds": results.count("holds"), "missed": results.count("missed")}
    absent = results.count("not applicable")
    return {of: held, **counts, "not_applicable": absent, "clauses": [asdict(one) for one in findings]}
