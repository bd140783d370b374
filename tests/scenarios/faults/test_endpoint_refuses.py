"""One of a pod's addresses refuses: today's gateway goes on sending there, and an ejection ends that."""

import pytest

from gateway_sim.events import EndpointEjected, RequestRerouted, UpstreamFailed
from gateway_sim.scenarios.faults.endpoint_refuses import EndpointRefuses
from gateway_sim.scenarios.run.runner import run_plan
from gateway_sim.scenarios.sim.errors import SettingsRefused
from tests.scenarios.faults.two_engines import SEEDS, Scene, live, virtual

TWO = {"endpoints": "2", "replicas": "1", "steps": "4"}
EJECTS = {**TWO, "eject_after": "2"}


def played(scene):
    """Play a scene in virtual time."""
    return run_plan(scene.plan("virtual"))


def failures(result):
    """Return the number of requests that met a dead address."""
    return sum(1 for _ in result.trace.of(UpstreamFailed))


def test_a_dead_address_fails_every_second_request_until_it_is_ejected():
    """Two failures in a row; then all requests go to the other one."""
    plain = played(Scene([EndpointRefuses()], settings=TWO))
    ejecting = played(Scene([EndpointRefuses()], settings=EJECTS))
    assert failures(plain) > failures(ejecting) == 2
    (ejected,) = ejecting.trace.of(EndpointEjected)
    assert (ejected.event.address.partition(":")[0], ejected.event.for_s) == ("ingress-0", 30.0)
    assert not list(plain.trace.of(EndpointEjected))


def test_a_gateway_that_may_send_a_request_again_sends_it_to_the_other_address():
    """No strong read is needed: the route is right."""
    result = played(Scene([EndpointRefuses()], gateway="leased-generation", settings=TWO))
    assert result.outcome == "completed"
    assert failures(result) == 0
    assert list(result.trace.of(RequestRerouted))
    assert result.metrics.strong_reads == 0


def test_a_pod_with_one_address_has_none_of_several():
    """The sentence names the setting."""
    with pytest.raises(SettingsRefused, match="set endpoints to 2 or more"):
        played(Scene([EndpointRefuses()]))


SCENES = {
    "today": Scene([EndpointRefuses()], settings={**TWO, "steps": "2"}),
    "ejecting": Scene([EndpointRefuses()], settings={**EJECTS, "steps": "2"}),
    "detour": Scene([EndpointRefuses()], gateway="leased-generation", settings={**TWO, "steps": "2"}),
}


@pytest.mark.slow
def test_the_fault_is_the_same_in_both_engines():
    """What client and gateway see."""
    assert live([(scene, 0) for scene in SCENES.values()]) == [virtual(scene) for scene in SCENES.values()]


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENES)
def test_the_fault_is_the_same_in_both_engines_for_more_seeds(name):
    """By chance of the network, the order of picks differs."""
    scenes = [(SCENES[name], seed) for seed in SEEDS]
    assert live(scenes) == [virtual(scene, seed) for scene, seed in scenes]
