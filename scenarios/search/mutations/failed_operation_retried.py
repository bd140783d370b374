"""A client that retries a failed operation for ever, as if the device might heal."""

from __future__ import annotations

from client.retry_policies import After
from client.retry_policies.plain import Plain
from client.sdk.failures import Failure
from scenarios.search.mutations import Guard, Put

part = "client policy plain"
guards = [Guard("trainer-broken", "plain", "not-found", "a broken trainer is not masked", {"horizon_s": "60"})]


def break_it(put: Put) -> None:
    """Never give up."""

    def again(self: Plain, failure: Failure, attempt: int) -> After:
        return After(1.0, 1.0)

    put(Plain, "on_failure", again)
