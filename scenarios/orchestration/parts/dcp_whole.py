"""torch's `distributed.checkpoint.async_save`: only a folder with `.metadata` is a checkpoint.

torch writes `.metadata` last and by a rename, and by default it copies the tensors before `async_save` returns.
"""

from typing import Any

from gateway_sim.scenarios.orchestration.parts.dcp import DcpCheckpoints, folder_of
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox

port = "checkpoints"
needs = "torch"
extra = "lab"


def make(sandbox: Sandbox[Any], *, name: str) -> DcpCheckpoints:
    """Make a client that looks for `.metadata`."""
    return DcpCheckpoints(folder_of(sandbox, name), whole=True)
