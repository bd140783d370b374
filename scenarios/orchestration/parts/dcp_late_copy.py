"""torch's `distributed.checkpoint.async_save` with a stager that copies in a thread, for which training does not wait.

Only a folder with `.metadata` is a checkpoint, and it holds the weights of a later step than its loader's position.
"""

from typing import Any

from gateway_sim.scenarios.orchestration.parts.dcp import DcpCheckpoints, folder_of
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox

port = "checkpoints"
needs = "torch"
extra = "lab"


def make(sandbox: Sandbox[Any], *, name: str) -> DcpCheckpoints:
    """Make a client whose tensors are copied late."""
    return DcpCheckpoints(folder_of(sandbox, name), whole=True, late=True)
