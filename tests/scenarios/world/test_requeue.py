"""A requeue: the route is PENDING, the old pod is fenced, its address cools down, and the job runs again."""

from dataclasses import replace

import pytest

from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.runner import run, run_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.events import StepAcknowledged
from gateway_sim.scenarios.world.settings import Settings


def events(result, name):
    """Return the events of this name."""
    return [entry.event for entry in result.trace.entries if entry.name == name]


def test_the_old_pod_refuses_everything_with_421_once_it_is_superseded():
    """It can be reached, and applies nothing."""
    result = run(RunSpec("zombie-pod", "plain", "not-found", seed=1))
    assert result.error is not None
    steps = [event for event in events(result, "StepApplied") if event.incarnation == 1]
    assert len(steps) == 3


@pytest.mark.parametrize(("cooldown_s", "reused"), [("0", True), ("120", False)])
def test_an_address_is_given_away_no_sooner_than_it_has_cooled(cooldown_s, reused):
    """A world may set the cooldown too short, and then another job lives there."""
    result = run(RunSpec("moved-pod", "exactly-once", "not-found", settings={"cooldown_s": cooldown_s}))
    assert bool(events(result, "AddressReused")) is reused


def test_a_late_delete_changes_nothing():
    """It is conditional on the generation that it was for."""
    result = run(RunSpec("late-delete"))
    assert [event.changed for event in events(result, "DeleteCameLate")] == [False]
    assert result.verdict == "kept"


def test_a_world_of_no_clients_is_refused():
    """Someone must train."""
    with pytest.raises(SettingsRefused, match="clients is 0"):
        Settings(clients=0)


def test_a_held_dispatch_is_answered_when_the_next_pod_is_up():
    """PENDING is held by leased-generation: fewer refusals than behind today's gateway."""
    held, today = (
        run_plan(race_plan(RunSpec("preempted-not-gone", "exactly-once", gateway)))
        for gateway in ("leased-generation", "not-found")
    )
    assert held.verdict == today.verdict == "kept"
    assert len(events(held, "RequestRefused")) <= len(events(today, "RequestRefused"))


@pytest.mark.parametrize("verb", ["preempt_job", "drain_job"])
def test_a_job_whose_pod_is_starting_is_moved_once_it_runs(verb):
    """Two preemptions in a row: the second comes while the first one's pod starts."""
    planned = race_plan(RunSpec("healthy", "exactly-once", "not-found"))

    async def play(world):
        await world.start_job()
        run = world.start_training()
        await world.until(StepAcknowledged, step=1)
        await world.preempt_job(0.0)
        await getattr(world, verb)(0.0)
        await run

    result = run_plan(replace(planned, race=replace(planned.race, play=play)))
    assert (result.outcome, [event.incarnation for event in events(result, "PodPlaced")]) == ("completed", [1, 2, 3])
