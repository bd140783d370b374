"""A cluster's GPUs over time, reconstructed from the trace. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway_sim.control_plane.events import (
    ClusterOpened,
    WorkEnded,
    WorkEvicted,
    WorkMoved,
    WorkPlaced,
    WorkQueued,
    WorkShrunk,
)
from gateway_sim.scenarios.orchestration.workloads.arrangements import could_hold
from gateway_sim.scenarios.sim.trace import Entry, Trace


@dataclass
class Stretch:
    """A time without changes: the GPUs of the waiting jobs, and the node and GPUs of the running ones."""

    since_s: float
    until_s: float
    nodes: dict[str, int]
    waiting: dict[str, int] = field(default_factory=dict)
    running: dict[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def hours(self) -> float:
        """Its duration in hours."""
        return (self.until_s - self.since_s) / 3600

    @property
    def idle(self) -> dict[str, int]:
        """The free GPUs of each node."""
        left = dict(self.nodes)
        for node, gpus in self.running.values():
            left[node] -= gpus
        return left

    @property
    def free(self) -> int:
        """The free GPUs of all nodes together."""
        return sum(self.idle.values())

    @property
    def fits_in_sum(self) -> bool:
        """Whether a waiting job needs no more GPUs than are free in the cluster."""
        return bool(self.waiting) and self.free >= min(self.waiting.values())

    @property
    def fits_after_moves(self) -> bool:
        """Whether a waiting job would fit on one node if running jobs were moved."""
        if not self.fits_in_sum:
            return False
        running = [gpus for _, gpus in self.running.values()]
        return self.fits_somewhere or could_hold([*running, min(self.waiting.values())], list(self.nodes.values()))

    @property
    def fits_somewhere(self) -> bool:
        """Whether a waiting job would fit on one node."""
        return bool(self.waiting) and max(self.idle.values()) >= min(self.waiting.values())


KINDS = (ClusterOpened, WorkQueued, WorkPlaced, WorkMoved, WorkShrunk, WorkEvicted, WorkEnded)


@dataclass
class Occupancy:
    """A cluster's nodes, waiting and running jobs after the events that were applied."""

    nodes: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    running: dict[str, tuple[str, int]] = field(default_factory=dict)
    wants: dict[str, int] = field(default_factory=dict)

    def apply(self, event: object) -> None:
        """Change as one of `KINDS` says."""
        match event:
            case ClusterOpened(_, shape):
                self.nodes = dict(shape)
            case WorkQueued(_, work, gpus, _):
                self.waiting[work] = self.wants[work] = gpus
            case WorkPlaced(_, work, node, gpus) | WorkMoved(_, work, node, gpus):
                self.waiting.pop(work, None)
                self.running[work] = (node, gpus)
            case WorkShrunk(_, work, gpus, _, _):
                self.running[work] = (self.running[work][0], gpus)
            case WorkEvicted(_, work, _, _):
                del self.running[work]
                self.waiting[work] = self.wants[work]
            case WorkEnded(_, work):
                self.waiting.pop(work, None)
                self.running.pop(work, None)

    def stretch(self, since_s: float, until_s: float) -> Stretch:
        """Return what is so now as that of a time."""
        return Stretch(since_s, until_s, self.nodes, dict(self.waiting), dict(self.running))


def stretches(trace: Trace, cluster: str) -> Iterator[Stretch]:
    """Yield a cluster's stretches in order, without those of no duration."""
    now = Occupancy()
    since_s = 0.0
    for entry in trace.of(*KINDS):
        if entry.event.cluster != cluster:
            continue
        if entry.at_s > since_s and now.nodes:
            yield now.stretch(since_s, entry.at_s)
        since_s = entry.at_s
        now.apply(entry.event)


def changed(trace: Trace, cluster: str, at_s: float) -> tuple[Entry, ...]:
    """Return the entries that changed a cluster at `at_s`."""
    return tuple(entry for entry in trace.of(*KINDS) if entry.event.cluster == cluster and entry.at_s == at_s)


def clusters(trace: Trace) -> list[str]:
    """Return the names of the clusters that opened."""
    return [entry.event.cluster for entry in trace.of(ClusterOpened)]


def waits_s(trace: Trace, cluster: str) -> dict[str, float]:
    """Return for each job the seconds that it waited before it was first placed."""
    queued: dict[str, float] = {}
    waited: dict[str, float] = {}
    for entry in trace.of(WorkQueued, WorkPlaced):
        event = entry.event
        if event.cluster == cluster and isinstance(event, WorkQueued):
            queued[event.work] = entry.at_s
        elif event.cluster == cluster:
            waited.setdefault(event.work, entry.at_s - queued[event.work])
    return waited
