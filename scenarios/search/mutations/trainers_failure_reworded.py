"""A client that replaces the trainer's error message with "not found"."""

from typing import Any

from gateway_sim.client.sdk.calls import SdkCalls
from gateway_sim.client.sdk.errors import NotFoundError, RequestFailedError
from gateway_sim.scenarios.search.mutations import Guard, Original, replacing

part = "client"
guards = [Guard("trainer-broken", "plain", "not-found", "a broken trainer is not masked")]


@replacing(SdkCalls, "retrieve")
async def break_it(retrieve: Original, self: SdkCalls, *asked: Any) -> object:
    """Replace the error."""
    try:
        return await retrieve(self, *asked)
    except RequestFailedError as error:
        raise NotFoundError("Trainer job not found or not running") from error
