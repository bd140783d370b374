"""A job must not stay RUNNING without a pod that answers."""

from collections.abc import Iterator

from gateway_sim.control_plane.events import JobMoved
from gateway_sim.control_plane.jobs.states import JobState
from gateway_sim.scenarios.judge.limits import NOTICED_LATE_S
from gateway_sim.scenarios.judge.promises import Violation, in_order
from gateway_sim.scenarios.sim.events import ContainerRestarted, PodLost, PodThawed
from gateway_sim.scenarios.sim.trace import Entry, Trace


def a_dead_pod_is_noticed_in_time(trace: Trace) -> Iterator[Violation]:
    """A dead pod is noticed in time: its incarnation is not RUNNING 5 s after the world's detection delay.

    The delay counts from the moment at which the pod crashed or froze. A pod that is back by then is not dead.
    """
    for lost in trace.of(PodLost):
        limit_s = lost.at_s + lost.event.notice_s + NOTICED_LATE_S
        if trace.entries[-1].at_s < limit_s:
            continue
        state = _state(trace, lost, limit_s)
        if state is not None:
            late_s = limit_s - lost.at_s
            message = f"the pod of incarnation {lost.event.incarnation} {lost.event.how}, and "
            message += f"{lost.event.job} was still RUNNING {late_s:.1f} s later"
            yield Violation(message, limit_s, in_order(trace, state, lost))


def _state(trace: Trace, lost: Entry, limit_s: float) -> Entry | None:
    """Return the entry by which the lost incarnation is RUNNING at the limit; None if it is not, or the pod is back."""
    pod = (lost.event.account, lost.event.job, lost.event.incarnation)
    running = None
    for entry in trace.of(JobMoved, PodThawed, ContainerRestarted):
        event = entry.event
        if entry.at_s > limit_s or (event.account, event.job) != pod[:2]:
            continue
        if isinstance(event, JobMoved):
            running = entry if (event.state, event.incarnation) == (JobState.RUNNING, pod[2]) else None
        elif event.incarnation == pod[2] and entry.at_s >= lost.at_s:
            return None
    return running
