"""The enumeration as a page: what was enumerated, how many orders there are, and the shortest that breaks a promise."""

from __future__ import annotations

from collections.abc import Sequence

from scenarios.report.enumeration_tables import Enumerated
from scenarios.search.enumerate.choices import Choices
from scenarios.search.enumerate.promises import PROMISES
from scenarios.search.enumerate.world import HURRIED, MOST_REQUESTS, SmallWorld, play
from scenarios.sim.registry import summary

INTRODUCTION = """# Small worlds, whole

Written by `{command}`.

A table of races convinces; a search that finds nothing convinces more; and a world that is small enough can be played
in every order there is. Two gateway replicas, one job, its route published, the job deleted, and three calls, one on
each leg that a run cannot do without: open the session, hand in an optimizer step, fetch its result. The code is the
product's own: the gateway with its policy, the client with its SDK's loops and its policy, the pod's ledger. Only what
they look at is scripted, and everything that is left open there is picked in every way: which replica answers, what it
sees by then of publish and delete, when the job is deleted, and which message of all, if any, is lost.

Moments that no code can tell apart are one. A replica sees what was written within {lag:g} s, and a delete has
withdrawn the route and stopped the pod within {delete:g} s. Within one call, who has given an answer {repeats} gives
the same until something changes, the call ends, or that time is over: so the orders come to an end. At most {losses}
lost.

Two cuts are ours, and end pollers that would not end by themselves. From request {hurried} of a run on nothing lags any
more: what is only seen late in a longer run is not in here. And a run that sends more than {most} requests counts as
hung, whatever it would have come to.

Asked of every order:
"""
TIMES = {1: "once", 2: "twice", 3: "three times"}


def enumeration_page(command: str, found: Sequence[Enumerated]) -> str:
    """Return the page, as Markdown."""
    told = [introduction(command, found[0].world)]
    told += ["", "| client | gateway | orders | kept all | " + " | ".join(_short(p.__name__) for p in PROMISES) + " |"]
    told += ["|" + " --- |" * (4 + len(PROMISES))]
    told += [_row(one) for one in found]
    told += ["", "A number under a promise is how many orders break it."]
    for one in found:
        told += _shortest(one)
    return "\n".join(told) + "\n"


def introduction(command: str, rules: SmallWorld) -> str:
    """Return what the page says of every world on it: what is open, what is cut short, and what is asked."""
    losses = ("no message is", "one message is", "two messages are", "three messages are")[rules.losses]
    told = INTRODUCTION.format(
        command=command, lag=rules.lag_s, delete=rules.delete_s, repeats=TIMES[rules.repeats], losses=losses,
        hurried=HURRIED, most=MOST_REQUESTS,
    )  # fmt: skip
    return "\n".join([told, *(f"- {summary(promise)}" for promise in PROMISES)])


def _short(name: str) -> str:
    return name.replace("_", " ").replace(" while its job lives", "")


def _row(one: Enumerated) -> str:
    orders = one.orders
    broken = [orders.broken[promise.__name__.replace("_", " ")] for promise in PROMISES]
    kept = "**all**" if orders.kept == orders.count else f"{orders.kept:,}"
    cells = [one.client, one.label.partition(" behind ")[2], f"{orders.count:,}", kept]
    return "| " + " | ".join([*cells, *(f"{count:,}" if count else "–" for count in broken)]) + " |"


def _shortest(one: Enumerated) -> list[str]:
    """Return the order with the fewest events that breaks a promise, told whole."""
    found = sorted(one.orders.shortest.items(), key=lambda item: (item[1].events, item[1].order))
    if not found:
        return []
    promise, broken = found[0]
    trace = play(one.world, Choices(broken.order)).text().rstrip()
    said = f"{one.sentence}. The shortest breaks “{promise}”: {broken.message}."
    shown = ["```", *_narrow(trace), "```"]
    return ["", f"## {one.label}", "", said, "", *shown, "", f"`{one.replay(broken.order)}`"]


def _narrow(trace: str) -> list[str]:
    """Return a trace's lines without what is the same in all of them."""
    lines = [line.replace(" account=acme job=job-1", "") for line in trace.splitlines()]
    return [line if len(line) <= 150 else line[:147] + "..." for line in lines]
