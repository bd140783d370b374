"""Route anomalies as text: of one run with the shortest witness of each, and of many runs with counts."""

from collections.abc import Iterable

from rich.text import Text

from gateway_sim.scenarios.judge.anomalies import Sighting, Sightings

LONGEST_WITNESS = 4
"""Of a longer witness only the first and the last entry are shown."""


def anomaly_lines(seen: Iterable[Sighting]) -> list[Text]:
    """Return one run's anomalies: name, count, and the entries of the shortest witness."""
    lines = []
    for one in seen:
        lines += [_head(f"{one.anomaly} × {one.count}", one.shortest.message), *witness_lines(one)]
    return lines


def witness_lines(seen: Sighting) -> list[Text]:
    """Return the entries of an anomaly's shortest witness, one a line."""
    entries = seen.shortest.text().splitlines()
    if len(entries) > LONGEST_WITNESS:
        entries = [entries[0], f"{'...':>10}  and {len(entries) - 2} between them", entries[-1]]
    return [Text(f"  {line}", "dim", no_wrap=True, overflow="ignore") for line in entries]


def anomaly_totals(runs: Iterable[tuple[int, Iterable[Sighting]]]) -> list[Text]:
    """Return for each anomaly its number of runs, its total count, and its shortest witness.

    Each run is a pair of seed and sightings.
    """
    total, found = 0, Sightings()
    for seed, seen in runs:
        total += 1
        found.add(seed, seen)
    lines = []
    for name, shown in sorted(found.runs.items()):
        lines += anomaly_total(name, f"in {shown} of {total} runs, {found.times[name]} times", *found.shortest[name])
    return lines


def anomaly_total(name: str, counts: str, seed: int, least: Sighting) -> list[Text]:
    """Return one anomaly of many runs: its counts, and its shortest witness with the seed."""
    return [_head(name, counts), Text(f"  seed {seed}: {least.shortest.message}"), *witness_lines(least)]


def _head(name: str, words: str) -> Text:
    return Text.assemble((name, "bold yellow"), f": {words}")


def share(count: int, runs: int) -> str:
    """Return a count as a percentage of all runs, a dash for none."""
    return f"{count / runs:.1%}" if count else "-"
