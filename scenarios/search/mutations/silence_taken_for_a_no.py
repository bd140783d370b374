"""A client that gives up when the control plane cannot answer."""

from client.retry_policies import After, AskControlPlane
from client.retry_policies.blanket_404 import Blanket404
from client.sdk.failures import Failure
from scenarios.search.mutations import Guard, Whole, replacing

part = "client policy blanket-404"
guards = [Guard("control-plane-down", "blanket-404", "not-found", "the run finishes")]


@replacing(Blanket404, "on_failure")
def break_it(_: Whole, self: Blanket404, failure: Failure, attempt: int) -> AskControlPlane:
    """Ask before each retry."""
    return AskControlPlane(then=After(2.0, 2.0))
