"""Adam without the classes of torch.optim: their arithmetic, and not their imports."""

import subprocess
import sys

import pytest
import torch

from gateway_sim.trainer_pod.adam import Adam

A_STEP = """
import sys
import torch
from gateway_sim.trainer_pod.engine import TrainingModel
from gateway_sim.trainer_pod.text import batch
model = TrainingModel("gateway-sim/bytes-32", {"rank": 4}, "cpu")
model.forward_backward(batch(1, 2, 8), "cross_entropy")
model.optim_step({})
assert torch.are_deterministic_algorithms_enabled()
print(*sorted({"torch._dynamo", "torch._inductor", "sympy"} & set(sys.modules)))
"""


@pytest.mark.parametrize("decay", [None, 0.1])
def test_its_steps_are_torchs(decay: float | None) -> None:
    """Several leaves, several steps: the same bytes as torch's own class."""
    ours, theirs = ([torch.linspace(-1, 1, n).requires_grad_() for n in (3, 5)] for _ in range(2))
    kind = torch.optim.Adam if decay is None else torch.optim.AdamW
    reference, adam = kind(theirs, lr=0.1, **({} if decay is None else {"weight_decay": decay})), Adam(ours)
    for step in range(3):
        for one, other in zip(ours, theirs, strict=True):
            one.grad, other.grad = one.detach() + step, other.detach() + step
        adam.step(0.1, decay=decay)
        reference.step()
    assert all(torch.equal(one, other) for one, other in zip(ours, theirs, strict=True))


def test_a_leaf_without_a_gradient_is_named() -> None:
    """It must not take its neighbour's."""
    leaves = [torch.zeros(2).requires_grad_(), torch.zeros(3).requires_grad_()]
    leaves[1].grad = torch.ones(3)
    with pytest.raises(RuntimeError, match=r"shape \(2,\) has no gradient"):
        Adam(leaves).step(0.1)
    assert torch.equal(leaves[1], torch.zeros(3))


def test_its_state_is_on_the_device_of_its_leaves() -> None:
    """torch's fused step refuses another; the device of no data stands for one that this machine may not have."""
    adam = Adam([torch.zeros(2, device="meta")])
    assert {tensor.device.type for tensor in (*adam.exp_avg, *adam.exp_avg_sq, *adam.steps)} == {"meta"}
    assert {tensor.dtype for tensor in adam.steps} == {torch.float32}


@pytest.mark.slow
def test_a_process_that_trains_imports_no_compiler() -> None:
    """It would take as long as torch itself; what is deterministic stays so without."""
    done = subprocess.run([sys.executable, "-c", A_STEP], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
