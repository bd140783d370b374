"""A client that asks a control plane which cannot answer, and gives up."""

from __future__ import annotations

from client.retry_policies import After, AskControlPlane
from client.retry_policies.blanket_404 import Blanket404
from client.sdk.failures import Failure
from scenarios.search.mutations import Guard, Put

part = "client policy blanket-404"
guards = [Guard("control-plane-down", "blanket-404", "not-found", "the run finishes")]


def break_it(put: Put) -> None:
    """Ask before each retry."""

    def ask(self: Blanket404, failure: Failure, attempt: int) -> AskControlPlane:
        return AskControlPlane(then=After(2.0, 2.0))

    put(Blanket404, "on_failure", ask)
