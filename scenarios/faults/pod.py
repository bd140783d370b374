"""A pod that ends or stops without a word; both strike the newest pod of the trained job, if it has one."""

from dataclasses import dataclass
from typing import ClassVar

from gateway_sim.scenarios.world.account import ACCOUNT, JOB
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.fault import Undo


@dataclass(frozen=True)
class PodCrash:
    """The pod's process ends at once, as by SIGKILL; after `for_s` its container starts again with an empty memory.

    Open requests are reset, and new ones refused. Models, results, gradients and optimizer state are gone; checkpoints
    stay. The container starts at the same address, as the same incarnation, unless the control plane has replaced the
    pod by then.
    """

    name: ClassVar[str] = "pod-crash"
    for_s: float | None = None

    def begin(self, world: World) -> Undo:
        """Kill the pod."""
        return world.pod_outages.crash(ACCOUNT, JOB)


@dataclass(frozen=True)
class PodFreeze:
    """The pod's process stops where it is, as by SIGSTOP, and goes on after `for_s`.

    It accepts requests and answers none, and computes nothing. Afterwards everything goes on, unless the control plane
    has replaced the pod by then. For a caller, a pod whose machine is cut off looks the same.
    """

    name: ClassVar[str] = "pod-freeze"
    for_s: float | None = None

    def begin(self, world: World) -> Undo:
        """Freeze the pod."""
        return world.pod_outages.freeze(ACCOUNT, JOB)
