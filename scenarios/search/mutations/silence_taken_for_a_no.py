"""A client that gives up when the control plane cannot answer."""

from gateway_sim.client.retry_policies import After, AskControlPlane
from gateway_sim.client.retry_policies.blanket_404 import Blanket404
from gateway_sim.scenarios.search.mutations import Guard, returning

part = "client policy blanket-404"
guards = [Guard("control-plane-down", "blanket-404", "not-found", "the run finishes")]
break_it = returning(Blanket404, "on_failure", AskControlPlane(then=After(2.0, 2.0)))
