"""The verdicts on a team's log, for a terminal."""

from collections.abc import Iterator

from rich.text import Text

from gateway_sim.scenarios.judge.verdict import Broken
from gateway_sim.scenarios.orchestration.logs.judged import Judged, Judgement
from gateway_sim.scenarios.orchestration.logs.told import Log

FIRST = 5
"""Listed violations of a promise; the others are counted."""


def judgement_lines(found: Judgement) -> Iterator[Text]:
    """Yield the lines: what was read, the broken promises with their witness, the kept, and the unjudged with why."""
    log, entries = found.log, found.log.trace.entries
    yield Text(f"{log.format}: {len(entries):,} events from {log.moment(0.0)} to {log.moment(entries[-1].at_s)}")
    for one in found.found:
        if one.verdict == "broken":
            yield from _broken(one, log)
        elif one.verdict == "kept":
            yield Text(f"✓ {one.sentence}", "green")
        else:
            yield Text(f"- {one.sentence}: {one.why}", "dim")
    for note in log.notes:
        yield Text(f"note: {note}", "yellow")
    counts = {verdict: sum(one.verdict == verdict for one in found.found) for verdict in ("broken", "kept")}
    unjudged = len(found.found) - sum(counts.values())
    yield Text(f"{counts['broken']} broken, {counts['kept']} kept, {unjudged} not judged: the log does not tell enough")


def _broken(one: Judged, log: Log) -> Iterator[Text]:
    times = "once" if len(one.violations) == 1 else f"{len(one.violations):,} times"
    yield Text(f"✗ {one.sentence}: broken {times}", "red")
    for violation in one.violations[:FIRST]:
        yield Text(f"    {violation.message}", "bold")
        yield from _witness(violation, log)
    if len(one.violations) > FIRST:
        yield Text(f"    ... and {len(one.violations) - FIRST:,} more", "dim")


def _witness(violation: Broken, log: Log) -> Iterator[Text]:
    for entry in violation.witness:
        yield Text(f"      {log.moment(entry.at_s)}  {entry.source}  {entry.words}  {entry.facts}", "dim")
