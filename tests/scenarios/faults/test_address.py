"""Faults of an address: what they ask of a world, and how each way round a dead address ends."""

import dataclasses
from typing import Any

import pytest

from gateway_sim.events import RequestRerouted, UpstreamFailed
from gateway_sim.scenarios.faults.address import AddressRefuses, AddressSwallows, HalfOpen
from gateway_sim.scenarios.faults.gateway_restart import ReplicaRestart
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.result import RaceResult
from gateway_sim.scenarios.run.runner import run, run_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused, UnknownWord
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.fault import Fault
from tests.scenarios.faults.two_engines import Scene, live, virtual


def injected(fault: Fault, before_job: bool = False, **settings: str) -> RaceResult:
    """Play the healthy race with a fault that begins with the script, or before the job."""
    planned = race_plan(RunSpec("healthy", settings=settings))

    async def play(world: World) -> None:
        if before_job:
            world.inject(fault)
        await world.start_job()
        world.inject(fault)
        await world.start_training()

    return run_plan(dataclasses.replace(planned, race=dataclasses.replace(planned.race, play=play)))


def test_a_fault_of_an_address_is_of_the_pod_or_of_the_gateway() -> None:
    """Another word is refused, with the nearest one."""
    with pytest.raises(UnknownWord, match="did you mean gateway"):
        AddressSwallows(of="gatewy")


@pytest.mark.parametrize("fault", [AddressRefuses(1.0), AddressSwallows(1.0), HalfOpen()])
def test_a_job_without_a_pod_has_no_address(fault: Fault) -> None:
    """The sentence says what to do first."""
    with pytest.raises(SettingsRefused, match="the job has no pod yet; start it first"):
        injected(fault, before_job=True)


def test_a_replica_that_is_not_there_or_is_the_only_one_does_not_restart() -> None:
    """The second has a fault of its own."""
    with pytest.raises(SettingsRefused, match="replica is 7; the world has 0 to 2"):
        injected(ReplicaRestart(1.0, replica=7))
    with pytest.raises(SettingsRefused, match="gateway-restart restarts the only one"):
        injected(ReplicaRestart(1.0), replicas="1")


def failures(result: Any) -> set[str]:
    """Return the kinds in which requests to pods failed."""
    return {entry.event.kind for entry in result.trace.of(UpstreamFailed)}


def test_only_a_strong_read_leads_round_an_address_that_swallows_packets() -> None:
    """Today's gateway answers 504 after 5 s, again and again; the other one sends the request to the new pod."""
    today, leased = (run(RunSpec("ghost-address", gateway=gateway)) for gateway in ("not-found", "leased-generation"))
    assert failures(today) == {"connect-timeout"}
    assert not list(today.trace.of(RequestRerouted))
    assert failures(leased) == set()
    assert list(leased.trace.of(RequestRerouted))
    assert leased.metrics.finished_s < today.metrics.finished_s


@pytest.mark.slow
def test_the_way_round_a_ghost_address_is_the_same_live() -> None:
    """A connect timeout of 5 s on real sockets, and the detour."""
    detour = Scene(gateway="leased-generation", race="ghost-address", settings={"lag_s": "8", "steps": "1"})
    (over_sockets,) = live([(detour, 0)])
    assert over_sockets == virtual(detour)
    assert over_sockets["gateway"] == ["rerouted"]
