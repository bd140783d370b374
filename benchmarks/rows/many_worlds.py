"""Many worlds: workers and memory

A sweep of `fresh-route` on one process and on two, starts included; and what a process holds after each further hundred
worlds, moto and torch on. Over 10,000 explored worlds it is measured by a row of its own.
"""

import json
import sys
import time
from functools import partial
from itertools import pairwise
from typing import Any

from benchmarks.measuring import child, in_turn, median, ratio, resident_kib, table

MODULE = "benchmarks.rows.many_worlds"
WITHIN_S = 60.0


def measure(quick: bool) -> dict[str, Any]:
    """Return worlds a second on one and two workers, and the memory that each further world costs."""
    worlds, rounds = (12, 1) if quick else (160, 3)
    workers = {str(n): partial(child, MODULE, "sweep", str(n), str(worlds)) for n in (1, 2)}
    per_s = [{name: float(one["per_s"]) for name, one in each.items()} for each in in_turn(workers, rounds, WITHIN_S)]
    held = child(MODULE, "memory", "20" if quick else "600")["kib"]
    grown = [after - before for before, after in pairwise(held)]
    return {
        "workers": [{"workers": int(n), "worlds_per_s": median(r[n] for r in per_s), "x_one": ratio(per_s, n, "1")}
                    for n in workers],
        "memory": {"held_mib": [round(kib / 1024, 1) for kib in held], "every": held and _every(quick),
                   "grown_kib_a_world": round((median(grown[1:] or grown) or 0.0) / _every(quick), 1)},
    }  # fmt: skip


def _every(quick: bool) -> int:
    return 10 if quick else 100


def _sweep(workers: int, worlds: int) -> dict[str, float]:
    from gateway_sim.scenarios.run.spec import RunSpec
    from gateway_sim.scenarios.run.sweep import sweep
    from gateway_sim.scenarios.run.workers import Workers

    began = time.perf_counter()
    specs = [RunSpec("fresh-route", gateway="route-not-ready", seed=seed) for seed in range(worlds)]
    played = sum(1 for _ in sweep(specs, Workers(workers)))
    return {"per_s": played / (time.perf_counter() - began)}


def _memory(worlds: int) -> dict[str, list[int]]:
    from gateway_sim.scenarios.run.plans import race_plan
    from gateway_sim.scenarios.run.runner import run_plans
    from gateway_sim.scenarios.run.spec import RunSpec

    held, every = [], 10 if worlds < 100 else 100
    plans = [race_plan(RunSpec("fresh-route", gateway="route-not-ready", seed=seed)) for seed in range(worlds)]
    for number, _ in enumerate(run_plans(plans), start=1):
        if number % every == 0:
            held.append(resident_kib())
    return {"kib": held}


def lines(document: dict[str, Any]) -> list[str]:
    """Return the table, and the memory in a sentence."""
    memory = document["memory"]
    held = ", ".join(f"{mib:,.0f}" for mib in memory["held_mib"])
    return [
        *table(
            ("workers", "worlds a second", "× one"),
            ((r["workers"], r["worlds_per_s"], r["x_one"]) for r in document["workers"]),
        ),
        "",
        f"MiB held after each further {memory['every']} worlds: {held}; {memory['grown_kib_a_world']} KiB a world.",
    ]


if __name__ == "__main__":
    told = _sweep(int(sys.argv[2]), int(sys.argv[3])) if sys.argv[1] == "sweep" else _memory(int(sys.argv[2]))
    print(json.dumps(told))
