"""All orders of a small world: their number, the promises they break, and the shortest that breaks one."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from gateway_sim.scenarios.report.pages import render
from gateway_sim.scenarios.report.table import Cell, Table
from gateway_sim.scenarios.search.enumerate.choices import Choices, Order
from gateway_sim.scenarios.search.enumerate.exhaustive import Counterexample, Orders
from gateway_sim.scenarios.search.enumerate.promises import PROMISES
from gateway_sim.scenarios.search.enumerate.world import HURRIED, MOST_REQUESTS, SmallWorld, play
from gateway_sim.scenarios.sim.registry import summary

WIDEST = 150
"""Characters of a trace's line on the page."""
NAMES = {promise.__name__.replace("_", " "): summary(promise) for promise in PROMISES}
"""The promises by their names, each with its sentence."""


@dataclass(frozen=True)
class Enumerated:
    """A pair with its settings and small world, and the result of all orders of that world."""

    client: str
    gateway: str
    settings: dict[str, str]
    world: SmallWorld
    orders: Orders

    @property
    def label(self) -> str:
        """The pair's name; a plus sign stands for settings."""
        return f"{self.client} behind {self.gateway_label}"

    @property
    def gateway_label(self) -> str:
        """The name of the gateway's policy; a plus sign stands for settings."""
        return f"{self.gateway}{'+' if self.settings else ''}"

    @property
    def sentence(self) -> str:
        """The result in one sentence."""
        orders = self.orders
        if orders.kept == orders.count:
            which = "all" if orders.whole else "the"
            return f"{self.label}: {which} {orders.count:,} orders{'' if orders.whole else ' played'} kept the promise"
        return f"{self.label}: {orders.count - orders.kept:,} of {orders.count:,} orders broke a promise"

    @property
    def left_out(self) -> str:
        """What was not played, as a sentence; empty if nothing was left out."""
        drawn, cut = self.orders.drawn, self.orders.cut
        parts = [f"{drawn:,} have a wait that chance drew, and other draws may give other orders"] if drawn else []
        parts += [f"in {cut:,} the lag was ended at request {HURRIED}"] if cut else []
        return f"Of these orders {'; '.join(parts)}." if parts else ""

    @property
    def shortest(self) -> list[tuple[str, Counterexample]]:
        """Each broken promise with its shortest order; the shortest of all comes first."""
        return sorted(self.orders.shortest.items(), key=lambda item: (item[1].events, item[1].order))

    def replay(self, order: Order) -> str:
        """Return the command that plays one order again."""
        line = ["gateway-sim", "enumerate", "--client", self.client, "--gateway", self.gateway]
        for name, value in self.settings.items():
            line += ["--set", f"{name}={value}"]
        return shlex.join([*line, "--order", order_word(order)])

    def document(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "client": self.client,
            "gateway": self.gateway,
            "settings": self.settings,
            "orders": self.orders.count,
            "kept": self.orders.kept,
            "drawn": self.orders.drawn,
            "cut": self.orders.cut,
            "whole": self.orders.whole,
            "sentence": self.sentence,
            "promises": [self._promise(name) for name in NAMES],
            "anomalies": dict(sorted(self.orders.anomalies.items())),
        }

    def _promise(self, name: str) -> dict[str, Any]:
        found = self.orders.shortest.get(name)
        shortest = None
        if found is not None:
            shortest = {"message": found.message, "at_s": found.at_s, "events": found.events}
            shortest |= {"order": order_word(found.order), "replay": self.replay(found.order)}
        return {"promise": name, "broken": self.orders.broken[name], "shortest": shortest}


def order_word(order: Order) -> str:
    """Return an order as one word, without the zeros at its end."""
    while order and not order[-1]:
        order = order[:-1]
    return ".".join(map(str, order)) or "0"


def pair_card(one: Enumerated) -> RenderableType:
    """Return a pair for a terminal: the result, each broken promise, and the trace of the shortest order of all."""
    kept = one.orders.kept == one.orders.count
    lines = [Text(one.sentence, "bold green" if kept else "bold red")]
    if one.left_out:
        lines.append(Text(f"  {one.left_out}", "dim", overflow="fold"))
    for name, found in one.shortest:
        share = f"{one.orders.broken[name]:,} orders"
        lines.append(Text(f"  {name}: broken in {share}, at the shortest {found.message}", overflow="fold"))
        lines.append(Text(f"    {one.replay(found.order)}", "dim", no_wrap=True, overflow="ignore"))
    for _, found in one.shortest[:1]:
        trace = play(one.world, Choices(found.order)).text()
        lines += [Text(f"  {line}", no_wrap=True, overflow="ignore") for line in trace.splitlines()]
    if one.orders.anomalies:
        seen = ", ".join(f"{name} {count:,}" for name, count in sorted(one.orders.anomalies.items()))
        lines.append(Text(f"  orders that show an anomaly: {seen}", "dim"))
    return Group(*lines, Text())


def promise_lines() -> RenderableType:
    """Return the promises that are checked in every order."""
    return Group(Text("checked in every order:", "dim"), *(Text(f"  {says}", "dim") for says in NAMES.values()), Text())


def orders_table(found: Sequence[Enumerated]) -> Table:
    """Return a row for each pair: its orders, those that kept all promises, and those that broke each promise."""
    rows: list[Sequence[Cell | str]] = []
    for one in found:
        orders = one.orders
        everything = Cell("all" if orders.whole else "all played", strong=True)
        kept = everything if orders.kept == orders.count else f"{orders.kept:,}"
        broken = (f"{orders.broken[name]:,}" if orders.broken[name] else "–" for name in NAMES)
        limits = (f"{n:,}" if n else "–" for n in (orders.drawn, orders.cut))
        rows.append([one.client, one.gateway_label, f"{orders.count:,}", *limits, kept, *broken])
    promises = [name.replace(" while its job lives", "") for name in NAMES]
    return Table(
        ["client", "gateway", "orders", "with a drawn wait", "cut short", "kept all", *promises], rows, words=2
    )


def enumeration_page(command: str, found: Sequence[Enumerated]) -> str:
    """Return the page, as Markdown."""
    shown = [
        {
            "label": one.label,
            "sentence": one.sentence,
            "promise": promise,
            "message": broken.message,
            "trace": _narrow(play(one.world, Choices(broken.order)).text().rstrip()),
            "replay": one.replay(broken.order),
        }
        for one in found
        for promise, broken in one.shortest[:1]
    ]
    introduced = introduction(command, found[0].world)
    return render("enumeration.md", introduction=introduced, pairs=orders_table(found), shortest=shown)


def introduction(command: str, rules: SmallWorld) -> str:
    """Return the beginning of the page: the choices in its worlds, their limits, and the promises."""
    return render(
        "small_worlds.md",
        command=command,
        rules=rules,
        repeats={1: "once", 2: "twice", 3: "three times"}[rules.repeats],
        lost=("no message is", "one message is", "two messages are", "three messages are")[rules.losses],
        hurried=HURRIED,
        most=MOST_REQUESTS,
        promises=NAMES.values(),
    )


def _narrow(trace: str) -> str:
    """Return a trace without the account and job, each line cut to the page's width."""
    lines = [line.replace(" account=acme job=job-1", "") for line in trace.splitlines()]
    return "\n".join(line if len(line) <= WIDEST else line[: WIDEST - 3] + "..." for line in lines)
