"""How everything here is measured: in turn, several times, as medians; and on what machine."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

ROOT = Path(__file__).parent.parent


def in_turn(contenders: Mapping[str, Callable[[], T]], rounds: int) -> list[dict[str, T]]:
    """Run every contender once a round, and return each round's results; every other round goes backwards."""
    found = []
    for number in range(rounds):
        names = list(contenders)
        played = {name: contenders[name]() for name in (reversed(names) if number % 2 else names)}
        found.append({name: played[name] for name in names})
    return found


def median(values: Iterable[float]) -> float:
    """Return the median, to four significant digits."""
    return float(f"{statistics.median(values):.4g}")


def ratio(rounds: Iterable[Mapping[str, float]], one: str, other: str) -> float:
    """Return the median over the rounds of `one` divided by `other`."""
    return median(each[one] / each[other] for each in rounds if each[other])


def wall_s(arguments: list[str]) -> float:
    """Return the seconds that one Python process took from the root of the project."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True, cwd=ROOT)
    return time.perf_counter() - began


def child(module: str, *words: str) -> Any:
    """Run a module of the benchmarks in a process of its own, and return the JSON that it printed."""
    import json

    command = [sys.executable, "-m", module, *words]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout)


def resident_kib() -> int:
    """Return how much memory this process holds, in KiB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise OSError("this system does not tell how much memory a process holds")


def machine() -> dict[str, Any]:
    """Say what was measured on, and how busy it was."""
    import torch

    models = [line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")]
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": models[0] if models else platform.machine(),
        "device": device,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "load": round(os.getloadavg()[0], 1),
    }


def _cpuinfo() -> list[str]:
    known = Path("/proc/cpuinfo")
    return known.read_text().splitlines() if known.exists() else []


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> list[str]:
    """Return a Markdown table; a cell that is None is a dash."""
    titles = list(head)
    lines = ["| " + " | ".join(titles) + " |", "|" + " --- |" * len(titles)]
    lines += ["| " + " | ".join("–" if cell is None else _cell(cell) for cell in row) + " |" for row in rows]
    return lines


def _cell(cell: object) -> str:
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.3g}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
