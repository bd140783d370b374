"""A future that is polled without a wait, on traces written by hand."""

from gateway_sim.client.events import CallSent
from gateway_sim.scenarios.judge.anomalies.spin import spin

POLL, OTHER = (CallSent("poll", "/api/v1/retrieve_future", None, name) for name in ("req-1", "req-2"))


def test_more_than_twenty_requests_within_a_second_are_shown_once_for_each_future(history):
    """By the first of them that are too many; twenty are allowed."""
    trace = history(*[(n / 25, POLL) for n in range(60)], *[(10.0 + n / 25, OTHER) for n in range(20)])
    (shown,) = spin(trace)
    assert (shown.message, shown.at_s) == ("req-1 was sent 21 times within 0.800 s", 0.8)
    assert shown.witness == tuple(trace.entries[:21])
