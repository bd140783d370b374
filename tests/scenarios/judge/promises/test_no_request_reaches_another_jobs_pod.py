"""No request reaches another job's pod: told by the pod that looks, and by the route of one that does not."""

from gateway_sim.control_plane.events import PodPlaced
from gateway_sim.events import RequestForwarded
from gateway_sim.scenarios.judge.promises.no_request_reaches_another_jobs_pod import no_request_reaches_another_jobs_pod
from gateway_sim.trainer_pod.events import RequestMisdirected


def forwarded(job, generation, address):
    """Return the gateway's word that it sent a request."""
    return RequestForwarded("gw-0", "acme", job, "dispatch", generation, address)


def test_requests_to_the_pods_that_were_placed_for_them_keep_it(history, broken):
    """Two jobs, and a second incarnation of one."""
    trace = history(
        (0.0, PodPlaced("acme", "job-1", 1, "a:1")),
        (0.0, PodPlaced("acme", "job-2", 1, "b:1")),
        (1.0, forwarded("job-1", 1, "a:1")),
        (1.0, forwarded("job-2", 1, "b:1")),
        (2.0, PodPlaced("acme", "job-1", 2, "c:1")),
        (3.0, forwarded("job-1", 2, "c:1")),
    )
    assert broken(no_request_reaches_another_jobs_pod, trace) == []


def test_a_pod_that_turns_a_request_away_breaks_it(history, broken):
    """It arrived, and should not have."""
    trace = history((2.0, RequestMisdirected("acme", "job-2", 1, "acme/job-1@1")))
    assert broken(no_request_reaches_another_jobs_pod, trace) == [
        (2.0, "a request for acme/job-1@1 reached acme/job-2@1")
    ]


def test_a_request_sent_to_another_jobs_address_breaks_it_whatever_the_pod_says(history, broken):
    """A pod that compares nothing answers it as its own."""
    trace = history((0.0, PodPlaced("acme", "job-2", 1, "b:1")), (2.0, forwarded("job-1", 1, "b:1")))
    assert broken(no_request_reaches_another_jobs_pod, trace) == [
        (2.0, "a request for acme/job-1@1 was sent to acme/job-2@1")
    ]


def test_a_request_for_an_older_incarnation_breaks_it(history, broken):
    """Same job, same address, and yet another pod's work."""
    trace = history(
        (0.0, PodPlaced("acme", "job-1", 1, "a:1")), (5.0, PodPlaced("acme", "job-1", 2, "a:1")),
        (6.0, forwarded("job-1", 1, "a:1")),
    )  # fmt: skip
    assert broken(no_request_reaches_another_jobs_pod, trace) == [
        (6.0, "a request for acme/job-1@1 was sent to acme/job-1@2")
    ]


def test_an_address_that_passed_on_is_its_new_pods(history, broken):
    """Ports are used again; what was right before the move is not judged by it."""
    trace = history(
        (0.0, PodPlaced("acme", "job-1", 1, "a:1")), (1.0, forwarded("job-1", 1, "a:1")),
        (5.0, PodPlaced("acme", "job-2", 1, "a:1")), (6.0, forwarded("job-2", 1, "a:1")),
    )  # fmt: skip
    assert broken(no_request_reaches_another_jobs_pod, trace) == []


def test_an_address_of_which_nothing_is_known_is_nobodys(history, broken):
    """An empty trace, and one that holds the gateway's side alone."""
    assert broken(no_request_reaches_another_jobs_pod, history()) == []
    assert broken(no_request_reaches_another_jobs_pod, history((1.0, forwarded("job-1", 1, "a:1")))) == []
