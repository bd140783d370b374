"""A control plane that calls a job DELETED and lets it train on."""

from __future__ import annotations

from control_plane.jobs.reconciler import Reconciler
from control_plane.jobs.states import Job, JobEvent
from scenarios.search.mutations import Guard, Put

part = "control plane"
guards = [Guard("job-deleted", "plain", "not-found", "a gone job fails fast", prevents=True)]


def break_it(put: Put) -> None:
    """Change the word, and nothing else."""

    async def delete(self: Reconciler, account: str, name: str) -> Job:
        return self._put(self.get(account, name).after(JobEvent.DELETE))

    put(Reconciler, "delete", delete)
