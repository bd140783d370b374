"""An hourly result has no use once the next one is due."""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gateway_sim.control_plane.events import WorkEnded
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.events import DeadlineSet
from gateway_sim.scenarios.sim.trace import Trace


def every_run_ends_by_its_deadline(trace: Trace) -> Iterator[Violation]:
    """Every run ends by its deadline, whatever else the cluster was asked to do."""
    last = {(e.event.cluster, e.event.work): e for e in trace.of(DeadlineSet, WorkEnded)}
    for one in due(trace):
        shown = (last[one.cluster, one.work],)
        if one.ended_s == math.inf:
            yield Violation(f"{one.work} of {one.cluster} never ended", one.by_s, shown)
        elif one.missed:
            late_h = (one.ended_s - one.by_s) / 3600
            yield Violation(f"{one.work} of {one.cluster} ended {late_h:.2f} h after its deadline", one.ended_s, shown)


@dataclass(frozen=True)
class Due:
    """Work that was submitted at `asked_s`, should have ended by `by_s` and ended at `ended_s` (infinity: never)."""

    cluster: str
    work: str
    asked_s: float
    by_s: float
    ended_s: float

    @property
    def latency_s(self) -> float:
        """The seconds from its submission to its end."""
        return self.ended_s - self.asked_s

    @property
    def missed(self) -> bool:
        """Whether it ended after its deadline, or never."""
        return self.ended_s > self.by_s


def due(trace: Trace, cluster: str | None = None) -> Iterator[Due]:
    """Yield all work with a deadline, of one cluster or of all, in order of submission."""
    found: list[Due] = []
    waiting: dict[tuple[str, str], list[int]] = defaultdict(list)
    for entry in trace.of(DeadlineSet, WorkEnded):
        event = entry.event
        if isinstance(event, WorkEnded):
            # its first end after the deadline was set
            for n in waiting.pop((event.cluster, event.work), ()):
                found[n] = replace(found[n], ended_s=entry.at_s)
        elif cluster in (None, event.cluster):
            waiting[event.cluster, event.work].append(len(found))
            found.append(Due(event.cluster, event.work, entry.at_s, event.by_s, math.inf))
    yield from found


def overdue_s(trace: Trace, cluster: str) -> float:
    """Return the seconds in which any work of the cluster was past its deadline and had not ended."""
    total_s, until_s = 0.0, -math.inf
    for late in sorted((one.by_s, one.ended_s) for one in due(trace, cluster) if one.missed):
        since_s = max(late[0], until_s)
        until_s = max(late[1], until_s)
        total_s += until_s - since_s
    return total_s
