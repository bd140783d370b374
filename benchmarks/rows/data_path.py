"""The live data path

Every proxy stands before the same upstream, a raw ASGI application on uvicorn, and is loaded by wrk in turn. Small
bodies are 217 bytes each way. Ratios are of requests a second within a round; the CPU is the proxy's own. nginx and
haproxy are here for scale: they know no route table.
"""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import proxies
from benchmarks.load import KEY, LOADS, PATH, Burst, burst, wrk
from benchmarks.measuring import ROOT, in_turn, median, ratio, table
from benchmarks.proxies import direct

OURS, BARE = "gateway", "raw_asgi_aiohttp"
TARGETS = {BARE: 0.85, "fastapi_httpx": 8.0, "mitmproxy": 6.0}
"""The gateway's requests a second over theirs, at least (DESIGN §9), at 16 connections with small bodies."""
STARTS_WITHIN_S = 60.0


@dataclass(frozen=True)
class Served:
    """A proxy that runs: where it listens, as which process."""

    port: int
    pid: int


def measure(quick: bool) -> dict[str, Any]:
    """Return for each load and proxy the medians, the ratios to no proxy and to a bare one, and what was not here."""
    if wrk() is None:
        return {"rows": [], "absent": ["the load generator wrk"], "targets": []}
    rows, for_s, rounds = [], 1, 1 if quick else 4
    with tempfile.TemporaryDirectory(prefix="gateway-sim-bench-") as folder, contextlib.ExitStack() as running:
        served, absent = _start(Path(folder), running)
        for load in LOADS[1:2] if quick else LOADS:
            contenders = {
                name: partial(burst, load, one.port, one.pid, for_s, Path(folder)) for name, one in served.items()
            }
            in_turn(contenders, 1)  # connections, caches
            found = in_turn(contenders, rounds)
            per_s = [{name: one.per_s for name, one in each.items()} for each in found]
            for name in served:
                rows.append({"load": load.name, **_row(name, [each[name] for each in found], per_s)})
    return {"rows": rows, "absent": absent, "targets": _targets(rows)}


def _row(name: str, bursts: list[Burst], per_s: list[dict[str, float]]) -> dict[str, Any]:
    return {
        "proxy": name,
        "what": _what(name),
        "per_s": median(one.per_s for one in bursts),
        "x_direct": ratio(per_s, name, "direct"),
        "x_bare": ratio(per_s, name, BARE),
        "ours_x": ratio(per_s, OURS, name),
        "cpu_us": median(one.cpu_us for one in bursts),
        "p50_ms": median(one.p50_ms for one in bursts),
        "p99_ms": median(one.p99_ms for one in bursts),
        "failed": sum(one.failed for one in bursts),
    }


def _targets(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    at_16 = {row["proxy"]: row for row in rows if row["load"] == LOADS[1].name}
    cpu = {name: at_16[name]["cpu_us"] for name in at_16}
    return [
        {"over": at_16[name]["what"], "at_least": least, "measured": at_16[name]["ours_x"],
         "by_cpu": float(f"{cpu[name] / cpu[OURS]:.4g}"), "met": at_16[name]["ours_x"] >= least}
        for name, least in TARGETS.items()
        if name in at_16
    ]  # fmt: skip


def _start(folder: Path, running: contextlib.ExitStack) -> tuple[dict[str, Served], list[str]]:
    """Start the upstream and every proxy that is installed; return where they are, and what is not here."""
    upstream = _free_port()
    _serve(direct.command(upstream, upstream, folder) or [], upstream, running)
    served, absent = {}, []
    for name in sorted(module.name for module in pkgutil.iter_modules(proxies.__path__)):
        scratch, port = folder / name, _free_port()
        scratch.mkdir()
        command = importlib.import_module(f"benchmarks.proxies.{name}").command(upstream, port, scratch)
        if command is None:
            absent.append(_what(name))
            continue
        try:
            served[name] = Served(port, _serve(command, port, running))
        except RuntimeError as failed:
            absent.append(f"{_what(name)} ({failed})")
    return served, absent


def _serve(command: list[str], port: int, running: contextlib.ExitStack) -> int:
    """Start a process, wait until it answers as it should, and return its id. Raises RuntimeError if it does not."""
    process = running.enter_context(_process(command))
    until = time.monotonic() + STARTS_WITHIN_S
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{PATH}get_info", headers={"X-API-Key": KEY})
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError), urllib.request.urlopen(asked, timeout=5) as answer:
            if answer.read() == direct.SMALL:
                return process.pid
        time.sleep(0.1)
    raise RuntimeError("it did not answer")


@contextlib.contextmanager
def _process(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _what(name: str) -> str:
    story = importlib.import_module(f"benchmarks.proxies.{name}").__doc__ or name
    return story.strip().splitlines()[0]


def lines(document: dict[str, Any]) -> list[str]:
    """Return the targets, then a table a load; the gateway's lines are bold."""
    if document["targets"]:
        told = table(
            ("this gateway over", "at least", "measured", "by CPU a request", ""),
            ((t["over"], t["at_least"], t["measured"], t["by_cpu"], "met" if t["met"] else "**missed**")
             for t in document["targets"]),
        )  # fmt: skip
    else:
        told = []
    for load in dict.fromkeys(row["load"] for row in document["rows"]):
        head = ("proxy", "requests/s", "× direct", "× bare", "CPU, µs", "p50, ms", "p99, ms", "failed")
        keys = ("per_s", "x_direct", "x_bare", "cpu_us", "p50_ms", "p99_ms", "failed")
        rows = sorted((r for r in document["rows"] if r["load"] == load), key=lambda r: r["cpu_us"])
        bold = {r["proxy"]: f"**{r['what']}**" if r["proxy"] == OURS else r["what"] for r in rows}
        told += ["", f"### {load}", "", *table(head, ((bold[r["proxy"]], *(r[k] for k in keys)) for r in rows))]
    if document["absent"]:
        told += ["", f"Not here: {'; '.join(document['absent'])}."]
    return told
