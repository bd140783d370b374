"""How everything here is measured: in turn, several times, as medians; and on which machine."""

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from gateway_sim.scenarios.sim import registry

T = TypeVar("T")

NOT_MEASURED = "not measured"

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Budget:
    """A budget of docs/architecture.md §9, the measured figure, and whether the budget is an upper limit."""

    what: str
    budget: float
    measured: float | None
    at_most: bool = False

    @property
    def met(self) -> bool | None:
        """Whether it was met; None where nothing could be measured."""
        if self.measured is None:
            return None
        return self.measured <= self.budget if self.at_most else self.measured >= self.budget

    @property
    def word(self) -> str:
        """The verdict, for a table."""
        return verdict(self.met)


def verdict(met: bool | None) -> str:
    """Return the word for a table; a missed budget stands out in bold."""
    return NOT_MEASURED if met is None else "met" if met else "**missed**"


def modules(folder: str) -> dict[str, ModuleType]:
    """Return the modules of a folder of the benchmarks by name, in alphabetical order."""
    package = f"benchmarks.{folder}"
    return {name.replace("-", "_"): registry.load(package, name) for name in registry.names(package)}


def in_turn(
    contenders: Mapping[str, Callable[[], T]], rounds: int, within_s: float = float("inf")
) -> list[dict[str, T]]:
    """Run every contender once a round, and return each round's results; every other round goes backwards.

    After `within_s` seconds no further round begins, so a busy machine plays fewer of them, but at least one.
    """
    found: list[dict[str, T]] = []
    began = time.monotonic()
    while len(found) < rounds and (not found or time.monotonic() - began < within_s):
        names = list(contenders)
        played = {name: contenders[name]() for name in (reversed(names) if len(found) % 2 else names)}
        found.append({name: played[name] for name in names})
    return found


def median(values: Iterable[float | None]) -> float | None:
    """Return the median of those that were measured, to four significant digits; None where none was."""
    known = [value for value in values if value is not None]
    return float(f"{statistics.median(known):.4g}") if known else None


def ratio(rounds: Iterable[Mapping[str, float | None]], one: str, other: str) -> float | None:
    """Return the median of `one` divided by `other` over the rounds that have both, None where none has."""
    pairs = [(each.get(one), each.get(other)) for each in rounds]
    return median(a / b for a, b in pairs if a is not None and b)


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


def resident_kib(pid: int | str = "self") -> int:
    """Return how much memory a process holds, in KiB; this one if none is named."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise OSError("this system does not report how much memory a process holds")


def machine() -> dict[str, Any]:
    """Return the machine that was measured on, and its load."""
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
