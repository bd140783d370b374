"""The SDK's retry loops, as one pure function reads them."""

import random

import pytest

from gateway_sim.client.sdk.errors import APITimeoutError, NotFoundError
from gateway_sim.client.sdk.failures import Failure
from gateway_sim.client.sdk.retry_loops import After, Backoff, GiveUp, Loop, next_step

BUSY = Failure("dispatch", 503, "status")
LOOP = Loop(statuses=frozenset({503}), backoff=Backoff(1.0, 8.0))


@pytest.mark.parametrize(
    ("loop", "failure", "taken"),
    [
        (LOOP, BUSY, True),
        (LOOP, Failure("dispatch", 404, "status"), False),
        (LOOP, Failure("dispatch", None, "reset"), False),
        (Loop(lost=frozenset({"reset"})), Failure("dispatch", None, "reset"), True),
        (Loop(server_errors=True), Failure("dispatch", 500, "status"), True),
        (Loop(server_errors=True), Failure("dispatch", 499, "status"), False),
        (Loop(any_status=True), Failure("dispatch", 418, "status"), True),
        (Loop(heeds_should_retry=True), Failure("dispatch", 404, "status", should_retry=True), True),
        (Loop(any_status=True, heeds_should_retry=True), Failure("dispatch", 503, "status", should_retry=False), False),
        (Loop(any_status=True), Failure("dispatch", 503, "status", should_retry=False), True),
    ],
)
def test_a_loop_takes_up_what_it_names(loop, failure, taken):
    """Statuses, 5xx, anything, lost calls; the answer's own header overrules only a loop that heeds it."""
    assert loop.retries_after(failure) is taken


def test_waits_double_to_the_longest():
    """1, 2, 4, 8 and 8 s."""
    waits = [next_step(LOOP, BUSY, attempt, 0.0) for attempt in range(5)]
    assert waits == [After(wait_s, wait_s) for wait_s in (1.0, 2.0, 4.0, 8.0, 8.0)]
    assert Backoff(1.0, 8.0, jitter_low=0.5).window(2) == After(2.0, 4.0)


@pytest.mark.parametrize(
    ("loop", "attempt", "elapsed_s", "ended"),
    [
        (Loop(any_status=True, retries=2), 1, 0.0, False),
        (Loop(any_status=True, retries=2), 2, 0.0, True),
        (Loop(any_status=True, budget_s=10.0), 9, 9.9, False),
        (Loop(any_status=True, budget_s=10.0), 9, 10.0, True),
    ],
)
def test_a_loop_ends_with_its_retries_or_its_budget(loop, attempt, elapsed_s, ended):
    """Whichever it has."""
    assert isinstance(next_step(loop, BUSY, attempt, elapsed_s), GiveUp) is ended


def test_the_last_wait_ends_with_the_budget():
    """Of 8 s only the 3 s that are left."""
    loop = Loop(any_status=True, backoff=Backoff(8.0, 8.0, jitter_low=0.5), budget_s=10.0)
    assert next_step(loop, BUSY, 0, 7.0) == After(3.0, 3.0)
    assert next_step(loop, BUSY, 0, 0.0) == After(4.0, 8.0)


@pytest.mark.parametrize(
    ("asked_s", "wait_s"), [(None, 1.0), (0.0, 1.0), (0.5, 0.5), (3.0, 3.0), (60.0, 60.0), (60.1, 1.0), (-1.0, 1.0)]
)
def test_a_reasonable_retry_after_replaces_the_backoff(asked_s, wait_s):
    """More than 0 s and at most the longest that the loop accepts."""
    loop = Loop(any_status=True, backoff=Backoff(1.0, 8.0), retry_after_longest_s=60.0)
    asked = Failure("dispatch", 503, "status", retry_after_s=asked_s)
    assert next_step(loop, asked, 0, 0.0) == After(wait_s, wait_s)
    assert next_step(LOOP, asked, 0, 0.0) == After(1.0, 1.0)


@pytest.mark.parametrize(
    ("failure", "error"),
    [(Failure("dispatch", 404, "status"), NotFoundError), (Failure("dispatch", None, "timeout"), APITimeoutError)],
)
def test_a_loop_raises_the_class_of_the_failure_or_its_own(failure, error):
    """A loop may show every failure under one class."""
    assert next_step(LOOP, failure, 0, 0.0) == GiveUp(error)
    assert next_step(Loop(raises=ValueError), failure, 0, 0.0) == GiveUp(ValueError)


def test_a_wait_of_one_length_takes_nothing_from_chance():
    """So the draws of other waits stay as they are; one that has a range takes one draw."""
    rng, untouched = random.Random(7), random.Random(7)
    assert After(2.0, 2.0).draw_s(rng) == 2.0
    assert rng.getstate() == untouched.getstate()
    assert After(1.0, 2.0).draw_s(rng) == untouched.uniform(1.0, 2.0)
