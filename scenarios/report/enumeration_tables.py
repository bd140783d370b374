"""Whole small worlds for people and programs: how many orders there are, and the shortest that breaks a promise."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from scenarios.search.enumerate.choices import Choices, Order
from scenarios.search.enumerate.exhaustive import Counterexample, Orders
from scenarios.search.enumerate.promises import PROMISES
from scenarios.search.enumerate.world import SmallWorld, play
from scenarios.sim.registry import summary


@dataclass(frozen=True)
class Enumerated:
    """A pair, the settings it was given, its small world, and what all of that world's orders came to."""

    client: str
    gateway: str
    settings: dict[str, str]
    world: SmallWorld
    orders: Orders

    @property
    def label(self) -> str:
        """Name the pair; a plus sign says that it was given settings."""
        return f"{self.client} behind {self.gateway}{'+' if self.settings else ''}"

    @property
    def sentence(self) -> str:
        """Say in one sentence what came of it."""
        orders = self.orders
        if orders.kept == orders.count:
            return f"{self.label}: all {orders.count:,} orders kept the promise"
        return f"{self.label}: {orders.count - orders.kept:,} of {orders.count:,} orders broke a promise"

    def replay(self, order: Order) -> str:
        """Return the command that plays one order again."""
        line = ["gateway-sim", "enumerate", "--client", self.client, "--gateway", self.gateway]
        for name, value in self.settings.items():
            line += ["--set", f"{name}={value}"]
        return shlex.join([*line, "--order", order_word(order)])

    def document(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        orders = self.orders
        promises = [self._promise(promise.__name__.replace("_", " ")) for promise in PROMISES]
        told: dict[str, Any] = {"client": self.client, "gateway": self.gateway, "settings": self.settings}
        told |= {"orders": orders.count, "kept": orders.kept, "sentence": self.sentence, "promises": promises}
        return {**told, "anomalies": dict(sorted(orders.anomalies.items()))}

    def _promise(self, name: str) -> dict[str, Any]:
        found = self.orders.shortest.get(name)
        shortest = None
        if found is not None:
            shortest = {"message": found.message, "at_s": found.at_s, "events": found.events}
            shortest |= {"order": order_word(found.order), "replay": self.replay(found.order)}
        return {"promise": name, "broken": self.orders.broken[name], "shortest": shortest}


def order_word(order: Order) -> str:
    """Write an order as one word; the first options at its end go without saying."""
    while order and not order[-1]:
        order = order[:-1]
    return ".".join(map(str, order)) or "0"


def pair_card(one: Enumerated) -> RenderableType:
    """Return a pair: the sentence, each broken promise, and of the shortest order of all the trace that shows it."""
    kept = one.orders.kept == one.orders.count
    lines = [Text(one.sentence, "bold green" if kept else "bold red")]
    shortest = sorted(one.orders.shortest.items(), key=lambda item: (item[1].events, item[1].order))
    for name, found in shortest:
        share = f"{one.orders.broken[name]:,} orders"
        lines.append(Text(f"  {name}: broken in {share}, at the shortest {found.message}", overflow="fold"))
        lines.append(Text(f"    {one.replay(found.order)}", "dim", no_wrap=True, overflow="ignore"))
    lines += _told(one, shortest[0][1]) if shortest else []
    if one.orders.anomalies:
        seen = ", ".join(f"{name} {count:,}" for name, count in sorted(one.orders.anomalies.items()))
        lines.append(Text(f"  orders that show an anomaly: {seen}", "dim"))
    return Group(*lines, Text())


def promise_lines() -> RenderableType:
    """Return what is asked of every order."""
    asked = [Text(f"  {summary(promise)}", "dim") for promise in PROMISES]
    return Group(Text("asked of every order:", "dim"), *asked, Text())


def _told(one: Enumerated, found: Counterexample) -> Sequence[Text]:
    trace = play(one.world, Choices(found.order))
    return [Text(f"  {line}", no_wrap=True, overflow="ignore") for line in trace.text().splitlines()]
