"""Dagster's concurrency pools with run monitoring and `free_slots_after_run_end_seconds`: a dead run's slot comes back.

Two daemons of Dagster do this, by real time. Here the part does it at the story's time, by the same calls: it reports a
run as failed that gave no sign of life for a lease, and frees the slots of the runs that have failed.
"""

from typing import Any

from gateway_sim.scenarios.orchestration.parts.dagster import Pool, instance_of
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox

port = "limit"
needs = "dagster"
extra = "dagster"

SEEN = "gateway-sim/seen_s"
"""The tag of a run with the second at which it last gave a sign of life."""


class MonitoredPool(Pool):
    """A pool whose runs are monitored; without `lease_s` none is."""

    def __init__(self, instance: Any, name: str, limit: int, lease_s: float | None) -> None:
        super().__init__(instance, name, limit)
        self._lease_s = lease_s

    def take(self, holder: str, now_s: float) -> bool:
        """Claim a slot for a new run; look for dead runs first where none is free."""
        taken = super().take(holder, now_s) or (bool(self.reap(now_s)) and super().take(holder, now_s))
        if taken:
            from dagster import DagsterRun, DagsterRunStatus

            run = DagsterRun(job_name=self.name, run_id=self.run_of(holder), status=DagsterRunStatus.STARTED)
            self.instance.add_run(run.with_tags({SEEN: repr(now_s)}))
        return taken

    def renew(self, holder: str, now_s: float) -> bool:
        """Give a sign of life; False for a run that was reported as failed."""
        if holder not in self.holders():
            return False
        self.instance.add_run_tags(self.run_of(holder), {SEEN: repr(now_s)})
        return True

    def reap(self, now_s: float) -> list[str]:
        """Report silent runs as failed, and free their slots."""
        if self._lease_s is None:
            return []
        gone = []
        for holder in self.holders():
            run = self.instance.get_run_by_id(self.run_of(holder))
            if now_s - float(run.tags[SEEN]) >= self._lease_s:
                self.instance.report_run_failed(run)
                self.instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
                gone.append(holder)
        return gone


def make(sandbox: Sandbox[Any], *, name: str, limit: int, lease_s: float | None) -> MonitoredPool:
    """Make a client of a monitored pool in the sandbox's instance."""
    return MonitoredPool(instance_of(sandbox), name, limit, lease_s)
