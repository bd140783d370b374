"""Races a second, in one process

`fresh-route` behind the 503 of PR 348, where the run finishes; another seed each time. The route table in a dict, in
moto, or in moto with a read for every look; pods with torch or without. The speed-up is the race's own seconds over
the seconds that it took.
"""

import contextlib
import itertools
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from benchmarks.measuring import Budget, in_turn, median, ratio, table, verdict
from benchmarks.no_model import without_torch
from benchmarks.stores import as_usual, in_memory, looked_up_in_moto

STORES = {"in memory": in_memory, "moto, each write": as_usual, "moto, each look": looked_up_in_moto}
USUAL = ("moto, each write", "torch")
WITHIN_S = 60.0
BUDGET = 40
"""Races a second a core, moto writes and torch on (docs/architecture.md §9)."""


def measure(quick: bool) -> dict[str, Any]:
    """Return races a second and the speed-up over real waits for each store, with torch and without."""
    from gateway_sim.scenarios.sim.moto import MOTO

    slice_s, rounds = (0.3, 1) if quick else (1.5, 5)
    seeds = itertools.count()
    pairs = [(store, model) for store in STORES for model in ("torch", "no model")]
    with MOTO.held():
        contenders = {f"{store}/{model}": partial(_slice, store, model, slice_s, seeds) for store, model in pairs}
        in_turn(contenders, 1)  # imports, and what is made once
        played = in_turn(contenders, rounds, WITHIN_S)
    per_s = [{name: one[0] for name, one in each.items()} for each in played]
    usual = "/".join(USUAL)
    rows = []
    for store, model in pairs:
        name = f"{store}/{model}"
        rows.append(
            {"store": store, "model": model, "races_per_s": median(r[name] for r in per_s),
             "x_usual": ratio(per_s, name, usual), "speed_up": median(each[name][1] for each in played),
             "budget": BUDGET if (store, model) == USUAL else None}
        )  # fmt: skip
    return {"rows": rows}


def _slice(store: str, model: str, for_s: float, seeds: Iterator[int]) -> tuple[float, float]:
    """Play races for `for_s` seconds; return races a second, and the speed-up."""
    from gateway_sim.scenarios.run.runner import run
    from gateway_sim.scenarios.run.spec import RunSpec

    began, played, lived_s = time.perf_counter(), 0, 0.0
    without: Callable[[], contextlib.AbstractContextManager[None]] = without_torch if model == "no model" else as_usual
    with STORES[store](), without():
        while time.perf_counter() - began < for_s:
            result = run(RunSpec("fresh-route", gateway="route-not-ready", seed=next(seeds)))
            assert result.outcome == "completed", f"{store}, {model}: {result.outcome}"
            lived_s += result.metrics.finished_s
            played += 1
    took_s = time.perf_counter() - began
    return played / took_s, lived_s / took_s


def lines(document: dict[str, Any]) -> list[str]:
    """Return the table."""
    return table(
        ("route table", "pods", "races a second", "× usual", "faster than its own clock", "budget, a second", ""),
        ((r["store"], r["model"], r["races_per_s"], r["x_usual"], f"{r['speed_up']:,.0f} ×", r["budget"],
          verdict(r["races_per_s"] >= r["budget"]) if r["budget"] else None)
         for r in document["rows"]),
    )  # fmt: skip


def budgets(document: dict[str, Any]) -> list[Budget]:
    """Return races a second with the usual store and pods."""
    what = "races a second in one process, moto writes and torch on"
    return [Budget(what, row["budget"], row["races_per_s"]) for row in document["rows"] if row["budget"]]
