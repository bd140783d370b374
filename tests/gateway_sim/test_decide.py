"""What is done about a request, given what was seen of its route: the tables of `decide`, row by row."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from gateway_sim.decide import Forward, forward, next_step
from gateway_sim.miss_policies.answers import AskControlPlane, AskPrimary, Miss, Refuse, Wait
from gateway_sim.route_table import Route, RouteKey

READY = Route("acme", "job-1", 3, "READY", "pod:3")
PENDING = Route("acme", "job-1", 3, "PENDING", "")
TOMBSTONE = Route("acme", "job-1", 3, "TOMBSTONE", "")
MISS = Miss(RouteKey("acme", "job-1"), "dispatch", 0.0, None)
HERE = Forward("pod:3", 3)
LATER = Refuse(503, "route-not-ready", "Route not ready", "come back")


@dataclass
class Answers:
    """A policy that answers what it is given, and keeps the question."""

    answer: object
    asked: Miss | None = None

    def on_miss(self, miss):
        """Answer."""
        self.asked = miss
        return self.answer


@pytest.mark.parametrize(
    ("seen", "at_least", "then"),
    [
        (None, 0, None),
        (None, 3, None),
        (TOMBSTONE, 0, None),
        (TOMBSTONE, 4, None),
        (PENDING, 0, None),
        (PENDING, 3, None),
        (READY, 4, None),
        (READY, 3, HERE),
        (READY, 0, HERE),
    ],
)
def test_only_a_ready_route_that_is_new_enough_is_forwarded_to(seen, at_least, then):
    """Every row of the table."""
    assert forward(seen, at_least) == then


def test_a_route_that_shows_is_forwarded_to_and_the_policy_is_not_asked():
    """The first row."""
    policy = Answers(LATER)
    assert next_step(policy, replace(MISS, seen=READY), at_least=0) == HERE
    assert next_step(policy, replace(MISS, seen=READY), at_least=0, stray=Forward("pod:2", 2)) == HERE
    assert policy.asked is None


@pytest.mark.parametrize("answer", [Wait(1.0), AskPrimary(), AskControlPlane(), LATER])
def test_a_route_that_led_astray_is_a_miss_and_the_policy_is_told_so(answer):
    """The second row: the replica still shows the pod that was not there."""
    policy = Answers(answer)
    assert next_step(policy, replace(MISS, seen=READY), at_least=0, stray=HERE) == answer
    assert policy.asked == replace(MISS, seen=READY, stray=True)


@pytest.mark.parametrize("stray", [None, HERE])
def test_a_strong_read_that_failed_is_not_tried_for_ever(stray):
    """The third row: a policy that insists is answered for."""
    step = next_step(Answers(AskPrimary()), replace(MISS, unreadable="a partition"), 0, stray)
    assert step == Refuse(503, "no-strong-read", "Route unknown", "a partition")


@pytest.mark.parametrize("seen", [None, TOMBSTONE, PENDING, READY])
@pytest.mark.parametrize("answer", [Wait(1.0), AskPrimary(), AskControlPlane(), LATER])
def test_a_miss_is_the_policys_to_answer(seen, answer):
    """The last row; READY is too old here."""
    policy = Answers(answer)
    assert next_step(policy, replace(MISS, seen=seen), at_least=4) == answer
    assert policy.asked == replace(MISS, seen=seen, stray=False)


@pytest.mark.parametrize("answer", [Wait(1.0), AskControlPlane(), LATER])
def test_a_failed_strong_read_does_not_hide_any_other_answer(answer):
    """Only asking again is refused."""
    assert next_step(Answers(answer), replace(MISS, unreadable="a partition"), 0) == answer
