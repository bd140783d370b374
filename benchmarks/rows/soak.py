"""A served world under 100 clients

`make soak`: 100 clients in a process of their own train through `gateway-sim serve`, each on a model and a connection
of its own: a batch, a step, a poll for each, and a heartbeat, every 4 s. They begin with five turns all at once,
which are part of the first twelfth: from then on gateway and pod have a connection for each. The pod models no
computing time (0.2 s a batch elsewhere), so that a latency is the servers' own and that of the real computation.
`SOAK_S` is for how many seconds; an hour if it is not set. Memory and file descriptors are those of the process with
gateway, control plane and route table, and of the pod's. Flat means that the second half of the time adds nothing:
memory within 10 %, descriptors within 10, and the 99th percentile of the last quarter of the time within twice that
of the second. A pod keeps each result as long as it lives, for repeated polls, so its memory is shown for each result
that it kept.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from benchmarks.measuring import ROOT, Budget, median, resident_kib, table

ONLY_IF_NAMED: Final = True
HOUR_S: Final = 3600.0
WINDOWS: Final = 12
SERVE: Final = [
    sys.executable, "-m", "gateway_sim", "serve", "--json", "--port", "0", "--gateway-port", "0", "--admin-port", "0",
    "--set", "forward_backward_s=0", "--set", "optim_step_s=0",
]  # fmt: skip


def measure(quick: bool) -> dict[str, Any]:
    """Return the figures of each twelfth of the time: requests, latencies, failures, memory and descriptors."""
    for_s = 12.0 if quick else float(os.environ.get("SOAK_S", HOUR_S))
    world = subprocess.Popen(SERVE, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert world.stdout is not None
        said = json.loads(world.stdout.readline())
        base = f"{said['platform']}/training/v1/rlorTrainerJobs/{said['account']}/{said['job']}"
        words = [sys.executable, "-m", "benchmarks.soak_clients", base, said["api_key"], str(for_s), str(WINDOWS)]
        clients = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            assert clients.stdout is not None
            clients.stdout.readline()  # the models are made, and the first turns are over
            held = [_held(world.pid) for _ in _every(for_s / WINDOWS, WINDOWS)]
            told, _ = clients.communicate(timeout=for_s + 300.0)
        finally:
            clients.kill()
            clients.communicate()
        windows = json.loads(told)
    finally:
        world.terminate()
        world.communicate()
    return {"for_s": for_s, "windows": [{**one, **kept} for one, kept in zip(windows, held, strict=True)]}


def _every(seconds: float, times: int) -> Any:
    for number in range(times):
        time.sleep(seconds)
        yield number


def _held(pid: int) -> dict[str, Any]:
    """Return MiB and descriptors of the world's process and of its pods'."""
    pods = _below(pid)
    return {
        "world_mib": round(resident_kib(pid) / 1024, 1),
        "world_files": _files(pid),
        "pods_mib": round(sum(resident_kib(pod) for pod in pods) / 1024, 1),
        "pods_files": sum(map(_files, pods)),
    }


def _below(pid: int) -> list[int]:
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [one for child in children for one in (child, *_below(child))]


def _files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def lines(document: dict[str, Any]) -> list[str]:
    """Return the table, and what the second half added."""
    keys = ("requests", "p50_ms", "p99_ms", "failed", "world_mib", "world_files", "pods_mib", "pods_files")
    head = (
        "part of the time", "requests", "p50, ms", "p99, ms", "failed", "MiB", "descriptors", "pods, MiB",
        "pods, descriptors",
    )  # fmt: skip
    windows = document["windows"]
    rows = ([f"{number}/{len(windows)}", *(one[key] for key in keys)] for number, one in enumerate(windows, 1))
    failures = [said for one in windows for said in one["failures"]]
    kib = (
        _added(windows, "pods_mib")
        * 1024
        / max(sum(one["requests"] for one in windows[len(windows) // 2 :]) * 2 / 5, 1)
    )
    return [
        f"{sum(one['requests'] for one in windows):,} requests with `SOAK_S={document['for_s']:.0f}`.",
        "",
        *table(head, rows),
        "",
        f"In the second half the pods held {kib:.1f} KiB more for each result.",
        *([f"The first failures: {'; '.join(failures[:3])}."] if failures else []),
    ]


def budgets(document: dict[str, Any]) -> list[Budget]:
    """Return what the second half added, and how the 99th percentile changed."""
    windows = document["windows"]
    middle = windows[len(windows) // 2 - 1]
    quarter = len(windows) // 4
    parts = windows[quarter : 2 * quarter], windows[-quarter:]
    early, late = (median(one["p99_ms"] for one in part) for part in parts)
    slower = round(late / early, 2) if early and late else None
    what = "a served world under 100 clients: "
    return [
        Budget(f"{what}failed requests", 0.0, float(sum(one["failed"] for one in windows)), True),
        Budget(f"{what}p99 of the last quarter over that of the second", 2.0, slower, True),
        Budget(f"{what}memory at the end over that of the middle", 1.1,
               round(windows[-1]["world_mib"] / middle["world_mib"], 3), True),
        Budget(f"{what}descriptors that the second half adds", 10.0, float(_added(windows, "world_files")), True),
    ]  # fmt: skip


def _added(windows: list[dict[str, Any]], key: str) -> float:
    added: float = windows[-1][key] - windows[len(windows) // 2 - 1][key]
    return added
