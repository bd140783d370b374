"""Every fault does the same in both engines: the same end, and the same kinds of failure on each leg in their order."""

from typing import Any

import pytest

from gateway_sim.scenarios.faults.address import AddressRefuses, AddressSwallows, HalfOpen
from gateway_sim.scenarios.faults.control_plane import ControlPlaneOutage, SlowControlPlane
from gateway_sim.scenarios.faults.gateway_overload import GatewayOverload
from gateway_sim.scenarios.faults.gateway_restart import GatewayRestart, ReplicaRestart
from gateway_sim.scenarios.faults.next_reply import DelayedReply, LostReply
from gateway_sim.scenarios.faults.no_strong_read import (
    DaxInFront,
    GlobalTableReplica,
    IndexLookup,
    PrimaryPartition,
)
from gateway_sim.scenarios.faults.pod_errors import PodErrors
from gateway_sim.scenarios.faults.stale_route import StaleRoute
from tests.scenarios.faults.two_engines import SEEDS, Scene, live, virtual

IMPATIENT = {"upstream_silent_s": "2"}
NEW_EACH_STEP = {"keepalive_s": "0.2", "think_s": "0.5"}
ONE_REPLICA = {"replicas": "1"}
OVERLOAD = GatewayOverload(for_s=2.0, per_s=0.01, retry_after_s=1.0)
OVERLOAD_BY_DATE = GatewayOverload(for_s=2.0, per_s=0.01, status=503, retry_after_s=1.0, told="date")
HIDDEN = StaleRoute(for_s=1.6)

SCENES = {
    "gateway-restart": Scene([GatewayRestart(for_s=2.0)]),
    "replica-restart": Scene([ReplicaRestart(for_s=1.0, replica=number) for number in (0, 2)]),
    "stale-route": Scene([StaleRoute(for_s=2.0)]),
    "delayed-reply": Scene([DelayedReply("forward_backward", by_s=1.5)]),
    "lost-reply": Scene([LostReply("optim_step")]),
    "control-plane-outage": Scene([ControlPlaneOutage(for_s=2.0)], after_step=0),
    "slow-control-plane": Scene([SlowControlPlane(by_s=1.0, for_s=5.0)], after_step=0),
    "dax-in-front": Scene([HIDDEN, DaxInFront(for_s=3.0)], gateway="leased-generation"),
    "global-table-replica": Scene([HIDDEN, GlobalTableReplica(for_s=3.0)], gateway="leased-generation"),
    "index-lookup": Scene([HIDDEN, IndexLookup(for_s=3.0)], gateway="leased-generation"),
    "primary-partition": Scene([HIDDEN, PrimaryPartition(for_s=3.0)], gateway="leased-generation"),
    "address-refuses": Scene([AddressRefuses(for_s=2.0)]),
    "address-refuses, the gateway's": Scene([AddressRefuses(for_s=2.0, of="gateway")]),
    "address-swallows": Scene([AddressSwallows(for_s=4.0)], settings=IMPATIENT),
    "address-swallows, the gateway's": Scene([AddressSwallows(for_s=6.5, of="gateway")], settings=NEW_EACH_STEP),
    "half-open": Scene([HalfOpen()], settings=IMPATIENT),
    "gateway-overload": Scene([OVERLOAD], client="exactly-once", settings=ONE_REPLICA),
    "gateway-overload, a date": Scene([OVERLOAD_BY_DATE], after_step=0, settings=ONE_REPLICA),
    "pod-errors": Scene([PodErrors(for_s=1.5)]),
    "pod-errors, reset": Scene([PodErrors(for_s=1.5, how="reset")]),
    "gateway_retries": Scene([LostReply("optim_step")], settings={"gateway_retries": "1"}),
    "reset_idle_s": Scene(settings={"reset_idle_s": "0.5", "think_s": "1"}),
    "requests_per_connection": Scene(settings={"requests_per_connection": "2"}),
}


@pytest.fixture(scope="module")
def over_sockets() -> dict[str, dict[str, Any]]:
    """What every scene shows live; their worlds wait at the same time."""
    return dict(zip(SCENES, live([(scene, 0) for scene in SCENES.values()]), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENES)
def test_a_fault_is_the_same_in_both_engines(name: str, over_sockets: dict[str, dict[str, Any]]) -> None:
    """What the client and the gateway see of it."""
    assert virtual(SCENES[name]) == over_sockets[name]


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENES)
def test_a_fault_is_the_same_in_both_engines_for_more_seeds(name: str) -> None:
    """Other latencies, other jitter, another replica."""
    assert [virtual(SCENES[name], seed) for seed in SEEDS] == live([(SCENES[name], seed) for seed in SEEDS])
