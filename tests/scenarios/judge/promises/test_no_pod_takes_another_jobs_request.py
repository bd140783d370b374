"""No pod takes another job's request: what goes astray is turned away where it arrives."""

from gateway_sim.control_plane.events import PodPlaced
from gateway_sim.events import RequestForwarded
from gateway_sim.scenarios.judge.promises.no_pod_takes_another_jobs_request import no_pod_takes_another_jobs_request
from gateway_sim.trainer_pod.events import PodStopped, RequestMisdirected

OURS = PodPlaced("acme", "job-1", 1, "pod:1")
THEIRS = PodPlaced("acme", "job-2", 1, "pod:1")
SENT = RequestForwarded("gw-1", "acme", "job-1", "dispatch", 1, "pod:1")
REFUSED = RequestMisdirected("acme", "job-2", 1, "acme/job-1@1")


def test_a_stray_request_that_is_turned_away_keeps_it(history, broken):
    """The address belongs to another job's pod now, which checks the job of each request."""
    trace = history((0.0, OURS), (1.0, SENT), (2.0, THEIRS), (3.0, SENT), (3.1, REFUSED))
    assert broken(no_pod_takes_another_jobs_request, trace) == []


def test_one_that_is_taken_breaks_it(history, broken):
    """Two sent there, one turned away."""
    trace = history((0.0, OURS), (2.0, THEIRS), (3.0, SENT), (3.1, REFUSED), (4.0, SENT))
    assert broken(no_pod_takes_another_jobs_request, trace) == [(4.0, "acme/job-2@1 took 1 requests for acme/job-1@1")]


def test_an_older_incarnation_of_the_same_job_is_another_pod(history, broken):
    """Its gradients are not the new one's."""
    trace = history((0.0, PodPlaced("acme", "job-1", 2, "pod:1")), (1.0, SENT))
    assert broken(no_pod_takes_another_jobs_request, trace) == [(1.0, "acme/job-1@2 took 1 requests for acme/job-1@1")]


def test_where_nobody_lives_nobody_takes_anything(history, broken):
    """A pod that stopped has left its address."""
    trace = history((0.0, THEIRS), (1.0, PodStopped("acme", "job-2", 1)), (2.0, SENT))
    assert broken(no_pod_takes_another_jobs_request, trace) == []


def test_a_refusal_of_one_request_excuses_no_later_one(history, broken):
    """A gateway that repeats a request by itself is refused twice for it."""
    trace = history((0.0, OURS), (2.0, THEIRS), (3.0, SENT), (3.1, REFUSED), (3.2, REFUSED), (4.0, SENT))
    assert broken(no_pod_takes_another_jobs_request, trace) == [(4.0, "acme/job-2@1 took 1 requests for acme/job-1@1")]


def test_every_request_that_is_taken_counts(history, broken):
    """They are told once, with their number."""
    trace = history((2.0, THEIRS), (3.0, SENT), (4.0, SENT), (5.0, SENT))
    assert broken(no_pod_takes_another_jobs_request, trace) == [(5.0, "acme/job-2@1 took 3 requests for acme/job-1@1")]
