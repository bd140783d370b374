"""The command line

Each command is a process of its own, imports included; the ratio is to a bare `python -c pass` of the same round.
"""

from functools import partial
from typing import Any

from benchmarks.measuring import Budget, in_turn, median, ratio, table, verdict, wall_s

ENTRY = "from gateway_sim.scenarios.apps.cli import main; main()"
WITHIN_S = 60.0
BARE = "python -c pass"
COMMANDS: dict[str, tuple[list[str], float | None]] = {
    BARE: (["-c", "pass"], None),
    "gateway-sim --help": (["-c", ENTRY, "--help"], 0.3),
    "gateway-sim list": (["-c", ENTRY, "list"], None),
    "gateway-sim run fresh-route": (["-c", ENTRY, "run", "fresh-route", "--gateway", "leased-generation"], None),
    "gateway-sim verify": (["-c", ENTRY, "verify"], 15.0),
}
"""Each command, and its budget in seconds (docs/architecture.md §9)."""


def measure(quick: bool) -> dict[str, Any]:
    """Return for each command its median seconds, its ratio to a bare interpreter, and its budget."""
    wanted = {name: words for name, (words, _) in COMMANDS.items() if not (quick and name.endswith("verify"))}
    rounds = in_turn({name: partial(wall_s, words) for name, words in wanted.items()}, 1 if quick else 3, WITHIN_S)
    rows = [
        {"command": name, "median_s": median(r[name] for r in rounds), "x_python": ratio(rounds, name, BARE),
         "budget_s": COMMANDS[name][1]}
        for name in wanted
    ]  # fmt: skip
    return {"rows": rows}


def lines(document: dict[str, Any]) -> list[str]:
    """Return the table."""
    return table(
        ("command", "seconds", "× python", "budget, s", ""),
        ((f"`{r['command']}`", r["median_s"], r["x_python"], r["budget_s"],
          verdict(r["median_s"] <= r["budget_s"]) if r["budget_s"] else None) for r in document["rows"]),
    )  # fmt: skip


def budgets(document: dict[str, Any]) -> list[Budget]:
    """Return the seconds that each command takes which has a budget."""
    return [
        Budget(f"seconds of `{row['command']}`, imports included", row["budget_s"], row["median_s"], at_most=True)
        for row in document["rows"]
        if row["budget_s"]
    ]
