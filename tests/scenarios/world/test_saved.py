"""The control plane lists what the pods of its world have saved."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from gateway_sim.route_table import inline
from gateway_sim.scenarios.engines.live.engine import LiveEngine
from gateway_sim.scenarios.engines.virtual.engine import VirtualEngine
from gateway_sim.scenarios.sim import clock
from gateway_sim.scenarios.sim.seeds import Seeds
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.saved import saved_by
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.trainer_pod.checkpoints import CheckpointStore
from gateway_sim.trainer_pod.engine import TrainingModel
from gateway_sim.trainer_pod.protocol import LoraConfig


def test_the_oldest_checkpoint_is_first_and_each_says_what_it_is(tmp_path: Path) -> None:
    """Of training and of samplers, of the job's own run and of a further model's; another job's are not among them."""
    adapted = TrainingModel("gateway-sim/bytes-32", LoraConfig(rank=2), "cpu")
    whole = TrainingModel("gateway-sim/bytes-32", LoraConfig(rank=0), "cpu")
    own = CheckpointStore(str(tmp_path), "acme", "job-1")
    own.save(adapted, "two")
    CheckpointStore(str(tmp_path), "acme", "job-1", run="session-1-1:train:1").save(whole, "two")
    own.save(adapted, "one", "sampler_weights")
    CheckpointStore(str(tmp_path), "acme", "job-2").save(adapted, "other")
    listed = saved_by(SimpleNamespace(checkpoint_root=str(tmp_path)), inline)  # type: ignore[arg-type]
    found = clock.run(listed("acme", "job-1"))
    assert [(one.run, one.name, one.resumable, one.lora) for one in found] == [
        ("", "two", True, True),
        ("session-1-1:train:1", "two", True, False),
        ("", "one", False, True),
    ]
    assert clock.run(listed("acme", "job-3")) == []


@pytest.mark.parametrize("of", ["virtual", "live"])
def test_the_pods_of_an_engine_save_where_the_control_plane_looks(of: str) -> None:
    """A pod's configuration and the launcher name the same folder."""

    async def story() -> str:
        trace = Trace()
        engine = VirtualEngine(Seeds(0), trace.emitter) if of == "virtual" else LiveEngine(trace.emitter)
        engine._scratch = "/the/folder"
        return engine.launcher(Settings(), trace.emitter).checkpoint_root

    assert clock.run(story()) == "/the/folder"
