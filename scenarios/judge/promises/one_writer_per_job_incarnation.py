"""A pod that was superseded must not write."""

from collections.abc import Iterator

from gateway_sim.control_plane.events import JobMoved
from gateway_sim.control_plane.jobs.states import JobState
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.sim.trace import Entry, Trace
from gateway_sim.trainer_pod.events import GradientsAccumulated, StateSaved, StepApplied

VERBS = {"GradientsAccumulated": "computed a batch", "StepApplied": "applied a step", "StateSaved": "saved"}


def one_writer_per_job_incarnation(trace: Trace) -> Iterator[Violation]:
    """One writer per job incarnation: once a newer one runs, an older pod computes, applies and saves nothing."""
    running: dict[tuple[str, str], Entry] = {}
    for entry in trace.of(JobMoved, GradientsAccumulated, StepApplied, StateSaved):
        event = entry.event
        newest = running.get((event.account, event.job))
        if isinstance(event, JobMoved):
            if event.state == JobState.RUNNING and (newest is None or event.incarnation > newest.event.incarnation):
                running[event.account, event.job] = entry
        elif newest is not None and event.incarnation < newest.event.incarnation:
            did = f"incarnation {event.incarnation} of {event.job} {VERBS[entry.name]}"
            message = f"{did} while {newest.event.incarnation} was running"
            yield Violation.of(message, newest, entry)
