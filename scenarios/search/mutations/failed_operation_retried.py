"""A client that retries a failed operation for ever."""

from client.retry_policies import After
from client.retry_policies.plain import Plain
from client.sdk.failures import Failure
from scenarios.search.mutations import Guard, Whole, replacing

part = "client policy plain"
guards = [Guard("trainer-broken", "plain", "not-found", "a broken trainer is not masked", {"horizon_s": "60"})]


@replacing(Plain, "on_failure")
def break_it(_: Whole, self: Plain, failure: Failure, attempt: int) -> After:
    """Never give up."""
    return After(1.0, 1.0)
