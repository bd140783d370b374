"""No request is sent to an address that is not the job's, once the replica that sends it can know."""

import pytest

from gateway_sim.events import RequestForwarded, RequestRerouted, RoutePublished, RouteWithdrawn, UpstreamFailed
from gateway_sim.scenarios.judge.promises.no_request_is_sent_to_an_address_that_is_not_the_jobs import (
    no_request_is_sent_to_an_address_that_is_not_the_jobs,
)

OLD = RoutePublished("acme", "job-1", 1, "pod:1")
NEW = RoutePublished("acme", "job-1", 2, "pod:2")


def sent(generation=1, replica="gw-0"):
    """Return a request that a replica forwards."""
    return RequestForwarded(replica, "acme", "job-1", "dispatch", generation, f"pod:{generation}")


def failed(kind, replica="gw-0"):
    """Return a request to the old address that failed."""
    return UpstreamFailed(replica, "acme", "job-1", "dispatch", "pod:1", kind)


@pytest.mark.parametrize("kind", ["refused", "connect-timeout"])
def test_a_second_request_to_where_no_pod_answered_breaks_it(history, broken, kind):
    """The route had changed by then."""
    trace = history((1.0, OLD), (2.0, NEW), (3.0, sent()), (8.0, failed(kind)), (9.0, sent()))
    told = "gw-0 sent a request for job-1 to pod:1 again, where no pod of the job is"
    assert broken(no_request_is_sent_to_an_address_that_is_not_the_jobs, trace) == [(9.0, told)]


def test_an_address_that_failed_before_the_route_changed_is_judged_by_its_later_failure(history, broken):
    """A short fault of the live pod's address does not excuse requests after its end."""
    before = [(1.0, OLD), (1.1, sent()), (1.2, failed("refused"))]
    trace = history(*before, (2.0, NEW), (3.0, sent()), (8.0, failed("refused")), (9.0, sent()))
    assert [at_s for at_s, _ in broken(no_request_is_sent_to_an_address_that_is_not_the_jobs, trace)] == [9.0]


def test_a_request_to_an_older_generation_than_the_replica_has_sent_to_breaks_it(history, broken):
    """A view that goes back in time."""
    trace = history((1.0, OLD), (2.0, NEW), (3.0, sent(2)), (4.0, sent(1)))
    told = "gw-0 sent a request for job-1 to pod:1, of generation 1, again"
    assert broken(no_request_is_sent_to_an_address_that_is_not_the_jobs, trace) == [(4.0, told)]


@pytest.mark.parametrize("after", [failed("connect-timeout"), RequestRerouted("gw-0", "pod:1")])
def test_a_request_that_goes_to_the_new_address_keeps_it(history, broken, after):
    """The first to the old one could not know."""
    trace = history((1.0, OLD), (2.0, NEW), (3.0, sent()), (8.0, after), (9.0, sent(2)), (10.0, sent(2)))
    assert broken(no_request_is_sent_to_an_address_that_is_not_the_jobs, trace) == []


def test_what_one_replica_met_another_cannot_know(history, broken):
    """Each learns for itself."""
    ended = RouteWithdrawn("acme", "job-1", 1)
    trace = history((1.0, OLD), (2.0, ended), (3.0, sent()), (8.0, failed("refused")), (9.0, sent(replica="gw-1")))
    assert broken(no_request_is_sent_to_an_address_that_is_not_the_jobs, trace) == []


def test_an_address_of_a_live_route_may_be_tried_again(history, broken):
    """Its pod may come back, and a silent pod is still the job's."""
    trace = history((1.0, OLD), (3.0, sent()), (8.0, failed("refused")), (9.0, sent()), (10.0, failed("timeout")))
    assert broken(no_request_is_sent_to_an_address_that_is_not_the_jobs, trace) == []


def test_a_failure_at_the_second_of_the_change_is_one_after_it(history, broken):
    """From then on the replica can know; a failure before it says nothing of the new route."""
    ended = RouteWithdrawn("acme", "job-1", 1)
    trace = history((1.0, OLD), (2.0, ended), (2.0, failed("refused")), (3.0, sent()))
    assert [at_s for at_s, _ in broken(no_request_is_sent_to_an_address_that_is_not_the_jobs, trace)] == [3.0]
    trace = history((1.0, OLD), (1.5, failed("refused")), (2.0, ended), (3.0, sent()))
    assert broken(no_request_is_sent_to_an_address_that_is_not_the_jobs, trace) == []
