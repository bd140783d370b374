"""A tag that moves after a job was submitted does not change the job's image."""

from collections.abc import Iterator

from gateway_sim.control_plane.events import ImageResolved
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.model_events import ImageRan
from gateway_sim.scenarios.sim.trace import Trace


def a_job_runs_in_one_image(trace: Trace) -> Iterator[Violation]:
    """A job runs in one image: the one that its reference named at submission, in training and in serving."""
    submitted: dict[str, str] = {}
    for entry in trace.of(ImageResolved, ImageRan):
        event = entry.event
        if isinstance(event, ImageResolved):
            # a later resolution, as at a resume, is no submission
            submitted.setdefault(event.job, event.digest)
        elif event.digest != submitted.get(event.job, event.digest):
            yield Violation.of(
                f"{event.job} was submitted in {submitted[event.job][:15]} and ran in {event.digest[:15]} "
                f"({event.purpose})",
                entry,
            )
