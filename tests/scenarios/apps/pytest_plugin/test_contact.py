"""A client's requests as the gateway saw them, and why a race did not take place."""

import pytest

from gateway_sim.client.events import CallAnswered, CallSent
from gateway_sim.events import RequestForwarded, RequestRefused, RequestRerouted, RouteMissed
from gateway_sim.route_table import RouteKey
from gateway_sim.scenarios.apps.pytest_plugin.contact import Contact, contact
from gateway_sim.scenarios.apps.pytest_plugin.not_exercised import why_not_exercised
from gateway_sim.scenarios.sim.events import FaultInjected, FaultLifted, StepAcknowledged
from gateway_sim.scenarios.sim.trace import Entry, Trace
from gateway_sim.scenarios.world.settings import Settings

JOB = RouteKey("acme", "job-1")
LAGGING = {"gw-0": None, "gw-1": 4.0}
FRESH = {"gw-0": None, "gw-1": None}
SETTINGS = Settings(replicas=2, stale=1, lag_s=2.0, fault_s=3.0, forward_backward_s=0.2)


def sent(path="/api/v1/create_session", leg="connect"):
    """Return a request of the client."""
    return CallSent(leg, path, None, None)


def forwarded(replica, connection="c:1", job="job-1"):
    """Return a request that went to a pod."""
    return RequestForwarded(replica, "acme", job, "connect", 1, "pod:1", connection)


def missed(replica, connection="c:1", job="job-1"):
    """Return a request whose route was not seen."""
    return RouteMissed(replica, "acme", job, "connect", connection)


def refused(replica, status, slug, connection="c:1"):
    """Return a refusal of the gateway."""
    return RequestRefused(replica, "connect", status, slug, connection)


def traced(*events):
    """Return a trace in which one event a second happened, from 5 s on."""
    trace = Trace()
    trace.entries = [Entry(5.0 + second, "a part", event) for second, event in enumerate(events)]
    return trace


def read(*events, lags=LAGGING) -> Contact:
    """Return the contact that these events show."""
    return contact(traced(*events), JOB, lags)


def why(*events, lags=LAGGING, must_reach=(RouteMissed,)) -> list[str]:
    """Return the reasons why the race of these events did not take place."""
    trace = traced(*events)
    return list(why_not_exercised(contact(trace, JOB, lags), trace, must_reach, SETTINGS))


def test_a_request_is_counted_once_whatever_the_gateway_did_for_it():
    """Missed, looked up and forwarded is one request, also where a detour led to another pod."""
    found = read(
        sent(), missed("gw-1"), forwarded("gw-1"),
        sent(), missed("gw-1"), refused("gw-1", 404, "route-not-found"),
        sent(), forwarded("gw-0", "c:2"), RequestRerouted("gw-0", "pod:1", "c:2"), forwarded("gw-0", "c:2"),
        sent(), forwarded("gw-1"),
    )  # fmt: skip
    assert (found.sent, dict(found.asked), len(found.connections)) == (4, {"gw-1": 3, "gw-0": 1}, 2)
    assert found.first_asked_s == {"gw-1": 6.0, "gw-0": 12.0}
    assert found.text() == (
        "the client sent 4 requests, the first at 5.000 s; 4 requests for acme/job-1 reached a replica over "
        "2 connections: gw-0 1 (does not lag), gw-1 3 (lagged until 4.000 s)"
    )


@pytest.mark.parametrize(
    ("events", "lags", "reason"),
    [
        ([], LAGGING, "the client sent no request: give it live_stack.base_url, live_stack.trainer_url or "
                      "live_stack.environ"),
        ([sent("/v1/accounts", "control"), CallAnswered("control", "/v1/accounts", 200, None)], LAGGING,
         "the client asked the control plane only, and sent no training request through the gateway"),
        ([sent(), refused("gw-0", 401, "unknown-key")], LAGGING,
         "a request was refused with 401 unknown-key, before a replica looked for acme/job-1: "
         "give the client live_stack.api_key"),
        ([sent(), refused("gw-0", 403, "foreign-account")], LAGGING,
         "a request was refused with 403 foreign-account, before a replica looked for acme/job-1: "
         "give the client live_stack.api_key and live_stack.account"),
        ([sent("/v1/x", "control"), CallAnswered("control", "/v1/x", 404, None)], LAGGING,
         "a request was refused with 404 by the control plane, before a replica looked for acme/job-1: "
         "check the path, live_stack.account and live_stack.job"),
        ([sent(), missed("gw-1", job="job-7"), refused("gw-1", 404, "route-not-found")], LAGGING,
         "the client asked for acme/job-7, and the stack's job is acme/job-1: use live_stack.job"),
        ([sent(), forwarded("gw-0"), sent(), forwarded("gw-0")], LAGGING,
         "no request reached a replica that lags (gw-1): the client kept 1 connection, and each stays at its replica; "
         'set balance="per-request", or stale=2, so that every replica lags'),
        ([sent(), forwarded("gw-1")], LAGGING,
         "gw-1 was first asked at 6.000 s, and its lag was over at 4.000 s: set a lag_s above 2"),
        ([sent(), forwarded("gw-1")], FRESH,
         "no replica lags (stale=0), and no fault had begun when the test ended, after 0 acknowledged steps: "
         "set stale and lag_s, or train all 3 of live_stack.batches"),
        ([sent(), forwarded("gw-1"), FaultInjected("stale-route"), FaultLifted("stale-route")], FRESH,
         "stale-route lasted from 7.000 s to 8.000 s, and no request needed the route meanwhile: set a "
         "forward_backward_s above 0.2, so that the client still waits for a result then, or a fault_s above 3"),
    ],
)  # fmt: skip
def test_a_race_without_a_miss_says_why_and_what_to_change(events, lags, reason):
    """Each reason has a remedy of its own."""
    assert why(*events, lags=lags) == [reason]


def test_a_race_of_steps_says_which_step_is_missing():
    """None was acknowledged, or the test ended before the race's moment."""
    asked = (sent(), forwarded("gw-0"))
    assert why(*asked, must_reach=[StepAcknowledged]) == [
        "no optimizer step was acknowledged before the test ended: train a step, and poll for its result"
    ]
    assert why(*asked, StepAcknowledged(1), must_reach=[FaultLifted]) == [
        "the test ended after 1 acknowledged step, before the race came to its moment: train all of live_stack.batches"
    ]
