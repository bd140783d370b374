"""Route anomalies for people: of one run with the shortest witness of each, and of many runs as shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby

from rich.table import Table
from rich.text import Text

from scenarios.judge.anomalies import Sighting, Sightings, anomalies

LONGEST_WITNESS = 4
"""A witness with more entries is shown by its first and last."""


def anomaly_lines(seen: Iterable[Sighting]) -> list[Text]:
    """Return one run's anomalies: the name, how often, and the entries that show it."""
    lines = []
    for one in seen:
        head = Text.assemble((f"{one.anomaly} × {one.count}", "bold yellow"), f": {one.shortest.message}")
        lines += [head, *witness_lines(one)]
    return lines


def witness_lines(seen: Sighting) -> list[Text]:
    """Return the entries that show an anomaly, a line each."""
    entries = seen.shortest.text().splitlines()
    if len(entries) > LONGEST_WITNESS:
        entries = [entries[0], f"{'...':>10}  and {len(entries) - 2} between them", entries[-1]]
    return [Text(f"  {line}", "dim", no_wrap=True, overflow="ignore") for line in entries]


def anomaly_totals(runs: Iterable[tuple[int, Iterable[Sighting]]]) -> list[Text]:
    """Return for each anomaly in how many of the runs it was seen, how often in all, and what shows it by the least.

    A run is given as its seed and what it shows.
    """
    total, found = 0, Sightings()
    for seed, seen in runs:
        total += 1
        found.add(seed, seen)
    lines = []
    for name, shown in sorted(found.runs.items()):
        head = Text.assemble((name, "bold yellow"), f": in {shown} of {total} runs, {found.times[name]} times")
        lines += [head, *least_lines(*found.shortest[name])]
    return lines


def least_lines(seed: int, least: Sighting) -> list[Text]:
    """Return the sighting that shows an anomaly by the least, of many runs."""
    return [Text(f"  seed {seed}: {least.shortest.message}"), *witness_lines(least)]


def anomaly_table(rows: Iterable[tuple[str, str, int, Mapping[str, int]]]) -> Table:
    """Return the shares of a tournament's runs that show each anomaly; a row is client, gateway, runs, and counts.

    A gateway has a line of its own above its clients, and an anomaly that nobody showed no column: it all fits 100
    columns, names whole.
    """
    lines = sorted(rows, key=lambda row: row[1])
    names = [name for name in anomalies() if any(counts.get(name) for *_, counts in lines)]
    title = "runs that show a route anomaly"
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("gateway, and client", no_wrap=True)
    for name in names:
        table.add_column(name.replace("-", "-\n"), justify="right", vertical="bottom", no_wrap=True)
    for gateway, of_gateway in groupby(lines, key=lambda row: row[1]):
        table.add_row(Text(gateway, "bold"))
        for client, _, runs, counts in of_gateway:
            table.add_row(f"  {client}", *(share(counts.get(name, 0), runs) for name in names))
    return table


def share(count: int, runs: int) -> str:
    """Return so many of all runs in per cent, a dash for none."""
    return f"{count / runs:.1%}" if count else "-"
