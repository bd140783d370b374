"""A replica whose clock is wrong judges leases wrongly: one ahead finds no route, one behind believes an ended one."""

import asyncio
import dataclasses
from pathlib import Path

import pytest

from gateway_sim.control_plane.events import LeaseRenewed
from gateway_sim.events import LeaseExpired, RequestForwarded, RouteBelieved, RoutePublished
from gateway_sim.replicas import Partitioned
from gateway_sim.scenarios.faults.clock_skew import ClockSkew
from gateway_sim.scenarios.faults.control_plane import ControlPlaneOutage
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.runner import run_plan
from gateway_sim.scenarios.run.spec import GatewayProgram, RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.events import StepAcknowledged
from gateway_sim.scenarios.sim.lease_events import ClockSet, LeasesMisjudged
from tests.scenarios.faults.two_engines import SEEDS, Scene, live, virtual

APPS = Path(__file__).parents[1] / "engines" / "guest"
LEASED = {"lease_s": "4", "replicas": "1", "think_s": "0.5", "steps": "4"}
AHEAD = ClockSkew(for_s=3.0, ahead_s=4.0)


def played(*faults, client="plain", gateway="not-found", **settings):
    """Play faults in the healthy race with leases and one replica, from the first step on, in virtual time."""
    return run_plan(Scene(faults, client=client, gateway=gateway, settings=LEASED | settings).plan("virtual"))


def test_a_clock_that_is_ahead_hides_a_sound_route():
    """The lease was renewed in time; today's gateway ends the run with a 404."""
    result = played(AHEAD)
    assert (result.outcome, result.error.status) == ("crashed", 404)
    assert next(result.trace.of(LeaseExpired)).event.replica == "gw-0"
    assert next(result.trace.of(LeasesMisjudged)).event == LeasesMisjudged("gw-0", 1)
    assert "EXPIRED" in {entry.event.seen for entry in result.trace.of(RouteBelieved)}


def test_the_clock_is_right_again_after_the_fault():
    """A client that retries comes through."""
    result = played(AHEAD, client="exactly-once")
    assert result.outcome == "completed"
    assert [entry.event.ahead_s for entry in result.trace.of(ClockSet)] == [4.0, 0.0]


def test_skews_of_one_clock_add_up():
    """Whichever ends first; one ahead and one behind cancel out."""
    result = played(AHEAD, ClockSkew(for_s=1.0, ahead_s=-4.0), client="exactly-once")
    assert [entry.event.ahead_s for entry in result.trace.of(ClockSet)] == [4.0, 0.0, 4.0, 0.0]


def test_a_strong_read_is_believed_whatever_the_clock():
    """Each request costs one while the clock is wrong."""
    result = played(ClockSkew(for_s=None, ahead_s=4.0), gateway="leased-generation")
    expired = [entry for entry in result.trace.entries if entry.name == "LeaseExpired"]
    assert result.outcome == "completed"
    assert result.metrics.strong_reads == len(expired) > 4


def moved_while_cut_off(*faults):
    """Move a job while its replica sees no write any more, and wait until the lease of the old route has ended."""
    words = LEASED | {"steps": "1", "keepalive_s": "0.1", "cooldown_s": "600", "horizon_s": "30"}
    plan = race_plan(RunSpec("healthy", "plain", "not-found", settings=words))

    async def play(world):
        await world.start_job()
        loop = asyncio.get_running_loop()
        for fault in faults:
            world.inject(fault)
        world.replicas[0].cut(Partitioned(loop.time()), loop.time())
        await asyncio.sleep(0.1)
        await world.preempt_job()
        await world.until_running(2)
        await asyncio.sleep(world.settings.lease_s)
        await world.start_training()

    return run_plan(dataclasses.replace(plan, race=dataclasses.replace(plan.race, play=play)))


def test_a_lease_ends_what_a_replica_believes_that_is_cut_off():
    """Without a lease it would send requests to the old address for ever."""
    result = moved_while_cut_off()
    assert list(result.trace.of(LeaseExpired))
    assert not list(result.trace.of(RequestForwarded))
    assert not list(result.trace.of(LeasesMisjudged))


def test_a_clock_that_is_behind_believes_an_ended_lease():
    """Requests go to an address that is not the job's any more."""
    result = moved_while_cut_off(ClockSkew(for_s=None, ahead_s=-60.0))
    old = next(result.trace.of(RoutePublished)).event
    sent = [entry.event for entry in result.trace.of(RequestForwarded)]
    assert sent
    assert {(one.generation, one.address) for one in sent} == {(1, old.address)}
    assert next(result.trace.of(LeasesMisjudged)).event.times == len(sent)


@pytest.mark.parametrize(("gateway", "outcome"), [("not-found", "crashed"), ("leased-generation", "completed")])
def test_an_outage_of_the_control_plane_that_outlasts_a_lease_ends_sound_routes(gateway, outcome):
    """The known cost of leases, which a strong read does not pay; every clock is right."""
    result = played(ControlPlaneOutage(for_s=20.0), gateway=gateway, steps="8", think_s="1")
    assert result.outcome == outcome
    assert list(result.trace.of(LeaseExpired))
    assert not list(result.trace.of(LeasesMisjudged))
    began_s = next(result.trace.of(StepAcknowledged)).at_s
    assert not [entry for entry in result.trace.of(LeaseRenewed) if entry.at_s > began_s]


@pytest.mark.parametrize("lag_s", ["2", "8"])
def test_a_replica_that_lags_sees_valid_routes_if_lag_and_renewal_fit_into_the_lease(lag_s):
    """A lease of 6 s is renewed every 2 s, so that a lag of up to 4 s leaves a valid copy."""
    words = {"lease_s": "6", "stale": "1", "lag_s": lag_s, "think_s": "2"}
    result = played(client="exactly-once", **words, start_s="1")
    seen = {entry.event.seen for entry in result.trace.of(RouteBelieved)}
    assert ("EXPIRED" in seen) == (lag_s == "8")


def test_a_fault_that_changes_nothing_is_refused():
    """Without a lease no clock counts; a replica must exist."""
    with pytest.raises(SettingsRefused, match="clock-skew has no effect without a lease; set lease_s"):
        played(AHEAD, lease_s="0")
    with pytest.raises(SettingsRefused, match="replica is 3; the world has 0 to 2"):
        played(ClockSkew(for_s=1.0, replica=3), replicas="3")


@pytest.mark.slow
def test_the_clock_of_a_users_own_gateway_is_not_ours_to_set(monkeypatch):
    """The sentence says why."""
    monkeypatch.chdir(APPS)
    with pytest.raises(SettingsRefused, match="this project's gateway, whose clocks the laboratory sets; it cannot"):
        run_plan(race_plan(RunSpec("skewed-lease", own_gateway=GatewayProgram(app="gateway_apps:fixed"))))


def test_a_lease_is_none_or_a_second_at_least():
    """A shorter one would be renewed all the time."""
    with pytest.raises(SettingsRefused, match=r"lease_s is 0\.5; it must be 0, no lease, or 1 or more"):
        played(lease_s="0.5")


SCENES = {
    "today": Scene([AHEAD], settings=LEASED),
    "exactly-once": Scene([AHEAD], client="exactly-once", settings=LEASED),
    "leased-generation": Scene([AHEAD], gateway="leased-generation", settings=LEASED),
    "outage": Scene([ControlPlaneOutage(for_s=9.0)], settings=LEASED | {"lease_s": "3", "think_s": "4"}),
}


@pytest.mark.slow
def test_the_fault_is_the_same_in_both_engines():
    """What client and gateway see."""
    assert live([(scene, 0) for scene in SCENES.values()]) == [virtual(scene) for scene in SCENES.values()]


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENES)
def test_the_fault_is_the_same_in_both_engines_for_more_seeds(name):
    """Other latencies and other jitter."""
    scenes = [(SCENES[name], seed) for seed in SEEDS]
    assert live(scenes) == [virtual(scene, seed) for scene, seed in scenes]
