"""torch's `DataLoader` with a seeded order, resumed by skipping as many batches as were dealt.

That is right in the first epoch. The order of a later one follows from the generator's state, which is not saved.
"""

from typing import Any

from gateway_sim.scenarios.orchestration.parts.torch_loader import SkippingLoader
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox

port = "loader"
needs = "torch"
extra = "lab"


def make(sandbox: Sandbox[Any], *, rows: int, batch: int, seed: int) -> SkippingLoader:
    """Make a loader whose first order is that of its seed."""
    del sandbox
    return SkippingLoader(rows, batch, seed)
