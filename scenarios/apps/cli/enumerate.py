"""`gateway-sim enumerate`: every order of a small world, for each gateway policy."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway_sim.scenarios.apps.cli.choices import completed
from gateway_sim.scenarios.apps.cli.document import printed
from gateway_sim.scenarios.apps.cli.files import check_written, written
from gateway_sim.scenarios.apps.cli.options import Jobs, Json, Scheduler, Sets, StoreFolder, settings_words, workers_of
from gateway_sim.scenarios.apps.cli.screen import screen
from gateway_sim.scenarios.apps.cli.stores import storing
from gateway_sim.scenarios.world.policies import gateway_policies

if TYPE_CHECKING:
    from gateway_sim.scenarios.search.enumerate.choices import Order
    from gateway_sim.scenarios.search.enumerate.world import SmallWorld


def enumerate_orders(
    client: Annotated[
        list[str] | None,
        typer.Option(
            help="A client policy; may be repeated.", show_default="plain", autocompletion=completed("client")
        ),
    ] = None,
    gateway: Annotated[
        list[str] | None,
        typer.Option(
            help="A gateway policy; may be repeated.", show_default="all", autocompletion=completed("gateway")
        ),
    ] = None,
    sets: Sets = None,
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    store: StoreFolder = None,
    order: Annotated[str | None, typer.Option(metavar="N.N.N", help="Play this order alone; show its trace.")] = None,
    into: Annotated[Path | None, typer.Option(metavar="PAGE", help="Write the results as a page here.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the same page for a browser here.")] = None,
    as_json: Json = False,
) -> None:
    """Play every order of 2 replicas, 1 job, 1 publish, 1 delete and 3 calls; exit 0 if all kept every promise.

    An order fixes which replica answers, what the replica sees, when the job is deleted, and which message is lost.
    """
    workers = workers_of(jobs, scheduler)
    from rich.console import Console

    from gateway_sim.scenarios.report.enumeration import Enumerated, enumeration_page, pair_card, promise_lines
    from gateway_sim.scenarios.report.pages import text_page
    from gateway_sim.scenarios.run.matrix import gateway_words
    from gateway_sim.scenarios.search.enumerate.exhaustive import Orders, whole
    from gateway_sim.scenarios.search.enumerate.world import small_world

    check_written(("--into", into), ("--html", html))
    said = Console(stderr=True)
    given = settings_words(sets)
    pairs = [
        (one, policy, settings, small_world(one, policy, settings))
        for one in client or ["plain"]
        for policy, settings in (gateway_words(name, given) for name in gateway or gateway_policies())
    ]
    if order is not None:
        if len(pairs) > 1:
            raise typer.BadParameter("--order needs one world; name its --client and its --gateway")
        one, policy, _, world = pairs[0]
        raise typer.Exit(_play_one(one, policy, world, _order(order), as_json=as_json))
    found = []
    with storing(store, "enumerate", None, said) as kept:
        for one, policy, settings, world in pairs:
            orders = Orders()
            with said.status(f"{one} behind {policy}", spinner="line") as status:
                for piece in whole(world, workers, kept):
                    orders += piece
                    status.update(f"{one} behind {policy}: {orders.count:,} orders")
            found.append(Enumerated(one, policy, settings, world, orders))
            if not as_json:
                if len(found) == 1:
                    screen().print(promise_lines())
                screen().print(pair_card(found[-1]), crop=False)
    broken = sum(pair.orders.kept < pair.orders.count for pair in found)
    if as_json:
        printed("enumerate", {"pairs": [pair.document() for pair in found], "broken": broken})
    for option, path, finished in (("--into", into, str), ("--html", html, text_page)):
        if path:
            command = _command(client, gateway, given, option, path)
            written(path, finished(enumeration_page(command, found)), "page", said)
    raise typer.Exit(1 if broken else 0)


def _play_one(client: str, gateway: str, world: SmallWorld, order: Order, *, as_json: bool) -> int:

    from gateway_sim.scenarios.search.enumerate.choices import Choices
    from gateway_sim.scenarios.search.enumerate.exhaustive import held
    from gateway_sim.scenarios.search.enumerate.world import play

    orders, trace = held(world, Choices(order)), play(world, Choices(order))
    violations = [{"promise": name, "message": one.message, "at_s": one.at_s} for name, one in orders.shortest.items()]
    if as_json:
        events = [entry.document() for entry in trace.entries]
        played = {"client": client, "gateway": gateway, "order": ".".join(map(str, order)), "violations": violations}
        printed("order", {**played, "digest": trace.digest(), "trace": events})
    else:
        out = screen()
        out.print(trace.text(), markup=False, highlight=False, soft_wrap=True)
        for one in violations:
            out.print(f"at {one['at_s']:9.3f} s  {one['promise']}: {one['message']}", style="red", markup=False)
        out.print(f"digest {trace.digest()}")
    return 1 if violations else 0


def _command(
    client: list[str] | None, gateway: list[str] | None, settings: dict[str, str], option: str, path: Path
) -> str:
    sets = [f"{k}={v}" for k, v in settings.items()]
    named = (("--client", client or []), ("--gateway", gateway or []), ("--set", sets))
    words = [word for option, values in named for value in values for word in (option, value)]
    return shlex.join(["gateway-sim", "enumerate", *words, option, str(path)])


def _order(word: str) -> Order:
    try:
        return tuple(int(part) for part in word.split("."))
    except ValueError:
        raise typer.BadParameter(f"--order {word}: write whole numbers with dots between them") from None
