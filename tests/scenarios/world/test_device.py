"""What pods compute on: virtual ones on the CPU wherever they are, live ones on the best there is."""

import pytest
import torch

from gateway_sim.scenarios.engines.live.engine import LiveEngine
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.settings import Settings

HEALTHY = RunSpec("healthy", "plain", "not-found")


def test_a_virtual_run_is_the_same_on_a_machine_with_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its pods and the undisturbed run beside them stay on the CPU, weights and all."""
    here = run(HEALTHY)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    there = run(HEALTHY)
    assert there.verdict == here.verdict == "kept"
    assert there.digest == here.digest


@pytest.mark.parametrize(("has_cuda", "device"), [(True, "cuda"), (False, "cpu")])
def test_live_pods_take_cuda_where_there_is_one(monkeypatch: pytest.MonkeyPatch, has_cuda: bool, device: str) -> None:
    """The undisturbed run is computed on what they choose, unless the settings name another."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_cuda)
    engine = LiveEngine(Trace().emitter)
    assert engine.device(Settings()) == device
    assert engine.device(Settings(device="cpu")) == "cpu"


def test_a_device_that_is_not_here_is_refused_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said what to take."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SettingsRefused, match="torch sees no CUDA device here; take cpu, or auto"):
        run(RunSpec("healthy", "plain", "not-found", settings={"device": "cuda"}))
    with pytest.raises(SettingsRefused, match="must be one of auto, cpu, cuda"):
        Settings(device="tpu")
