"""A pod that was superseded has nothing more to say."""

from __future__ import annotations

from collections.abc import Iterator

from control_plane.events import JobMoved
from control_plane.jobs.states import JobState
from scenarios.judge.promises import Violation
from scenarios.sim.trace import Trace
from trainer_pod.events import GradientsAccumulated, StateSaved, StepApplied


def one_writer_per_job_incarnation(trace: Trace) -> Iterator[Violation]:
    """One writer per job incarnation: once a newer one runs, an older pod computes, applies and saves nothing."""
    runs: dict[tuple[str, str], int] = {}
    for entry in trace.of(JobMoved, GradientsAccumulated, StepApplied, StateSaved):
        event = entry.event
        job = (event.account, event.job)
        if isinstance(event, JobMoved):
            if event.state == JobState.RUNNING:
                runs[job] = max(runs.get(job, 0), event.incarnation)
        elif event.incarnation < runs.get(job, 0):
            kind = {"GradientsAccumulated": "computed a batch", "StepApplied": "applied a step"}.get(
                entry.name, "saved"
            )
            yield Violation(
                f"incarnation {event.incarnation} of {event.job} {kind} while {runs[job]} was running", entry.at_s
            )
