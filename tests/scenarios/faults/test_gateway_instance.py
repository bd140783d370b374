"""An instance of a user's gateway that is away for some seconds: the next one serves, and it comes back."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway_sim.events import RequestForwarded
from gateway_sim.scenarios.engines.live.gateways.instance import RunningInstance
from gateway_sim.scenarios.faults.gateway_instance import GatewayInstanceDown
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.runner import run_plan
from gateway_sim.scenarios.run.spec import GatewayProgram, RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused, UnknownWord
from gateway_sim.scenarios.sim.events import FaultLifted, GatewayEnded, GatewayStarted
from gateway_sim.scenarios.world.builder import World

APPS = Path(__file__).parents[1] / "engines" / "guest"


def played(act: Any, **program: Any) -> Any:
    """Train in the healthy race behind a gateway of the test's, and do an act as the job runs."""
    own = GatewayProgram(**program) if program else None
    plan = race_plan(RunSpec("healthy", own_gateway=own, settings={"optim_step_s": "2"}))

    async def play(world: World) -> None:
        await world.start_job()
        training = world.start_training()
        act(world)
        await training

    return run_plan(replace(plan, race=replace(plan.race, play=play)))


@pytest.mark.slow
@pytest.mark.parametrize("how", ["kill", "stop"])
def test_an_instance_is_away_and_comes_back_at_its_address(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """Meanwhile the other instances serve, and the run goes on."""
    monkeypatch.chdir(APPS)
    fault = GatewayInstanceDown(for_s=3.0, instance=1, how=how)
    result = played(lambda world: world.inject(fault), app="gateway_apps:fixed")
    ended = next(result.trace.of(GatewayEnded))
    back = [entry for entry in result.trace.of(GatewayStarted) if entry.event.replica == "gw-1"][1]
    lifted = next(result.trace.of(FaultLifted))
    assert ended.event.replica == "gw-1"
    assert ended.at_s + 3.0 <= lifted.at_s + 0.1
    assert lifted.at_s <= back.at_s
    served = [e.event.replica for e in result.trace.of(RequestForwarded) if ended.at_s < e.at_s < back.at_s]
    assert "gw-1" not in served
    assert result.outcome == "completed"


def test_a_gateway_without_processes_has_no_instance_that_ends() -> None:
    """This project's own; the sentence names the fault that fits."""
    with pytest.raises(SettingsRefused, match=r"name it with --gateway-command; gateway-restart restarts"):
        played(lambda world: world.inject(GatewayInstanceDown(for_s=1.0)))


def test_an_instance_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the numbers that there are."""
    monkeypatch.chdir(APPS)
    with pytest.raises(SettingsRefused, match="instance is 3; the world has 0 to 2"):
        played(lambda world: world.inject(GatewayInstanceDown(for_s=1.0, instance=3)), app="gateway_apps:fixed")


def test_an_instance_that_the_user_runs_is_refused() -> None:
    """The laboratory does not end what it has not started."""

    class Running:
        instances = (RunningInstance("gw-0", "http://127.0.0.1:9", {}, None),)

    world: Any = Running()
    with pytest.raises(SettingsRefused, match="gateway instance gw-0 is run by you"):
        GatewayInstanceDown(for_s=1.0).begin(world)


def test_an_end_of_another_kind_is_no_setting() -> None:
    """kill or stop."""
    with pytest.raises(UnknownWord, match="did you mean kill"):
        GatewayInstanceDown(for_s=1.0, how="kil")
