"""An exactly-once that repeats a refused call as a new one: another poll, another seq_id."""

from typing import Any

from client.exactly_once.calls import ExactlyOnceCalls
from client.retry_policies import After
from client.retry_policies.exactly_once import ExactlyOnce
from client.sdk.failures import Failure
from scenarios.search.mutations import Guard, Put

part = "client policy exactly-once"
guards = [
    Guard("poll-404", "exactly-once", "not-found", "no step is applied twice"),
    Guard("chunked-batch", "exactly-once", "not-found", "no step is applied twice"),
]


def break_it(put: Put) -> None:
    """Retry the whole call, as the PR does."""

    async def once(self: ExactlyOnceCalls, route: str, body: Any, *, seq_id: int | None = None) -> object:
        return await self._pooled.post(route, body, seq_id=seq_id)

    async def poll_once(self: ExactlyOnceCalls, request_id: str, request_type: str, roundtrip_s: float) -> object:
        return await self._pooled.retrieve(request_id, request_type, roundtrip_s)

    def again(self: ExactlyOnce, failure: Failure, attempt: int) -> After:
        return After(1.0, 1.0)

    put(ExactlyOnceCalls, "post", once)
    put(ExactlyOnceCalls, "retrieve", poll_once)
    put(ExactlyOnce, "on_failure", again)
