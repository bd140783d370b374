"""Why the race of a test did not take place, and what to change. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any

from gateway_sim.events import RouteMissed
from gateway_sim.scenarios.apps.pytest_plugin.contact import Contact, counted
from gateway_sim.scenarios.sim.events import FaultInjected, FaultLifted, StepAcknowledged
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.settings import Settings

REMEDIES = {
    "401": "give the client live_stack.api_key",
    "403": "give the client live_stack.api_key and live_stack.account",
    "400": "give the client live_stack.trainer_url as the base URL of the trainer",
    "404": "check the path, live_stack.account and live_stack.job",
}
"""What to change, by the status of a refusal."""


def why_not_exercised(
    found: Contact, trace: Trace, must_reach: Sequence[type[Any]], settings: Settings
) -> Iterator[str]:
    """Yield the reasons why a race did not take place, each with what to change."""
    if found.first_s is None:
        yield "the client sent no request: give it live_stack.base_url, live_stack.trainer_url or live_stack.environ"
        return
    if not found.reached:
        yield from _never_reached(found)
        return
    acknowledged = sum(1 for _ in trace.of(StepAcknowledged))
    if RouteMissed in must_reach and not _missed(found, trace):
        if any(over_s is not None for over_s in found.lag_over_s.values()):
            yield from _no_lagging_replica(found, settings)
        else:
            yield from _no_fault_in_the_way(trace, settings, acknowledged)
    elif StepAcknowledged in must_reach and not acknowledged:
        yield "no optimizer step was acknowledged before the test ended: train a step, and poll for its result"
    else:
        steps = counted(acknowledged, "acknowledged step")
        yield f"the test ended after {steps}, before the race came to its moment: train all of live_stack.batches"


def _missed(found: Contact, trace: Trace) -> bool:
    return any((entry.event.account, entry.event.job) == found.job for entry in trace.of(RouteMissed))


def _never_reached(found: Contact) -> Iterator[str]:
    if found.other_jobs:
        others = ", ".join(sorted(found.other_jobs))
        yield f"the client asked for {others}, and the stack's job is {found.job}: use live_stack.job"
    for answer in found.refused:
        remedy = REMEDIES.get(answer.partition(" ")[0], "see the trace")
        yield f"a request was refused with {answer}, before a replica looked for {found.job}: {remedy}"
    if not found.other_jobs and not found.refused:
        yield "the client asked the control plane only, and sent no training request through the gateway"


def _no_lagging_replica(found: Contact, settings: Settings) -> Iterator[str]:
    """Say why no lagging replica missed the route: none was asked, or only after its lag."""
    lagging = {name: over_s for name, over_s in found.lag_over_s.items() if over_s is not None}
    asked = {name: found.first_asked_s[name] for name in lagging if name in found.first_asked_s}
    if not asked:
        yield (
            f"no request reached a replica that lags ({', '.join(lagging)}): the client kept "
            f"{counted(len(found.connections), 'connection')}, and each stays at its replica; "
            f'set balance="per-request", or stale={settings.replicas}, so that every replica lags'
        )
    for name, at_s in asked.items():
        yield (
            f"{name} was first asked at {at_s:.3f} s, and its lag was over at {lagging[name]:.3f} s: "
            f"set a lag_s above {settings.lag_s:g}"
        )


def _no_fault_in_the_way(trace: Trace, settings: Settings, acknowledged: int) -> Iterator[str]:
    """Say why no fault hid the route: none began, or no request came while it lasted."""
    begun = next(trace.of(FaultInjected), None)
    if begun is None:
        steps = counted(acknowledged, "acknowledged step")
        yield (
            f"no replica lags (stale=0), and no fault had begun when the test ended, after {steps}: "
            f"set stale and lag_s, or train all {settings.steps} of live_stack.batches"
        )
        return
    lifted = next(trace.of(FaultLifted), None)
    until = f"to {lifted.at_s:.3f} s" if lifted else "on"
    yield (
        f"{begun.event.fault} lasted from {begun.at_s:.3f} s {until}, and no request needed the route meanwhile: set a "
        f"forward_backward_s above {settings.forward_backward_s:g}, so that the client still waits for a result then, "
        f"or a fault_s above {settings.fault_s:g}"
    )
