"""An interruption must not repeat or skip rows of an epoch."""

from collections import Counter
from collections.abc import Iterator, Sequence

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.events import BatchTrained, TrainingPlanned
from gateway_sim.scenarios.sim.trace import Entry, Trace


def every_sample_is_trained_once(trace: Trace) -> Iterator[Violation]:
    """Every sample is trained once: the steps in the final weights repeat no row and skip none."""
    planned = next(trace.of(TrainingPlanned), None)
    chain = surviving(trace)
    if planned is None:
        return
    seen = Counter(row for entry in chain for row in entry.event.rows)
    twice = sorted(row for row, times in seen.items() if times > 1)
    never = planned.event.rows - len(seen)
    if twice or never:
        last = chain[-1] if chain else planned
        shown = tuple(entry for entry in chain if twice and twice[0] in entry.event.rows) or (last,)
        again = sum(seen.values()) - len(seen)
        yield Violation(f"{again} samples were trained once too often and {never} never", last.at_s, shown)


def surviving(trace: Trace) -> list[Entry]:
    """Return the steps that the final weights contain, in order: of each step the last time it was taken."""
    last: dict[int, Entry] = {}
    for entry in trace.of(BatchTrained):
        last[entry.event.step] = entry
    return [last[step] for step in sorted(last)]


def repeated_rows(chain: Sequence[Entry]) -> Iterator[set[int]]:
    """Yield the rows of each step that an earlier step has trained."""
    trained: set[int] = set()
    for entry in chain:
        rows = set(entry.event.rows)
        yield rows & trained
        trained |= rows
