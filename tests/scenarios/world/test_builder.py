"""How a world ends, and the parts that its settings give it."""

import dataclasses

import pytest

from gateway_sim.control_plane.events import JobWaits
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run, run_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.events import RunHung
from gateway_sim.scenarios.world.account import ACCOUNT, NEIGHBOUR
from gateway_sim.scenarios.world.builder import World


def played(story, **settings: str) -> RunResult:
    """Play a story in the world of the healthy race."""
    planned = race_plan(RunSpec("healthy", settings=settings))
    return run_plan(dataclasses.replace(planned, race=dataclasses.replace(planned.race, play=story)))


@pytest.mark.parametrize("horizon_s", [5.0, 7.25])
def test_a_run_that_has_not_ended_at_the_horizon_hung(horizon_s: float) -> None:
    """It is reported with the seconds and the requests of its clients."""
    result = run(RunSpec("healthy", settings={"horizon_s": str(horizon_s), "think_s": "100"}))
    (hung,) = result.trace.of(RunHung)
    assert (hung.event.after_s, hung.at_s) == (horizon_s, pytest.approx(horizon_s))
    assert hung.event.requests == result.metrics.requests > 0
    assert result.outcome == "hung"


def test_a_run_that_sends_too_many_requests_hung_too() -> None:
    """Before the horizon, with so many requests as the setting allows."""
    result = run(RunSpec("healthy", settings={"most_requests": "6"}))
    (hung,) = result.trace.of(RunHung)
    assert hung.event.requests == 6
    assert 0 < hung.event.after_s < 900


@pytest.mark.parametrize(("quota", "waits"), [("0", 0), ("1", 1), ("2", 0)])
def test_a_world_has_the_quota_of_its_settings(quota: str, waits: int) -> None:
    """A second job waits where the account may have one; 0 is no quota."""

    async def story(world: World) -> None:
        await world.start_job()
        world.reconciler.create(ACCOUNT, NEIGHBOUR)
        await world.start_training()

    result = played(story, quota=quota)
    assert len(list(result.trace.of(JobWaits))) == waits
    assert result.outcome == "completed"
