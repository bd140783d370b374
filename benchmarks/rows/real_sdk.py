"""A race with a real SDK

`fresh-route` behind the 503 of PR 348 with a Retry-After and held polls, where the run finishes; an unmodified tinker
0.15 trains. In virtual time each seed is a fork of the process that has imported the SDK. Live, the clock is the real
one, and the SDK is forked too. Imports are not counted.
"""

import itertools
import time
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from benchmarks.measuring import Budget, in_turn, median, ratio, table, verdict

ONLY_IF_NAMED: Final = True
SDK: Final = "tinker-0.15"
BUDGET: Final = 10
"""Races a second a core (docs/architecture.md §9)."""
TIMES_QUICKER: Final = 100
"""How much quicker than live a race is (docs/architecture.md §9)."""


def measure(quick: bool) -> dict[str, Any]:
    """Return races a second in virtual time and live, and their ratio. Raises `SdkUnavailable` without the SDK."""
    from gateway_sim.scenarios.sim.moto import MOTO

    slice_s, rounds = (0.3, 1) if quick else (10.0, 3)
    seeds = itertools.count()
    contenders = {"virtual": partial(_per_s, "virtual", slice_s, seeds), "live": partial(_per_s, "live", 0.1, seeds)}
    with MOTO.held():
        contenders["virtual"]()  # imports
        played = in_turn(contenders, rounds)
    per_s = {name: median(each[name] for each in played) for name in contenders}
    return {"virtual_per_s": per_s["virtual"], "live_per_s": per_s["live"], "times": ratio(played, "virtual", "live")}


def _per_s(engine: str, for_s: float, seeds: Iterator[int]) -> float:
    """Play races for at least `for_s` seconds, and return how many a second."""
    from gateway_sim.scenarios.run.matrix import PROPOSED, in_full
    from gateway_sim.scenarios.run.runner import run
    from gateway_sim.scenarios.run.spec import RunSpec

    began, played = time.perf_counter(), 0
    while not played or time.perf_counter() - began < for_s:
        spec = RunSpec("fresh-route", gateway=PROPOSED.name, sdk=SDK, driver="sdk", engine=engine, seed=next(seeds))
        result = run(in_full(spec))
        assert result.outcome == "completed", f"{engine}: {result.outcome}"
        played += 1
    return played / (time.perf_counter() - began)


def lines(document: dict[str, Any]) -> list[str]:
    """Return the table."""
    rows = [
        ("in virtual time", document["virtual_per_s"], BUDGET, verdict(document["virtual_per_s"] >= BUDGET)),
        ("live", document["live_per_s"], None, None),
        ("virtual over live", document["times"], TIMES_QUICKER, verdict(document["times"] >= TIMES_QUICKER)),
    ]
    return table(("", "races a second", "at least", ""), rows)


def budgets(document: dict[str, Any]) -> list[Budget]:
    """Return races a second, and how much quicker than live they are."""
    return [
        Budget(
            "races a second with tinker 0.15 itself in virtual time, in one process", BUDGET, document["virtual_per_s"]
        ),
        Budget(
            "a race with tinker 0.15 itself in virtual time over the same race live", TIMES_QUICKER, document["times"]
        ),
    ]
