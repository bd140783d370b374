"""A draining pod takes no new run, as far as the gateway's replicas can know."""

from gateway_sim.events import RequestForwarded, RouteBelieved, RouteDraining
from gateway_sim.scenarios.judge.promises.a_draining_pod_takes_no_new_run import a_draining_pod_takes_no_new_run

MARKED = RouteDraining("acme", "job-1", 1)


def sent(path="api/v1/create_session", generation=1, job="job-1"):
    """Return a request that gw-0 sent to a pod."""
    return RequestForwarded("gw-0", "acme", job, "connect", generation, "pod:1", path=path)


def saw(from_s, to_s, stale):
    """Return what gw-0 saw of the route."""
    return RouteBelieved("gw-0", "acme", "job-1", "READY", 1, stale, False, from_s, to_s)


def test_a_session_that_is_sent_to_a_draining_pod_breaks_it(history, broken):
    """The shortest trace: the mark, and a session after it."""
    trace = history((1.0, MARKED), (2.5, sent()))
    words = "gw-0 sent a new run to the pod of generation 1, draining for 1.5 s"
    assert broken(a_draining_pod_takes_no_new_run, trace) == [(2.5, words)]


def test_the_calls_of_a_run_that_is_there_keep_it(history, broken):
    """Also its session from before the mark, sessions of the next pod, and those of another job."""
    others = [sent("api/v1/create_model"), sent("api/v1/optim_step"), sent(generation=2), sent(job="job-2")]
    trace = history((0.5, sent()), (1.0, MARKED), *((2.0, other) for other in others))
    assert broken(a_draining_pod_takes_no_new_run, trace) == []


def test_a_replica_that_does_not_show_the_mark_yet_keeps_it(history, broken):
    """It lags until 3 s; what it sends after that, it sends knowingly."""
    view = ((9.0, saw(0.0, 3.0, stale=True)), (9.0, saw(3.0, 9.0, stale=False)))
    assert broken(a_draining_pod_takes_no_new_run, history((1.0, MARKED), (2.5, sent()), *view)) == []
    begins = (9.0, saw(2.5, 3.0, stale=True))
    assert broken(a_draining_pod_takes_no_new_run, history((1.0, MARKED), (2.5, sent()), begins)) == []
    late = history((1.0, MARKED), (3.0, sent()), *view)
    assert [at_s for at_s, _ in broken(a_draining_pod_takes_no_new_run, late)] == [3.0]
