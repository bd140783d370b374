"""Requests per call: twelve at once, and one a second, whichever layer repeats them."""

import pytest

from gateway_sim.client.events import CallAnswered, CallLost, CallSent
from gateway_sim.events import RequestRepeated
from gateway_sim.scenarios.judge.limits import CALL_BURST
from gateway_sim.scenarios.judge.promises.requests_per_call_stay_within_a_budget import (
    requests_per_call_stay_within_a_budget,
)

STEP = CallSent("dispatch", "/api/v1/optim_step", 4, None)
POLL = CallSent("poll", "/api/v1/retrieve_future", None, "req-1-3")
REPEATED = RequestRepeated("gw-0", "acme", "job-1", "dispatch", "pod:1", "503", "", "api/v1/optim_step")
REFUSED = CallAnswered("dispatch", "/api/v1/optim_step", 503, None)


@pytest.mark.parametrize("call", [STEP, POLL], ids=["a dispatch", "a poll"])
def test_twelve_at_once_keep_it_and_one_more_breaks_it(history, broken, call):
    """The witness has every request of the call."""
    assert broken(requests_per_call_stay_within_a_budget, history(*[(1.0, call)] * CALL_BURST)) == []
    (found,) = broken(requests_per_call_stay_within_a_budget, history(*[(1.0, call)] * (CALL_BURST + 1)))
    assert found[0] == 1.0
    assert "caused 13 requests within 0.0 s" in found[1]


def test_one_a_second_keeps_it_however_long_it_lasts(history, broken):
    """As a backoff that has reached its longest wait."""
    assert broken(requests_per_call_stay_within_a_budget, history(*[(float(n), STEP) for n in range(300)])) == []


def test_the_gateways_repetitions_count_for_the_call_under_way(history, broken):
    """Four requests, each repeated three times."""
    once = [STEP, REPEATED, REPEATED, REPEATED, REFUSED]
    kept = [(0.5 * n, event) for n in range(3) for event in once]
    assert broken(requests_per_call_stay_within_a_budget, history(*kept)) == []
    more = [(0.5 * n, event) for n in range(4) for event in once]
    (found,) = broken(requests_per_call_stay_within_a_budget, history(*more))
    assert "optim_step#4 caused 14 requests" in found[1]


def test_an_answer_ends_the_count_and_a_lost_one_does_not(history, broken):
    """A held poll that is answered 408 begins anew."""
    answered = CallAnswered("dispatch", "/api/v1/optim_step", 200, None)
    lost = CallLost("dispatch", "/api/v1/optim_step", "reset")
    held = CallAnswered("poll", "/api/v1/retrieve_future", 408, "req-1-3")
    assert broken(requests_per_call_stay_within_a_budget, history(*[(1.0, STEP), (1.0, answered)] * 20)) == []
    assert broken(requests_per_call_stay_within_a_budget, history(*[(1.0, POLL), (1.0, held)] * 20)) == []
    assert broken(requests_per_call_stay_within_a_budget, history(*[(1.0, STEP), (1.0, lost)] * 20)) != []


@pytest.mark.parametrize(("status", "kept"), [(399, True), (400, False), (407, False), (408, True), (409, False)])
def test_only_an_answer_below_400_or_a_held_poll_begins_anew(history, broken, status, kept):
    """Every other answer makes its caller send the request again."""
    answered = CallAnswered("dispatch", "/api/v1/optim_step", status, None)
    trace = history(*[(1.0, event) for event in (STEP, answered) * 20])
    assert (broken(requests_per_call_stay_within_a_budget, trace) == []) is kept


def test_each_call_has_a_budget_of_its_own_and_is_told_once(history, broken):
    """What is no call of a user has none: a heartbeat, and a repetition of a request that is not under way."""
    beat = CallSent("heartbeat", "/api/v1/session_heartbeat", None, None)
    other = CallSent("dispatch", "/api/v1/optim_step", 6, None)
    assert broken(requests_per_call_stay_within_a_budget, history(*[(1.0, beat), (1.0, REPEATED)] * 20)) == []
    trace = history(*[(1.0, event) for event in (beat, STEP, other, POLL) * 20])
    found = [words.partition(" caused")[0] for _, words in broken(requests_per_call_stay_within_a_budget, trace)]
    assert found == [
        "by hand api/v1/optim_step#4", "by hand api/v1/optim_step#6", "by hand req-1-3",
    ]  # fmt: skip
    nameless = CallSent("dispatch", "/api/v1/get_info", None, None)
    ((_, words),) = broken(requests_per_call_stay_within_a_budget, history(*[(1.0, nameless)] * 13))
    assert words == "by hand api/v1/get_info caused 13 requests within 0.0 s"
