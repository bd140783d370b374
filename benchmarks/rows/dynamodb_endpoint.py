"""The DynamoDB endpoint with stale reads

50 clients without an SDK, in a process of their own, each put an item and get it, in turn. They load bare moto
(`ThreadedMotoServer`), and `gateway-sim dynamodb --history 10` with its tables in moto: its fresh replica, and the one
that lags by 4 s. moto's server takes a new connection for each request. The endpoint keeps connections and calls moto
inside its process, twice for a write. The memory is that of the endpoint's process while 50 clients load the lagging
replica for a minute: flat means that the second half adds less than 5 MiB.
"""

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from benchmarks.dynamodb_clients import CLIENTS
from benchmarks.measuring import ROOT, Budget, child, in_turn, median, ratio, resident_kib, table, verdict

BARE: Final = "bare moto"
FRESH: Final = "the endpoint, fresh replica"
LAGGING: Final = "the endpoint, replica that lags"
BUDGET: Final = 0.7
"""The endpoint's answers a second over bare moto's, at least (docs/architecture.md §9)."""
FLAT_MIB: Final = 5.0
"""What the second half of the minute may add (docs/architecture.md §9)."""
ENDPOINT: Final = ["gateway_sim", "dynamodb", "--json", "--port", "0", "--lag", "fixed:4", "--history", "10"]
"""The words of the endpoint after `python -m`; two replicas, of which the second lags."""


@dataclass(frozen=True)
class Served:
    """An endpoint that runs, and its process."""

    url: str
    pid: int


def measure(quick: bool) -> dict[str, Any]:
    """Return answers a second of each, their ratios to bare moto, the errors, and the memory of the loaded endpoint."""
    slice_s, rounds, minute_s = (1.0, 1, 2.0) if quick else (8.0, 4, 60.0)
    with served("benchmarks.bare_moto") as moto, served(*ENDPOINT) as ours:
        contenders = {
            BARE: partial(_driven, moto.url, "LAB", slice_s),
            FRESH: partial(_driven, ours.url, "LABREPLICA0", slice_s),
            LAGGING: partial(_driven, ours.url, "LABREPLICA1", slice_s),
        }
        in_turn(contenders, 1)  # tables, connections, copies
        found = in_turn(contenders, rounds)
    per_s = [{name: one["answers"] / one["took_s"] for name, one in each.items()} for each in found]
    errors = {name: sum(len(each[name]["errors"]) for each in found) for name in contenders}
    rows = [
        {
            "what": name,
            "per_s": median(each[name] for each in per_s),
            "x_bare": ratio(per_s, name, BARE),
            "errors": errors[name],
        }
        for name in contenders
    ]
    return {"clients": CLIENTS, "rows": rows, "minute": loaded_for(minute_s)}


def loaded_for(for_s: float) -> dict[str, Any]:
    """Load the lagging replica of a new endpoint; return answers, errors, and MiB every twelfth of the time."""
    with served(*ENDPOINT) as ours:
        told: list[Any] = []
        clients = threading.Thread(target=lambda: told.append(_driven(ours.url, "LABREPLICA1", for_s)))
        clients.start()
        held = []
        for _ in range(12):
            time.sleep(for_s / 12)
            held.append(round(resident_kib(ours.pid) / 1024, 1))
        clients.join()
    return {"answers": told[0]["answers"], "errors": told[0]["errors"][:3], "mib": held}


def _driven(url: str, key_id: str, for_s: float) -> dict[str, Any]:
    """Load an endpoint by clients in a process of their own."""
    return dict(child("benchmarks.dynamodb_clients", url, key_id, str(for_s)))


@contextlib.contextmanager
def served(module: str, *words: str) -> Iterator[Served]:
    """Give what a module serves that prints its endpoint as JSON; it is ended afterwards."""
    command = [sys.executable, "-m", module, *words]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        yield Served(json.loads(process.stdout.readline())["endpoint"], process.pid)
    finally:
        process.terminate()
        process.communicate()


def added_mib(held: list[float]) -> float:
    """Return what the second half added, in MiB."""
    return round(held[-1] - held[len(held) // 2 - 1], 1)


def lines(document: dict[str, Any]) -> list[str]:
    """Return the table, and the memory of the minute."""
    minute = document["minute"]
    told = table(
        ("50 clients of", "answers a second", "× bare moto", "at least", "", "errors"),
        (
            (row["what"], row["per_s"], row["x_bare"],
             *((None, None) if row["what"] == BARE else (BUDGET, verdict(row["x_bare"] >= BUDGET))), row["errors"])
            for row in document["rows"]
        ),
    )  # fmt: skip
    return [
        *told,
        "",
        f"MiB after each twelfth of the minute, {minute['answers']:,} answers and {len(minute['errors'])} errors: "
        f"{', '.join(f'{mib:.0f}' for mib in minute['mib'])}.",
    ]


def budgets(document: dict[str, Any]) -> list[Budget]:
    """Return answers a second over bare moto's, and what the second half of a minute adds."""
    over = [
        Budget(f"answers a second of {row['what']}, over bare moto's; 50 clients", BUDGET, row["x_bare"])
        for row in document["rows"]
        if row["what"] != BARE
    ]
    added = added_mib(document["minute"]["mib"])
    return [
        *over,
        Budget("MiB that the second half of a minute of 50 clients adds to the endpoint", FLAT_MIB, added, True),
    ]
