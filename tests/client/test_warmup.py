"""The PR's warm-up: how long it probes, and what ends it."""

import asyncio

import pytest

from gateway_sim.client.events import RetryScheduled, WarmupFinished, WarmupProbed
from gateway_sim.client.sdk.errors import NotFoundError
from gateway_sim.client.sdk.failures import Failure
from gateway_sim.client.warmup import Warmup, warm_up
from tests.clock import run

MISS = NotFoundError(failure=Failure("dispatch", 404, "status"))
BEGINS_S = 64.0


def warmed(script, warmup=None):
    """Warm up with probes that return or raise the script's items, the last for ever.

    Return the events, the seconds from the beginning to each probe, and what was raised.
    """
    events, probes_s, items = [], [], list(script)

    async def probe():
        probes_s.append(asyncio.get_running_loop().time() - BEGINS_S)
        item = items.pop(0) if len(items) > 1 else items[0]
        if isinstance(item, Exception):
            raise item

    async def story():
        await asyncio.sleep(BEGINS_S)
        try:
            await warm_up(warmup or Warmup(), probe, events.append)
        except Exception as error:
            return error
        return None

    return events, probes_s, run(story())


def test_the_settings_are_those_of_the_pr():
    """Three successes a second apart within two minutes; a 404 costs 2 s, and at most 15 s after many."""
    assert Warmup() == Warmup(required_successes=3, timeout_s=120.0, gap_s=1.0, miss_first_s=2.0, miss_longest_s=15.0)


def test_three_successes_in_a_row_are_ready():
    """One second apart; a 404 in between starts the count anew, and costs its own wait."""
    events, probes_s, raised = warmed([None, None, MISS, None])
    assert raised is None
    assert probes_s == [0.0, 1.0, 2.0, 4.0, 5.0, 6.0]
    assert [event.successes for event in events if isinstance(event, WarmupProbed)] == [1, 2, 0, 1, 2, 3]
    assert events[-1] == WarmupFinished("ready", 6.0)


def test_misses_wait_longer_each_time_and_a_success_forgives_them():
    """2, 4, 8, then 2 again; each wait after a miss is told."""
    events, probes_s, _ = warmed([MISS, MISS, MISS, None, MISS, None])
    assert probes_s[:6] == [0.0, 2.0, 6.0, 14.0, 15.0, 17.0]
    assert [event.after_s for event in events if isinstance(event, RetryScheduled)] == [2.0, 4.0, 8.0, 2.0]


def test_the_last_miss_is_raised_when_the_time_is_up():
    """The last wait is cut so that it ends with the timeout."""
    events, probes_s, raised = warmed([MISS], Warmup(timeout_s=10.0))
    assert raised is MISS
    assert probes_s == [0.0, 2.0, 6.0, 10.0]
    assert events[-1] == WarmupFinished("timed_out", 10.0)


def test_without_a_miss_running_out_of_time_is_a_timeout():
    """More successes were asked for than fit."""
    _, _, raised = warmed([None], Warmup(required_successes=99, timeout_s=5.0))
    assert isinstance(raised, TimeoutError)
    assert "within 5 s" in str(raised)


@pytest.mark.parametrize(
    "error",
    [RuntimeError("no CUDA"), NotFoundError(failure=Failure("dispatch", 404, "foreign"))],
    ids=["another error", "a 404 that the SDK shows as its own"],
)
def test_an_error_that_is_no_miss_ends_the_warm_up_without_a_word(error):
    """It is not about the route; the first training call will show it."""
    events, probes_s, raised = warmed([None, error])
    assert (raised, len(probes_s)) == (None, 2)
    assert events[-1] == WarmupFinished("skipped", 1.0)
