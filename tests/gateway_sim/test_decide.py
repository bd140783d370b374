"""What is done about a request, given what was seen of its route: the tables of `decide`, row by row."""

from dataclasses import dataclass, replace

import pytest

from gateway_sim.decide import Forward, forward, next_step
from gateway_sim.miss_policies.answers import AskControlPlane, AskPrimary, Miss, Refuse, Wait
from gateway_sim.route_table import Route, RouteKey
from tests.docstring_tables import rows

READY = Route("acme", "job-1", 3, "READY", "pod:3")
PENDING = Route("acme", "job-1", 3, "PENDING", "")
EXPIRED = Route("acme", "job-1", 3, "EXPIRED", "")
DRAINING = replace(READY, draining=True)
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


EXAMPLES = {
    "nothing": [(None, 0), (None, 3)],
    "a tombstone": [(TOMBSTONE, 0), (TOMBSTONE, 3), (TOMBSTONE, 4)],
    "PENDING, its pod is starting": [(PENDING, 0), (PENDING, 3), (PENDING, 4)],
    "READY, older than `at_least`": [(READY, 4)],
    "EXPIRED, its lease has ended": [(EXPIRED, 0), (EXPIRED, 3)],
    "READY and draining, `spared`": [(DRAINING, 0, True), (DRAINING, 3, True)],
    "READY and draining": [(DRAINING, 0), (DRAINING, 3)],
    "READY": [(READY, 0), (READY, 2), (READY, 3), (READY, 3, True)],
}
"""For each row of the table of `forward`, its arguments: a route seen, the generation asked for, and `spared`."""


@pytest.mark.parametrize(("seen", "then"), rows(forward))
def test_each_row_of_the_table_of_forward_holds(seen, then):
    """Only a READY route that is new enough is forwarded to, to its pod and as of its own generation."""
    expected = {"Forward": HERE, "missed": None}[then]
    assert [forward(*asked) for asked in EXAMPLES[seen]] == [expected] * len(EXAMPLES[seen])


def test_the_table_of_forward_has_a_row_for_every_example():
    """A row that is taken out of the docstring is missed here."""
    assert {seen for seen, _ in rows(forward)} == set(EXAMPLES)


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


def test_a_run_that_would_begin_at_a_draining_pod_is_the_policys_to_answer():
    """The calls of a run that is there are forwarded."""
    policy, begins = Answers(LATER), replace(MISS, seen=DRAINING, begins_run=True)
    assert next_step(policy, begins, 0) == LATER
    assert policy.asked == begins
    assert next_step(policy, replace(begins, begins_run=False), 0) == HERE


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
