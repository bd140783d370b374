"""An exactly-once that asks the control plane at each refusal, without jitter or rate limit."""

from gateway_sim.client.exactly_once.job_monitor import JobMonitor
from gateway_sim.client.exactly_once.liveness import JobIdentity, JobLiveness, liveness_of
from gateway_sim.scenarios.search.mutations import Guard, Original, StoryGuard, replacing

part = "client policy exactly-once"
guards = [
    Guard("thundering-herd", "exactly-once", "not-found", "the control plane is not stormed"),
    StoryGuard("reclaim-storm", "the control plane refuses no request"),
]


@replacing(JobMonitor, "look")
async def break_it(_: Original, self: JobMonitor, trained: JobIdentity, *, fresh: bool = False) -> JobLiveness:
    """Ask every time."""
    await self._ask()
    return liveness_of(self._last, trained)
