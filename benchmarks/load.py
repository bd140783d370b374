"""One burst of load on a port by wrk, and its cost to the process that serves the port."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

PATH = "/training/v1/rlorTrainerJobs/acme/job-1/api/v1/"
KEY = "tml-bench"
SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = string.rep("x", {size})
"""
UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}
PATIENCE_S = 30
"""How many seconds the load generator may take beyond its burst."""
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Load:
    """Requests to `route` with bodies of `sent_bytes`, over `connections` at once."""

    name: str
    route: str
    sent_bytes: int
    connections: int


LOADS = (
    Load("small, 1 connection", "forward", 217, 1),
    Load("small, 16 connections", "forward", 217, 16),
    Load("small, 64 connections", "forward", 217, 64),
    Load("10 MB down, 4 connections", "large", 0, 4),
    Load("10 MB up, 4 connections", "forward", 10 * 1024 * 1024, 4),
)


@dataclass(frozen=True)
class Burst:
    """The result: requests a second, latencies in ms, CPU in us a request, and the number of failed requests.

    A figure that could not be measured, because the server answered nothing, is None.
    """

    per_s: float | None
    p50_ms: float | None
    p99_ms: float | None
    cpu_us: float | None
    failed: int


NOTHING = Burst(None, None, None, None, 1)
"""The result when the load generator failed or did not end."""


def wrk() -> str | None:
    """Return the load generator's path, None where it is not installed."""
    return shutil.which("wrk")


def burst(load: Load, port: int, pid: int, for_s: int, scratch: Path) -> Burst:
    """Load a port for whole seconds; `pid` is the process whose CPU time, with its children's, is counted."""
    program = wrk()
    assert program is not None, "the caller looks for it first"
    words = [program, "-t1", f"-c{load.connections}", f"-d{for_s}s", "--latency", "--timeout", "20s"]
    words += ["-H", f"X-API-Key: {KEY}"]
    if load.sent_bytes:
        script = scratch / f"{load.sent_bytes}.lua"
        script.write_text(SCRIPT.format(size=load.sent_bytes))
        words += ["-s", str(script)]
    before = cpu_ticks(pid)
    url = f"http://127.0.0.1:{port}{PATH}{load.route}"
    try:
        told = subprocess.run([*words, url], check=True, capture_output=True, text=True, timeout=for_s + PATIENCE_S)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return NOTHING
    spent_s = (cpu_ticks(pid) - before) / TICKS_PER_S
    return read(told.stdout, spent_s)


def read(told: str, spent_s: float) -> Burst:
    """Read what wrk printed."""

    def found(pattern: str) -> re.Match[str] | None:
        return re.search(pattern, told, re.MULTILINE)

    def ms(percent: str) -> float | None:
        match = found(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s|m)$")
        return float(match[1]) * UNITS[match[2]] if match and count else None

    done = found(r"(\d+) requests in ([\d.]+)(ms|s|m)")
    count = int(done[1]) if done else 0
    took_s = float(done[2]) * UNITS[done[3]] / 1e3 if done else 1.0
    wrong = found(r"Non-2xx or 3xx responses: (\d+)")
    lost = found(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")
    failed = (int(wrong[1]) if wrong else 0) + (sum(map(int, lost.groups())) if lost else 0)
    if not count:
        return Burst(None, None, None, None, max(failed, 1))
    return Burst(count / took_s, ms("50"), ms("99"), spent_s / count * 1e6, failed)


def cpu_ticks(pid: int) -> int:
    """Return the ticks of CPU that a process and its children have spent."""
    family = [pid, *(int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    stats = [Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split() for one in family]
    return sum(int(fields[11]) + int(fields[12]) for fields in stats)
