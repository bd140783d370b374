"""Route anomalies for people: of one run with the shortest witness of each, and of many runs as shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from rich.table import Table
from rich.text import Text

from scenarios.anomalies import Sighting, anomalies

LONGEST_WITNESS = 4
"""A witness with more entries is shown by its first and last."""


def anomaly_lines(seen: Iterable[Sighting]) -> list[Text]:
    """Return one run's anomalies: the name, how often, and the entries that show it."""
    lines = []
    for one in seen:
        head = Text.assemble((f"{one.anomaly} × {one.count}", "bold yellow"), f": {one.witness.message}")
        entries = one.witness.text().splitlines()
        if len(entries) > LONGEST_WITNESS:
            entries = [entries[0], f"{'...':>10}  and {len(entries) - 2} between them", entries[-1]]
        shown = [Text(f"  {line}", "dim", no_wrap=True, overflow="ignore") for line in entries]
        lines += [head, *shown]
    return lines


def anomaly_totals(runs: Iterable[Iterable[Sighting]]) -> list[Text]:
    """Return a line for each anomaly that any of the runs showed: in how many runs, and how often in all."""
    shown: Counter[str] = Counter()
    times: Counter[str] = Counter()
    total = 0
    for seen in runs:
        total += 1
        for one in seen:
            shown[one.anomaly] += 1
            times[one.anomaly] += one.count
    return [Text(f"{name}: in {shown[name]} of {total} runs, {times[name]} times") for name in sorted(shown)]


def anomaly_table(rows: Iterable[tuple[str, str, int, Mapping[str, int]]]) -> Table:
    """Return the shares of a tournament's runs that show each anomaly; a row is client, gateway, runs, and counts."""
    names = list(anomalies())
    table = Table("client", "gateway", *names, title="runs that show a route anomaly", title_justify="left")
    for client, gateway, runs, counts in rows:
        table.add_row(client, gateway, *(share(counts.get(name, 0), runs) for name in names))
    return table


def share(count: int, runs: int) -> str:
    """Return so many of all runs in per cent, a dash for none."""
    return f"{count / runs:.1%}" if count else "-"
