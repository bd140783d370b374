"""A client that puts words in the trainer's mouth: whatever it says of its failure, the user hears "not found"."""

from __future__ import annotations

from typing import Any

from client.sdk.calls import SdkCalls
from client.sdk.errors import NotFoundError, RequestFailedError
from scenarios.search.mutations import Guard, Put

part = "client"
guards = [Guard("trainer-broken", "plain", "not-found", "a broken trainer is not masked")]


def break_it(put: Put) -> None:
    """Reword it."""
    retrieve = SdkCalls.retrieve

    async def reworded(self: SdkCalls, *asked: Any) -> object:
        try:
            return await retrieve(self, *asked)
        except RequestFailedError as error:
            raise NotFoundError("Trainer job not found or not running") from error

    put(SdkCalls, "retrieve", reworded)
