"""A call that is sent again after its job's route ended, on traces written by hand."""

import pytest

from gateway_sim.client.events import CallAnswered, CallSent
from gateway_sim.events import RoutePublished, RouteWithdrawn
from gateway_sim.scenarios.judge.anomalies.gone_but_retried import gone_but_retried

GONE = RouteWithdrawn("acme", "job-1", 1)
BACK = RoutePublished("acme", "job-1", 2, "http://b")


def answered(leg="poll", status=404, path="/retrieve", request="req-1"):
    """Return an answer to a call."""
    return CallAnswered(leg, path, status, request)


def sent(leg="poll", path="/retrieve", request="req-1"):
    """Return a call."""
    return CallSent(leg, path, None, request)


@pytest.mark.parametrize("leg", ["connect", "dispatch", "sample", "poll"])
@pytest.mark.parametrize("status", [404, 410, 503])
def test_a_refused_call_that_is_sent_again_shows_it(history, leg, status):
    """Once for each time, with the tombstone, the refusal and the call as witness."""
    trace = history(*enumerate([GONE, answered(leg, status), sent(leg), sent(leg)]))
    (found,) = gone_but_retried(trace)
    assert found.message == f"answered {status}, and sent again 2.000 s after the job's route had ended"
    assert (found.at_s, found.witness) == (2, tuple(trace.entries[:3]))


@pytest.mark.parametrize(
    "told",
    [
        [answered(), sent()],
        [answered(), GONE, sent()],
        [GONE, answered(), BACK, sent()],
        [GONE, answered(), BACK, RouteWithdrawn("acme", "job-1", 2), sent()],
        [GONE, answered(status=200), sent()],
        [GONE, answered(leg="heartbeat"), sent(leg="heartbeat")],
        [GONE, answered(leg="health"), sent(leg="health")],
        [GONE, answered(), sent(request="req-2")],
        [GONE, answered(), sent(path="/optim_step")],
    ],
)
def test_what_does_not_show_it(history, told):
    """The route had not ended or is back, the answer was no refusal, or another call was sent."""
    assert list(gone_but_retried(history(*enumerate(told)))) == []


def test_of_two_jobs_the_tombstone_is_the_newest(history):
    """The time since the route ended is counted from it."""
    other = RouteWithdrawn("acme", "job-0", 1)
    (found,) = gone_but_retried(history((0.0, GONE), (5.0, other), (6.0, answered()), (7.0, sent())))
    assert found.message.endswith("sent again 2.000 s after the job's route had ended")
    assert found.witness[0].event == other
