"""A job that was told to leave saves its work, and the job that preempts it waits for that."""

from collections import defaultdict
from collections.abc import Iterator

from gateway_sim.control_plane.events import WorkEnded, WorkEvicted, WorkShrunk, WorkToldToLeave
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.sim.trace import Entry, Trace

LEEWAY_S = 1e-6
"""Times are sums of floats."""


def a_preempted_job_leaves_within_its_grace(trace: Trace) -> Iterator[Violation]:
    """A preempted job leaves within its grace: it has given up its GPUs by then, or has ended."""
    told: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in trace.of(WorkToldToLeave, WorkEvicted, WorkShrunk, WorkEnded):
        work = entry.event.cluster, entry.event.work
        if isinstance(entry.event, WorkToldToLeave):
            told[work].append(entry)
            continue
        for asked in told.pop(work, []):
            late_s = entry.at_s - asked.at_s - asked.event.within_s
            if late_s > LEEWAY_S:
                message = f"{work[1]} of {work[0]} left {late_s:.1f} s after its grace of {asked.event.within_s:g} s"
                yield Violation(message, entry.at_s, (asked, entry))
    for (cluster, name), ever in told.items():
        for asked in ever:
            yield Violation.of(f"{name} of {cluster} was told to leave and never left", asked)
