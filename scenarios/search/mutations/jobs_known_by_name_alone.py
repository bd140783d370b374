"""An exactly-once to which another job of the same name is the same job."""

from __future__ import annotations

import dataclasses

from client.exactly_once import job_monitor
from client.exactly_once.liveness import JobIdentity, JobLiveness, standing
from client.job_manager import JobStatus
from scenarios.search.mutations import Guard, Put

part = "client policy exactly-once"
guards = [Guard("recreated-job", "exactly-once", "not-found", "a gone job fails fast")]


def break_it(put: Put) -> None:
    """Forget the uid."""

    def by_name(status: JobStatus | None, trained: JobIdentity) -> JobLiveness:
        return standing(status, dataclasses.replace(trained, uid=""))

    put(job_monitor, "standing", by_name)
