"""No busy polling: twenty requests a second for one future, and no more."""

import pytest

from gateway_sim.client.events import CallSent
from gateway_sim.scenarios.judge.limits import BUSY_PER_S
from gateway_sim.scenarios.judge.promises.no_busy_polling import no_busy_polling

POLL = CallSent("poll", "/api/v1/retrieve_future", None, "req-1-3")
STEP = CallSent("dispatch", "/api/v1/optim_step", 4, None)
PROBE = CallSent("dispatch", "/api/v1/get_info", None, None)


def sent(call, times, within_s, since_s=0.0):
    """Return a call sent so many times, evenly from `since_s` on, the last just before the time is over."""
    return [(since_s + within_s * n / times, call) for n in range(times)]


@pytest.mark.parametrize("call", [POLL, STEP, PROBE], ids=["a result", "a request", "a page"])
def test_twenty_within_a_second_keep_it_and_one_more_breaks_it(history, broken, call):
    """Whatever the future is known by: its request id, its seq_id, or its path alone."""
    name = call.request_id or (f"{call.path}#{call.seq_id}" if call.seq_id else call.path)
    assert broken(no_busy_polling, history(*sent(call, BUSY_PER_S, 1.0))) == []
    assert broken(no_busy_polling, history(*sent(call, BUSY_PER_S + 1, 1.0))) == [
        (pytest.approx(20 / 21), f"{name} was sent 21 times within one second")
    ]


def test_a_steady_poller_keeps_it_however_long_it_polls(history, broken):
    """Nineteen a second for a minute."""
    assert broken(no_busy_polling, history(*sent(POLL, 19 * 60, 60.0))) == []


def test_the_worst_second_is_told_once_a_future(history, broken):
    """At the moment it was full."""
    trace = history(*sent(POLL, 30, 10.0), *sent(POLL, 40, 1.0, since_s=20.0))
    assert broken(no_busy_polling, trace) == [(pytest.approx(20.975), "req-1-3 was sent 40 times within one second")]


def test_many_futures_polled_at_once_keep_it(history, broken):
    """A wide run is no loop."""
    polls = [CallSent("poll", "/api/v1/retrieve_future", None, f"req-1-{n}") for n in range(50)]
    assert broken(no_busy_polling, history(*[(1.0, poll) for poll in polls])) == []


def test_an_empty_trace_keeps_it(history, broken):
    """Nothing was asked for."""
    assert broken(no_busy_polling, history()) == []


def test_the_witness_is_one_request_more_than_allowed(history):
    """The last 21 of the fullest second, which alone break it."""
    trace = history(*sent(POLL, 40, 1.0))
    (found,) = no_busy_polling(trace)
    assert found.witness == tuple(trace.entries[-BUSY_PER_S - 1 :])
    assert len(list(no_busy_polling(history(*[(entry.at_s, entry.event) for entry in found.witness])))) == 1
