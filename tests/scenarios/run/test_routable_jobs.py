"""ROUTABLE: reported once every gateway replica has acknowledged the generation, and not before."""

from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec


def told(result, name):
    """Return when, and with which incarnation, an event of this name happened."""
    return [(entry.at_s, entry.event.incarnation) for entry in result.trace.entries if entry.name == name]


def test_a_job_is_routable_when_the_last_replica_sees_it():
    """RUNNING at 1 s, the last replica 4 s later, and a look each quarter second."""
    result = run(RunSpec("fresh-route", "exactly-once", "not-found"))
    ((at_s, incarnation),) = told(result, "JobRoutable")
    assert incarnation == 1
    assert 5.0 <= at_s <= 5.3


def test_a_job_whose_route_never_reaches_all_is_running_and_never_routable():
    """However long it trains; a gateway whose strong reads heal its replicas makes it so all the same."""
    result = run(RunSpec("route-never-appears", "exactly-once", "not-found"))
    assert (result.outcome, told(result, "JobRoutable")) == ("completed", [])
    healed = run(RunSpec("route-never-appears", "exactly-once", "leased-generation"))
    assert len(told(healed, "JobRoutable")) == 1


def test_each_incarnation_is_acknowledged_for_itself():
    """The old one's acknowledgement says nothing of the new one's route."""
    result = run(RunSpec("preempted-not-gone", "exactly-once", "not-found"))
    assert [incarnation for _, incarnation in told(result, "JobRoutable")] == [1, 2]
