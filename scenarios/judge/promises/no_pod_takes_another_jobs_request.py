"""A request that goes astray must be turned away where it arrives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from control_plane.events import PodPlaced
from gateway_sim.events import RequestForwarded
from scenarios.judge.promises import Violation
from scenarios.sim.trace import Trace
from trainer_pod.events import PodStopped, RequestMisdirected


def no_pod_takes_another_jobs_request(trace: Trace) -> Iterator[Violation]:
    """No pod takes another job's request: each one that was sent to the wrong pod was turned away by it.

    Gateways may send astray while an address changes hands; a gradient must not land there (ORCHESTRATION §4 C2).
    """
    lives: dict[str, str] = {}
    open_: Counter[tuple[str, str]] = Counter()
    last_s: dict[tuple[str, str], float] = {}
    for entry in trace.of(PodPlaced, PodStopped, RequestForwarded, RequestMisdirected):
        event = entry.event
        if isinstance(event, PodPlaced):
            lives[event.address] = f"{event.account}/{event.job}@{event.incarnation}"
        elif isinstance(event, PodStopped):
            gone = f"{event.account}/{event.job}@{event.incarnation}"
            lives = {address: pod for address, pod in lives.items() if pod != gone}
        elif isinstance(event, RequestForwarded):
            asked = f"{event.account}/{event.job}@{event.generation}"
            found = lives.get(event.address, asked)
            if found != asked:
                open_[asked, found] += 1
                last_s[asked, found] = entry.at_s
        else:
            open_[event.asked, f"{event.account}/{event.job}@{event.incarnation}"] -= 1
    for (asked, found), taken in open_.items():
        if taken > 0:
            yield Violation(f"{found} took {taken} requests for {asked}", last_s[asked, found])
