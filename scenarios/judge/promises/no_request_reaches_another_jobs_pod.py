"""Gradients belong to one job."""

from __future__ import annotations

from collections.abc import Iterator

from control_plane.events import PodPlaced
from gateway_sim.events import RequestForwarded
from scenarios.judge.promises import Violation
from scenarios.sim.trace import Trace
from trainer_pod.events import RequestMisdirected


def no_request_reaches_another_jobs_pod(trace: Trace) -> Iterator[Violation]:
    """No request reaches another job's pod, nor a pod of another incarnation.

    A pod that is reached by mistake says so; where each request went, and who lives there, tells it of one that does
    not look.
    """
    lives: dict[str, str] = {}
    for entry in trace.of(PodPlaced, RequestForwarded, RequestMisdirected):
        event = entry.event
        if isinstance(event, PodPlaced):
            lives[event.address] = f"{event.account}/{event.job}@{event.incarnation}"
        elif isinstance(event, RequestForwarded):
            asked = f"{event.account}/{event.job}@{event.generation}"
            found = lives.get(event.address, asked)
            if found != asked:
                yield Violation(f"a request for {asked} was sent to {found}", entry.at_s)
        else:
            here = f"{event.account}/{event.job}@{event.incarnation}"
            yield Violation(f"a request for {event.asked} reached {here}", entry.at_s)
