"""Beyond one machine: runs on a dask cluster

A dask scheduler and workers of one thread each, all on 127.0.0.1, beside the client that keeps every run in a store.
First `tournament --seeds 3` by one worker and by two, after each worker has played a few runs, and here by two
processes: the stores have the same bytes. Then many runs of `fresh-route` by two workers: runs a second and core,
processor time and memory of client and scheduler, bytes of the store. From these follows what larger sweeps cost, if
each further core plays as fast as these: client and scheduler are one process each, and limit the runs a second. It
takes the better part of an hour, so `make bench` measures it only when it is named.
"""

import contextlib
import filecmp
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.measuring import ROOT, Budget, child, in_turn, median, ratio, resident_kib, table

MODULE = "benchmarks.rows.beyond_one_machine"
ONLY_IF_NAMED = True
RUNS = 100_000
SEEDS = 3
ROUNDS = 3
LARGER: Final = ((1_000_000, 64), (1_000_000, 1_000), (100_000_000, 64), (100_000_000, 1_000))
"""(runs, cores) of the sweeps whose cost is computed."""
STARTED_WITHIN_S = 60.0
SAMPLES = 10


def measure(quick: bool) -> dict[str, Any]:
    """Return the runs a second of each cluster, whether the stores are equal, and the cost of many runs."""
    races = ["fresh-route"] if quick else []
    ways = {way: lambda way=way: child(MODULE, "tournament", way, str(SEEDS), *races) for way in ("1", "2")}
    rounds = in_turn(ways, 1 if quick else ROUNDS)
    per_s = [{way: float(one["per_s"]) for way, one in each.items()} for each in rounds]
    return {
        "runs": rounds[0]["1"]["runs"],
        "workers": [{"workers": int(way), "runs_per_s": median(each[way] for each in per_s)} for way in ways],
        "two_over_one": ratio(per_s, "2", "1"),
        "same_bytes": all(one["same_bytes"] for each in rounds for one in each.values()),
        "many": child(MODULE, "many", "2", str(100 if quick else RUNS)),
    }


@dataclass(frozen=True)
class Cluster:
    """A scheduler on the loopback: its address, and its process id."""

    address: str
    pid: int


@contextlib.contextmanager
def cluster(workers: int) -> Iterator[Cluster]:
    """Start a scheduler and workers in processes of their own, as `dask scheduler` and `dask worker` do."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as started:
        file = Path(folder) / "scheduler.json"
        quiet = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        # what the workers import is this tree
        env = {**os.environ, "PYTHONPATH": str(ROOT)}

        def start(*words: str) -> int:
            line = [sys.executable, "-m", "dask", *words, "--scheduler-file", str(file), "--no-dashboard"]
            process = started.enter_context(subprocess.Popen(line, env=env, **quiet))  # type: ignore[call-overload]
            started.callback(process.terminate)
            return int(process.pid)

        pid = start("scheduler", "--host", "127.0.0.1", "--port", "0")
        until_s = time.monotonic() + STARTED_WITHIN_S
        while not file.exists() and time.monotonic() < until_s:
            time.sleep(0.1)
        address = json.loads(file.read_text())["address"]
        start("worker", "--nthreads", "1", "--nworkers", str(workers), "--host", "127.0.0.1")
        from distributed import Client

        connected: Any = Client
        with connected(address, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=STARTED_WITHIN_S)
        yield Cluster(address, pid)


def _tournament(workers: int, seeds: int, races: Sequence[str]) -> dict[str, Any]:
    from gateway_sim.scenarios.compare.tournament import scores, specs
    from gateway_sim.scenarios.run.store import Store
    from gateway_sim.scenarios.run.workers import Workers

    entries = specs(seeds, races)
    with cluster(workers) as there, tempfile.TemporaryDirectory() as folder:
        far, here = Path(folder) / "there", Path(folder) / "here"
        # each worker imports what it plays with
        list(scores(entries[: 64 * workers], Workers(scheduler=there.address)))
        began = time.perf_counter()
        with Store(far, "tournament", {}) as store:
            played = sum(1 for _ in scores(entries, Workers(scheduler=there.address), store))
        took_s = time.perf_counter() - began
        with Store(here, "tournament", {}) as store:
            list(scores(entries, Workers(2), store))
        names = sorted(path.name for path in here.iterdir())
        _, unlike, missing = filecmp.cmpfiles(here, far, names, shallow=False)
        return {"runs": played, "per_s": played / took_s, "same_bytes": not unlike and not missing}


def _many(workers: int, runs: int) -> dict[str, Any]:
    """Play many runs into a store; return what each process spent on a run, and held after each tenth of them."""
    from gateway_sim.scenarios.run.spec import RunSpec
    from gateway_sim.scenarios.run.store import Store
    from gateway_sim.scenarios.run.sweep import sweep
    from gateway_sim.scenarios.run.workers import Workers

    specs = [RunSpec("fresh-route", gateway="route-not-ready", seed=seed) for seed in range(runs)]
    held: list[dict[str, float]] = []
    with cluster(workers) as there, tempfile.TemporaryDirectory() as folder:
        where = Workers(scheduler=there.address)
        list(sweep(specs[: 64 * workers], where))
        before = [_spent_s(pid) for pid in (os.getpid(), there.pid)]
        began = time.perf_counter()
        with Store(Path(folder), "verify", {}) as store:
            for number, _ in enumerate(sweep(specs, where, store=store), start=1):
                if number % max(1, runs // SAMPLES) == 0:
                    held.append({"client": _mib(os.getpid()), "scheduler": _mib(there.pid)})
        took_s = time.perf_counter() - began
        client, scheduler = (_spent_s(pid) - was for pid, was in zip((os.getpid(), there.pid), before, strict=True))
        stored = sum(path.stat().st_size for path in Path(folder).iterdir())
    return {
        "runs": runs, "workers": workers, "per_s": runs / took_s, "per_s_and_core": runs / took_s / workers,
        "client_ms": client / runs * 1e3, "scheduler_ms": scheduler / runs * 1e3, "held_mib": held,
        "stored_bytes": stored / runs,
    }  # fmt: skip


def _mib(pid: int) -> float:
    return round(resident_kib(pid) / 1024, 1)


def _spent_s(pid: int) -> float:
    # user and system time, in ticks
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def costs(many: dict[str, Any]) -> list[tuple[int, int, float, float, str]]:
    """Return (runs, cores, hours, core-hours, what limits it) of each larger sweep."""
    limits = {"client": 1e3 / many["client_ms"], "scheduler": 1e3 / max(many["scheduler_ms"], 1e-9)}
    found = []
    for runs, cores in LARGER:
        rates = {"cores": many["per_s_and_core"] * cores, **limits}
        slowest = min(rates, key=lambda name: rates[name])
        hours = runs / rates[slowest] / 3600
        found.append((runs, cores, float(f"{hours:.3g}"), float(f"{hours * cores:.3g}"), slowest))
    return found


def budgets(document: dict[str, Any]) -> list[Budget]:
    """Return what a second worker brings, if the stores are equal."""
    measured = document["two_over_one"] if document["same_bytes"] else None
    return [Budget("runs a second of a tournament by two dask workers over one, stores byte-equal", 1.8, measured)]


def lines(document: dict[str, Any]) -> list[str]:
    """Return both tables, and the cost of larger sweeps."""
    many = document["many"]
    same = "have the same bytes" if document["same_bytes"] else "**differ**"
    first, last = many["held_mib"][0], many["held_mib"][-1]
    return [
        f"{document['runs']:,} runs of a tournament; the stores of the workers and of two processes here {same}.",
        "",
        *table(("workers", "runs a second"), ((one["workers"], one["runs_per_s"]) for one in document["workers"])),
        "",
        f"{many['runs']:,} runs of `fresh-route` by {many['workers']} workers:",
        "",
        *table(
            ("what", "measured"),
            (
                ("runs a second", many["per_s"]),
                ("runs a second and core", many["per_s_and_core"]),
                ("ms of the client's processor time a run", many["client_ms"]),
                ("ms of the scheduler's a run", many["scheduler_ms"]),
                ("MiB of the client after a tenth of the runs, and at the end", f"{first['client']}, {last['client']}"),
                ("MiB of the scheduler", f"{first['scheduler']}, {last['scheduler']}"),
                ("bytes of the store a run", many["stored_bytes"]),
            ),
        ),
        "",
        "What larger sweeps cost by these figures; where the client is the limit, several clients share the seeds:",
        "",
        *table(("runs", "cores", "hours", "core-hours", "limited by"), costs(many)),
    ]


if __name__ == "__main__":
    way, count, number, *races = sys.argv[1:]
    told = _many(int(count), int(number)) if way == "many" else _tournament(int(count), int(number), races)
    print(json.dumps(told))
