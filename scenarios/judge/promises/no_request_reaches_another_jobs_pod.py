"""Gradients belong to one job."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.judge.routes import deliveries
from gateway_sim.scenarios.sim.trace import Trace


def no_request_reaches_another_jobs_pod(trace: Trace) -> Iterator[Violation]:
    """No request reaches another job's pod, nor a pod of another incarnation."""
    for one in deliveries(trace):
        if one.refused or one.is_misdirected:
            came = "reached" if one.refused else "was sent to"
            yield Violation(f"a request for {one.asked} {came} {one.found}", one.entry.at_s, one.witness)
