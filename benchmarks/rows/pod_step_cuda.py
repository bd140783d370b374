"""A training step on an accelerator

The same as above, where torch sees a CUDA device. A step of the small models is as long as it takes to launch its
kernels, and the lists of logprobs are seen beside it; of the wide one it is the arithmetic.
"""

from typing import Any, Final

from benchmarks.rows.pod_step import SMALL, Size, budgets, lines, steps

__all__ = ["ONLY_IF_NAMED", "budgets", "lines", "measure"]

ONLY_IF_NAMED: Final = True
FILLING = Size("filling: width 4096, 32 × 512 tokens", 4096, 32, 512, 1, fills=True)


def measure(quick: bool) -> dict[str, Any]:
    """Return for each size and way the median ms a step, its ratio to the bare loop, and the device's name.

    Raises `DeviceMissing` where there is none.
    """
    import torch

    from gateway_sim.trainer_pod.engine import choose_device

    device = choose_device("cuda")
    return {"rows": steps((*SMALL, FILLING), device, quick), "device": torch.cuda.get_device_name()}
