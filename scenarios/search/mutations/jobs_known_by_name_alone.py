"""An exactly-once that treats another job of the same name as its own."""

import dataclasses

from gateway_sim.client.exactly_once import job_monitor
from gateway_sim.client.exactly_once.liveness import JobIdentity, JobLiveness, liveness_of
from gateway_sim.client.job_manager import JobStatus
from gateway_sim.scenarios.search.mutations import Guard, Original, replacing

part = "client policy exactly-once"
guards = [Guard("recreated-job", "exactly-once", "not-found", "a gone job fails fast")]


@replacing(job_monitor, "liveness_of")
def break_it(_: Original, status: JobStatus | None, trained: JobIdentity) -> JobLiveness:
    """Forget the uid."""
    return liveness_of(status, dataclasses.replace(trained, uid=""))
