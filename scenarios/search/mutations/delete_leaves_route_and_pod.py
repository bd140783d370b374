"""A control plane that marks a job DELETED and leaves its route and pod."""

from gateway_sim.control_plane.jobs.reconciler import Reconciler
from gateway_sim.control_plane.jobs.states import Job, JobEvent
from gateway_sim.scenarios.search.mutations import Guard, Original, replacing

part = "control plane"
guards = [Guard("job-deleted", "plain", "not-found", "a gone job fails fast", prevents=True)]


@replacing(Reconciler, "delete")
async def break_it(_: Original, self: Reconciler, account: str, name: str) -> Job:
    """Change the state, and nothing else."""
    return self._put(self.get(account, name).after(JobEvent.DELETE))
