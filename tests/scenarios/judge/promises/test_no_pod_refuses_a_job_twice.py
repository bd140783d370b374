"""No pod refuses a job twice: one request may go astray, the next of that replica must not follow it."""

from gateway_sim.control_plane.events import PodPlaced
from gateway_sim.events import RequestForwarded
from gateway_sim.scenarios.judge.promises.no_pod_refuses_a_job_twice import no_pod_refuses_a_job_twice
from gateway_sim.trainer_pod.events import RequestMisdirected

OURS = PodPlaced("acme", "job-1", 1, "pod:1")
STRANGERS = PodPlaced("acme", "job-2", 1, "pod:1")
TURNED_AWAY = RequestMisdirected("acme", "job-2", 1, "acme/job-1@1")


def sent(replica="gw-0", address="pod:1"):
    """Return a request for the first incarnation of our job."""
    return RequestForwarded(replica, "acme", "job-1", "dispatch", 1, address)


def test_a_second_request_to_the_strangers_pod_breaks_it(history, broken):
    """The violation stands at the second, and says who sent it where."""
    trace = history((1.0, OURS), (2.0, STRANGERS), (3.0, sent()), (3.1, TURNED_AWAY), (4.0, sent()))
    told = "gw-0 sent a request for acme/job-1@1 to acme/job-2@1 again"
    assert broken(no_pod_refuses_a_job_twice, trace) == [(4.0, told)]


def test_the_first_of_each_replica_keeps_it(history, broken):
    """What one replica was told the other cannot know."""
    trace = history(
        (2.0, STRANGERS), (3.0, sent("gw-0")), (3.1, TURNED_AWAY), (4.0, sent("gw-1")), (4.1, TURNED_AWAY)
    )  # fmt: skip
    assert broken(no_pod_refuses_a_job_twice, trace) == []


def test_two_that_were_under_way_together_keep_it(history, broken):
    """The second was sent before the first was answered."""
    trace = history((2.0, STRANGERS), (3.0, sent()), (3.0, sent()), (3.1, TURNED_AWAY), (3.1, TURNED_AWAY))
    assert broken(no_pod_refuses_a_job_twice, trace) == []


def test_a_request_to_ones_own_pod_is_no_stray(history, broken):
    """However often, and also where another job's pod was before."""
    moved = PodPlaced("acme", "job-1", 1, "pod:1")
    trace = history((2.0, STRANGERS), (3.0, sent()), (3.1, TURNED_AWAY), (4.0, moved), (5.0, sent()))
    assert broken(no_pod_refuses_a_job_twice, trace) == []


def test_each_replica_is_held_to_the_refusal_of_its_own_request(history, broken):
    """What another one was told later does not take its place."""
    told = [STRANGERS, sent("gw-0"), TURNED_AWAY, sent("gw-1"), TURNED_AWAY, sent("gw-0")]
    trace = history(*enumerate(told))
    assert [at_s for at_s, _ in broken(no_pod_refuses_a_job_twice, trace)] == [5]
    (found,) = no_pod_refuses_a_job_twice(trace)
    assert found.witness == (trace.entries[2], trace.entries[5])
