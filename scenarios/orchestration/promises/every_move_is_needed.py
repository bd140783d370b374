"""A moved job computes nothing meanwhile, so a job that could have stayed pays for nothing."""

from collections.abc import Iterator

from gateway_sim.control_plane.events import WorkMoved, WorkPlaced
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.arrangements import could_hold
from gateway_sim.scenarios.orchestration.workloads.occupancy import KINDS, Occupancy, Stretch, clusters
from gateway_sim.scenarios.sim.trace import Entry, Trace


def every_move_is_needed(trace: Trace) -> Iterator[Violation]:
    """Every move is needed: where jobs move to make room for another, none of them could have stayed."""
    for cluster in clusters(trace):
        for entry, placed in needless(trace, cluster):
            message = f"in {cluster}, {entry.event.work} moved to make room for {placed} and could have stayed"
            yield Violation.of(message, entry)


def needless(trace: Trace, cluster: str) -> Iterator[tuple[Entry, str]]:
    """Yield each move that was not needed, with the job that the moves made room for.

    A moved job could have stayed if the job and the others that moved would fit beside it.
    """
    now, before = Occupancy(), Stretch(0.0, 0.0, {})
    together: list[Entry] = []
    for entry in trace.of(*KINDS):
        event = entry.event
        if event.cluster != cluster:
            continue
        if isinstance(event, WorkMoved):
            # moves of one decision follow one another
            before = before if together else now.stretch(entry.at_s, entry.at_s)
            together.append(entry)
        else:
            if isinstance(event, WorkPlaced):
                yield from ((move, event.work) for move in together if _could_stay(before, move, together, event))
            together = []
        now.apply(event)


def _could_stay(before: Stretch, stays: Entry, together: list[Entry], placed: WorkPlaced) -> bool:
    """Return whether `placed` and all moved jobs but one fit into the free GPUs and those that they leave."""
    left = before.idle
    others = [move.event for move in together if move is not stays]
    for event in others:
        node, gpus = before.running[event.work]
        left[node] += gpus
    return could_hold([placed.gpus, *(event.gpus for event in others)], list(left.values()))
