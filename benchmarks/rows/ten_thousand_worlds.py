"""Memory over 10,000 explored worlds

Every world is another one, drawn from its seed and played by `exactly-once` behind `leased-generation`, moto and torch
on. Memory is read after each further 500 worlds, in one process that plays all of them and in a worker that is replaced
after half of them. Flat means that the second half adds less than 5 MiB. It takes minutes, so `make bench` measures it
only when it is named.
"""

import json
import os
import sys
from collections.abc import Iterable
from typing import Any

from benchmarks.measuring import Budget, child, resident_kib, table

MODULE = "benchmarks.rows.ten_thousand_worlds"
ONLY_IF_NAMED = True
WORLDS, EVERY = 10_000, 500
MOST_GROWN_MIB = 5.0
"""What the second half may add in one process: a KiB a world is what a list of results would take."""


def measure(quick: bool) -> dict[str, Any]:
    """Return the MiB held after each further worlds, in one process and by each worker in turn."""
    worlds, every = (20, 5) if quick else (WORLDS, EVERY)
    alone = child(MODULE, "alone", str(worlds), str(every))
    return {
        "worlds": worlds,
        "every": every,
        "alone": alone,
        "recycled": child(MODULE, "recycled", str(worlds), str(every)),
    }


def held_after(seed: int) -> tuple[int, int]:
    """Play a seed's world; return the process's id, and the KiB that it holds now."""
    from gateway_sim.scenarios.search.explore.explored import explore_seed
    from gateway_sim.scenarios.search.explore.search_config import SearchConfig

    explore_seed(SearchConfig(client="exactly-once", gateway="leased-generation"), seed)
    return os.getpid(), resident_kib()


def _alone(worlds: int) -> Iterable[tuple[int, int]]:
    from gateway_sim.scenarios.run.pool import begin_worker

    begin_worker()
    return map(held_after, range(worlds))


def _recycled(worlds: int) -> Iterable[tuple[int, int]]:
    from gateway_sim.scenarios.run import pool

    pool.MOST_CALLS = worlds // 2  # type: ignore[misc]
    return pool.on_processes(held_after, range(worlds), jobs=1, chunk=4, named=str)


def _sampled(played: Iterable[tuple[int, int]], every: int) -> list[list[float]]:
    """Return the MiB after each further `every` worlds, a list for each process."""
    held: dict[int, list[float]] = {}
    for number, (pid, kib) in enumerate(played, start=1):
        of_process = held.setdefault(pid, [])
        if number % every == 0:
            of_process.append(round(kib / 1024, 1))
    return list(held.values())


def budgets(document: dict[str, Any]) -> list[Budget]:
    """Return how much the second half of the worlds added in one process."""
    (held,) = document["alone"]
    grown = round(held[-1] - held[len(held) // 2 - 1], 1)
    what = f"MiB that the second half of {document['worlds']:,} explored worlds adds to one process"
    return [Budget(what, MOST_GROWN_MIB, grown, at_most=True)]


def lines(document: dict[str, Any]) -> list[str]:
    """Return what was held, a row for each process."""
    rows = [("one process", *_ends(held)) for held in document["alone"]]
    rows += [(f"worker {n}", *_ends(held)) for n, held in enumerate(document["recycled"], start=1)]
    told = table(("process", "MiB at first", "half way", "at its end", "at most"), rows)
    every = ", ".join(f"{mib:,.0f}" for mib in document["alone"][0])
    return [*told, "", f"MiB of the one process after each further {document['every']} worlds: {every}."]


def _ends(held: list[float]) -> tuple[float, float, float, float]:
    return held[0], held[len(held) // 2 - 1 if len(held) > 1 else 0], held[-1], max(held)


if __name__ == "__main__":
    way = {"alone": _alone, "recycled": _recycled}[sys.argv[1]]
    print(json.dumps(_sampled(way(int(sys.argv[2])), int(sys.argv[3]))))
