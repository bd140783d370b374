"""Gradients belong to one job."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.oracles import Violation
from scenarios.world.trace import Trace
from trainer_pod.events import RequestMisdirected


def no_request_reaches_another_jobs_pod(trace: Trace) -> Iterator[Violation]:
    """No request reaches another job's pod, nor a pod of another incarnation."""
    for entry in trace.of(RequestMisdirected):
        pod = entry.event
        yield Violation(f"a request for {pod.asked} reached {pod.account}/{pod.job}@{pod.incarnation}", entry.at_s)
