"""A client that takes a reset connection for the end of its call."""

from collections.abc import Callable

from gateway_sim.client.sdk.failures import Failure
from gateway_sim.client.sdk.retry_loops import Loop
from gateway_sim.scenarios.search.mutations import Guard, replacing

part = "client"
guards = [Guard("idle-timeout-reset", "plain", "not-found", "the run finishes")]


@replacing(Loop, "retries_after")
def break_it(original: Callable[[Loop, Failure], bool], loop: Loop, failure: Failure) -> bool:
    """Retry no reset."""
    return failure.kind != "reset" and original(loop, failure)
