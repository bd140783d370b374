"""The live data path

Every proxy stands before the same upstream, a raw ASGI application on uvicorn, and is loaded by wrk in turn. Small
bodies are 217 bytes each way. Ratios are of requests a second within a round. The CPU is the proxy's own; its time a
request depends least on the machine's other work. nginx and haproxy are here for scale: they know no route table. At
one connection each request waits for the one before, so that latency is compared. The kernel's and the upstream's part
of it is the same for all: 8 times FastAPI + httpx would be about nginx, which no proxy in Python reaches.
"""

import contextlib
import math
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

from benchmarks.load import KEY, LOADS, PATH, Burst, burst, wrk
from benchmarks.measuring import NOT_MEASURED, ROOT, Budget, in_turn, median, modules, ratio, table
from benchmarks.proxies import direct
from gateway_sim.scenarios.sim.registry import summary

OURS, BARE = "gateway", "raw_asgi_aiohttp"
TARGETS = {BARE: 0.85, "fastapi_httpx": 8.0, "mitmproxy": 6.0}
"""The gateway's requests a second over theirs, at least (docs/architecture.md §9)."""
SMALL = "small"
"""How the names of loads begin whose time is the proxy's own; with long bodies, copying takes most of it."""
WITHIN_S = 45.0
"""How long a load may take, so that the row also ends on a busy machine."""
STARTS_WITHIN_S = 60.0


@dataclass(frozen=True)
class Served:
    """A proxy that runs: where it listens, as which process."""

    port: int
    pid: int


def measure(quick: bool) -> dict[str, Any]:
    """Return for each load and proxy the medians and the ratios to no proxy and to a bare one, and the absent ones."""
    if wrk() is None:
        return {"rows": [], "absent": ["the load generator wrk"]}
    rows, for_s, rounds = [], 1, 1 if quick else 4
    with tempfile.TemporaryDirectory(prefix="gateway-sim-bench-") as folder, contextlib.ExitStack() as running:
        served, absent = _start(Path(folder), running)
        for load in LOADS[1:2] if quick else LOADS:
            contenders = {
                name: partial(burst, load, one.port, one.pid, for_s, Path(folder)) for name, one in served.items()
            }
            in_turn(contenders, 1)  # connections, caches
            found = in_turn(contenders, rounds, WITHIN_S)
            # the closest comparison is played for as many rounds again
            pair = {name: contenders[name] for name in (OURS, BARE) if name in contenders}
            closely = [*found, *in_turn(pair, rounds, WITHIN_S / 3)]
            for name in served:
                rows.append({"load": load.name, **_row(name, closely if name in pair else found)})
    return {"rows": rows, "absent": absent}


def _row(name: str, found: list[dict[str, Burst]]) -> dict[str, Any]:
    bursts = [each[name] for each in found]
    per_s = [{other: one.per_s for other, one in each.items()} for each in found]
    cpu_us = [{other: one.cpu_us for other, one in each.items()} for each in found]
    return {
        "proxy": name,
        "what": _what(name),
        "per_s": median(one.per_s for one in bursts),
        "x_direct": ratio(per_s, name, "direct"),
        "x_bare": ratio(per_s, name, BARE),
        "ours_x": ratio(per_s, OURS, name),
        "ours_x_by_cpu": ratio(cpu_us, name, OURS),
        "cpu_us": median(one.cpu_us for one in bursts),
        "p50_ms": median(one.p50_ms for one in bursts),
        "p99_ms": median(one.p99_ms for one in bursts),
        "failed": sum(one.failed for one in bursts),
    }


def budgets(document: dict[str, Any]) -> list[Budget]:
    """Return the gateway over each proxy that has a target, at every number of connections that was measured."""
    return [
        Budget(f"the data path over {row['what']}; {row['load']}", least, row["ours_x"])
        for row, least in _targets(document)
    ]


def _targets(document: dict[str, Any]) -> list[tuple[dict[str, Any], float]]:
    """Return the rows that have a target, with it: every load of the bare proxy, and the small loads of the others."""
    rows = [row for row in document["rows"] if row["proxy"] in TARGETS]
    held = [row for row in rows if row["proxy"] == BARE or row["load"].startswith(SMALL)]
    return [(row, TARGETS[row["proxy"]]) for row in sorted(held, key=lambda row: list(TARGETS).index(row["proxy"]))]


def _start(folder: Path, running: contextlib.ExitStack) -> tuple[dict[str, Served], list[str]]:
    """Start the upstream and every installed proxy; return where they are, and the names of the absent ones."""
    upstream = _free_port()
    _serve(direct.command(upstream, upstream, folder) or [], upstream, running)
    served, absent = {}, []
    for name, proxy in modules("proxies").items():
        scratch, port = folder / name, _free_port()
        scratch.mkdir()
        command = proxy.command(upstream, port, scratch)
        if command is None:
            absent.append(_what(name))
            continue
        try:
            served[name] = Served(port, _serve(command, port, running))
        except RuntimeError as failed:
            absent.append(f"{_what(name)} ({failed})")
    return served, absent


def _serve(command: list[str], port: int, running: contextlib.ExitStack) -> int:
    """Start a process, wait until it answers, and return its id. Raises RuntimeError if it does not."""
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
    return summary(modules("proxies")[name])


def lines(document: dict[str, Any]) -> list[str]:
    """Return the targets, then a table a load; the gateway's lines are bold."""
    told = []
    if targets := _targets(document):
        told = table(
            ("this gateway over", "at", "at least", "measured", "by CPU a request", ""),
            ((row["what"], row["load"], least, _said(row["ours_x"]), _said(row.get("ours_x_by_cpu")),
              Budget("", least, row["ours_x"]).word) for row, least in targets),
        )  # fmt: skip
    for load in dict.fromkeys(row["load"] for row in document["rows"]):
        head = ("proxy", "requests/s", "× direct", "× bare", "CPU, µs", "p50, ms", "p99, ms", "failed")
        keys = ("per_s", "x_direct", "x_bare", "cpu_us", "p50_ms", "p99_ms", "failed")
        rows = sorted((r for r in document["rows"] if r["load"] == load), key=lambda r: r["cpu_us"] or float("inf"))
        bold = {r["proxy"]: f"**{r['what']}**" if r["proxy"] == OURS else r["what"] for r in rows}
        told += ["", f"### {load}", ""]
        told += table(head, ((bold[r["proxy"]], *(_said(r[k]) for k in keys)) for r in rows))
    if document["absent"]:
        told += ["", f"Not here: {'; '.join(document['absent'])}."]
    return told


def _said(figure: float | None) -> float | str:
    """Return a figure, or the words for a missing one; older documents have NaN there."""
    return NOT_MEASURED if figure is None or math.isnan(figure) else figure
