"""The gateway's own retries and hedged requests."""

import asyncio
import random

import pytest

from gateway_sim.events import RequestForwarded, RequestRepeated
from gateway_sim.repeats import RepeatRule, Repeats
from gateway_sim.upstream import UpstreamFailure
from tests import clock

FIRST = RequestForwarded("gw-0", "acme", "job-1", "dispatch", 1, "pod:1", "client:1", "api/v1/optim_step")


class Reply:
    """A pod's answer."""

    def __init__(self, status):
        self.status, self.closed = status, False

    async def aclose(self):
        """Note that the answer is not needed."""
        self.closed = True


def opened(rule, *script, leg="dispatch"):
    """Open a request whose attempts come out as scripted: (seconds, status or kind of failure).

    Return the answer or the failure's kind, the answers, the reasons of the repetitions, and the time that it took.
    """
    left, replies, events = list(script), [], []

    async def attempt():
        after_s, outcome = left.pop(0)
        await asyncio.sleep(after_s)
        if isinstance(outcome, str):
            raise UpstreamFailure(outcome)
        replies.append(Reply(outcome))
        return replies[-1]

    async def story():
        first = RequestForwarded(**{**vars(FIRST), "leg": leg})
        try:
            outcome = (await Repeats(rule, random.Random(0), events.append).open(attempt, first)).status
        except UpstreamFailure as failure:
            outcome = failure.kind
        took_s = asyncio.get_running_loop().time()
        await asyncio.sleep(10.0)
        return outcome, took_s

    outcome, took_s = clock.run(story())
    return outcome, replies, [event.because for event in events], took_s


@pytest.mark.parametrize("failed", [500, 503, "refused", "reset", "timeout", "connect-timeout"])
def test_a_failed_attempt_is_repeated_until_one_succeeds(failed):
    """The answers that are not passed on are closed."""
    outcome, replies, because, _ = opened(RepeatRule(retries=3), (0, failed), (0, failed), (0, 200))
    assert (outcome, because) == (200, [str(failed)] * 2)
    assert [reply.closed for reply in replies] == [True] * (len(replies) - 1) + [False]


def test_the_last_failure_is_passed_on():
    """An answer as an answer, a failure as a failure."""
    assert opened(RepeatRule(retries=1), (0, 503), (0, 502))[0] == 502
    assert opened(RepeatRule(retries=1), (0, 503), (0, "reset"))[0] == "reset"


@pytest.mark.parametrize("status", [200, 404, 408, 421, 429])
def test_an_answer_below_500_is_final(status):
    """Whether it is a success or not."""
    assert opened(RepeatRule(retries=3), (0, status))[::2] == (status, [])


def test_a_slow_attempt_has_failed_unless_it_is_a_poll():
    """A pod holds a poll."""
    rule = RepeatRule(retries=1, try_s=1.0)
    assert opened(rule, (5.0, 200), (0, 201))[::2] == (201, ["timeout"])
    assert opened(rule, (5.0, 200), leg="poll")[::2] == (200, [])


def test_of_two_hedged_attempts_the_first_answer_counts():
    """The slow one is stopped, or its answer closed."""
    rule = RepeatRule(hedge_s=1.0)
    outcome, _, because, took_s = opened(rule, (5.0, 200), (0.5, 201))
    assert (outcome, because, took_s) == (201, ["hedge"], 1.5)
    assert opened(rule, (0.5, 200))[::2] == (200, [])
    assert opened(rule, (5.0, 200), leg="poll")[::2] == (200, [])


def test_a_hedged_attempt_that_fails_waits_for_the_other():
    """The failure of one is no answer."""
    assert opened(RepeatRule(hedge_s=1.0), (2.0, "reset"), (5.0, 200))[0] == 200
    # also where both end in the same turn of the loop
    assert opened(RepeatRule(hedge_s=1.0), (2.0, "reset"), (1.0, 200))[0] == 200
    assert opened(RepeatRule(hedge_s=1.0), (2.0, "reset"), (0.5, "reset"))[0] == "reset"


def test_of_two_attempts_that_answer_at_once_one_answer_is_closed():
    """Its connection would stay taken."""
    _, replies, _, took_s = opened(RepeatRule(hedge_s=1.0), (2.0, 200), (1.0, 201))
    assert took_s == 2.0
    assert sorted(reply.closed for reply in replies) == [False, True]


class Longest(random.Random):
    """Chance that draws the longest wait, and keeps the ranges."""

    def __init__(self):
        super().__init__(0)
        self.ranges = []

    def uniform(self, a, b):
        """Return the end of the range."""
        self.ranges.append((a, b))
        return b


def test_the_waits_between_attempts_double_up_to_the_longest():
    """As Envoy's do, drawn from 0 on; each repetition tells its request, with connection and path."""
    rng, events, took_s = Longest(), [], []

    async def attempt():
        return Reply(503)

    async def story():
        await Repeats(RepeatRule(retries=5), rng, events.append).open(attempt, FIRST)
        took_s.append(asyncio.get_running_loop().time())

    clock.run(story())
    assert rng.ranges == [(0.0, 0.025), (0.0, 0.05), (0.0, 0.1), (0.0, 0.2), (0.0, 0.25)]
    assert took_s == [pytest.approx(0.625)]
    assert events == [RequestRepeated("gw-0", "acme", "job-1", "dispatch", "pod:1", "503")] * 5
    assert {(event.connection, event.path) for event in events} == {("client:1", "api/v1/optim_step")}
