"""How many requests lie within a second, on times and traces written by hand."""

from hypothesis import given
from hypothesis import strategies as st

from gateway_sim.client.events import CallSent
from gateway_sim.scenarios.judge.limits import BUSY_PER_S
from gateway_sim.scenarios.judge.requests import crowds, futures, peak
from gateway_sim.scenarios.sim.trace import Trace


def test_a_burst_after_many_calm_requests_is_the_peak():
    """Sixty, a second apart, and then thirty at once."""
    asked_s = [*map(float, range(60)), *(100.0 + 0.01 * n for n in range(30))]
    assert peak(asked_s) == range(60, 90)
    assert len(peak([])) == 0
    assert len(peak([0.0, 1.0, 2.0])) == 1


@given(st.lists(st.floats(0, 60), min_size=2).map(sorted))
def test_a_peak_is_at_least_the_mean(asked_s):
    """However the requests lie."""
    assert len(peak(asked_s)) >= len(asked_s) / (asked_s[-1] - asked_s[0] + 1.0) - 1e-9


def test_a_crowd_ends_just_before_its_time_is_over():
    """Two times that lie exactly `within_s` apart are not in one crowd."""
    assert list(crowds([0.0, 0.25, 0.5, 1.0], 0.5)) == [range(1), range(2), range(1, 3), range(3, 4)]


def test_the_first_requests_too_many_are_one_more_than_the_limit(history):
    """They show the busy polling before its busiest second."""
    poll = CallSent("poll", "/p", None, "req-1-1")
    (future,) = futures(history(*[(n / 100, poll) for n in range(30)]))
    assert [entry.at_s for entry in future.too_many] == [n / 100 for n in range(BUSY_PER_S + 1)]
    assert len(future.busiest) == 30


def test_the_peak_is_the_fullest_second_of_each_future(history):
    """A future is a request id, a path with its seq_id, or a path alone; a second ends just before it is over."""
    step, probe = CallSent("dispatch", "/a", 4, None), CallSent("dispatch", "/a", None, None)
    poll = CallSent("poll", "/p", None, "req-1-1")
    trace = history((0.0, poll), (0.5, step), (0.6, probe), (0.9, poll), (1.0, poll), (1.5, step), (5.0, poll))
    peaks = [(future.name, len(future.busiest), future.busiest[-1].at_s) for future in futures(trace)]
    assert peaks == [("req-1-1", 2, 0.9), ("/a#4", 1, 0.5), ("/a", 1, 0.6)]
    assert futures(Trace()) == ()


def test_the_members_of_a_group_have_futures_of_their_own():
    """Each numbers its requests from 1; another part's requests are one client's, whatever reports them."""
    trace, poll = Trace(), CallSent("poll", "/p", None, "req-1-1")
    for source in ("client-0", "client-1", "client-0", "client", "earlier-client"):
        trace.emitter(source)(poll)
    counted = {future.name: len(future.busiest) for future in futures(trace)}
    assert counted == {"client-0 req-1-1": 2, "client-1 req-1-1": 1, "req-1-1": 2}
