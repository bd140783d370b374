"""Measure what DESIGN §9 sets a budget for and issue 1 asks to be quoted: `python benchmarks/budgets.py`.

Each command is a process of its own, run several times in turn, imports included; medians are printed, with the ratio
to a bare `python -c pass` of the same round, which is the steadier figure on a shared machine. `--json` for programs.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time

ENTRY = "from scenarios.cli import main; main()"
COMMANDS = {
    "python -c pass": (["-c", "pass"], None),
    "gateway-sim --help": (["-c", ENTRY, "--help"], 0.3),
    "gateway-sim run fresh-route": (["-c", ENTRY, "run", "fresh-route"], None),
    "gateway-sim verify": (["-c", ENTRY, "verify"], 15.0),
}
ROUNDS = 5


def wall_s(arguments: list[str]) -> float:
    """Return the seconds that one process took."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - began


def races_per_s(seconds_wanted: float = 5.0) -> float:
    """Return virtual races a second in this one process, moto writes and torch on, after one to warm up."""
    from scenarios.runner import RunSpec, plan, run, run_plans

    run(RunSpec("fresh-route", gateway="route-not-ready"))
    plans = [plan(RunSpec("fresh-route", gateway="route-not-ready", seed=seed)) for seed in range(1_000)]
    began, played = time.perf_counter(), 0
    for _ in run_plans(plans):
        played += 1
        if time.perf_counter() - began > seconds_wanted:
            break
    return played / (time.perf_counter() - began)


def measure() -> dict[str, dict[str, float | None]]:
    """Return for each command its median seconds, its ratio to a bare interpreter, and its budget in seconds."""
    rounds = [{name: wall_s(arguments) for name, (arguments, _) in COMMANDS.items()} for _ in range(ROUNDS)]
    rows: dict[str, dict[str, float | None]] = {}
    for name, (_, budget_s) in COMMANDS.items():
        rows[name] = {
            "median_s": round(statistics.median(r[name] for r in rounds), 3),
            "ratio_to_bare_python": round(statistics.median(r[name] / r["python -c pass"] for r in rounds), 1),
            "budget_s": budget_s,
        }
    return rows


def main() -> None:
    """Print the table, or with --json the document."""
    rows, per_s = measure(), races_per_s()
    if "--json" in sys.argv:
        print(json.dumps({"cpus": os.cpu_count(), "commands": rows, "virtual_races_per_s": round(per_s, 1)}))
        return
    print(f"{'command':<30}{'median':>10}{'x python':>10}{'budget':>10}")
    for name, row in rows.items():
        budget = "-" if row["budget_s"] is None else f"{row['budget_s']:g} s"
        print(f"{name:<30}{row['median_s']:>8.2f} s{row['ratio_to_bare_python']:>10.1f}{budget:>10}")
    print(f"virtual races a second, one process, moto writes and torch on: {per_s:.1f} (budget 40)")


if __name__ == "__main__":
    main()
