"""Read strongly within a budget, and remember what the table does not have."""

import asyncio
import random
from dataclasses import replace

import pytest

from gateway_sim.finder import Finder, RoutedRequest
from gateway_sim.miss_policies import AskPrimary, Miss, Wait
from gateway_sim.miss_policies.resync_budget import ResyncBudget, Resyncs
from gateway_sim.replicas import Fresh, Replica
from gateway_sim.route_table import History, RouteKey
from tests import clock
from tests.gateway_sim.miss_policies.misses import miss, route

POLICY = ResyncBudget(resyncs=2, period_s=10.0, absent_s=5.0)


class PendingTable:
    """A primary that has the route as PENDING, and reads for a second."""

    reads = 0

    async def strong_read(self, key):
        """Read."""
        self.reads += 1
        await asyncio.sleep(1.0)
        return route("PENDING")


def asked(*questions, policy=POLICY, memory=ResyncBudget.memory):
    """Ask one question after the other; return the answers, and the last memory."""
    answers = []
    for question in questions:
        answer, memory = policy.on_miss(question, memory)
        answers.append(answer)
    return answers, memory


def of(job, at_s=0.0, **known):
    """Return a miss of a job at a time."""
    return Miss(RouteKey("acme", job), known.pop("leg", "dispatch"), 0.0, known.pop("seen", None), at_s=at_s, **known)


def read(job, at_s=0.0, **known):
    """Return the miss of a job after a strong read."""
    return of(job, at_s, asked_primary=True, **known)


def kinds(answers):
    """Return the status of each answer, or "read" for a strong read."""
    return ["read" if answer == AskPrimary() else getattr(answer, "status", "wait") for answer in answers]


def test_no_more_strong_reads_than_the_budget_has_in_a_period():
    """The third job waits with a 503; ten seconds after the first read the budget is there again."""
    questions = [of("a"), read("a", 0.1), of("b", 1.0), read("b", 1.1), of("c", 2.0), of("c", 9.9), of("c", 10.0)]
    answers, _ = asked(*questions)
    assert kinds(answers) == ["read", 404, "read", 404, 503, 503, "read"]
    assert answers[4].headers == {"Retry-After": "1"}


@pytest.mark.parametrize("seen", [None, route("TOMBSTONE")], ids=["nothing", "tombstone"])
def test_a_job_that_the_table_does_not_have_is_remembered_for_a_time(seen):
    """A storm of its calls costs one read in five seconds."""
    storm = [of("a", 0.2 + n / 10) for n in range(40)]
    answers, _ = asked(of("a"), read("a", 0.1, seen=seen), *storm, of("a", 5.1))
    assert kinds(answers) == ["read", 404, *[404] * 40, "read"]


def test_a_job_that_is_published_while_it_is_remembered_gets_404_until_its_replica_shows_it():
    """What it costs: the table has the route, and nothing reads it. A route that shows ends that."""
    (_, _, hidden, shown), _ = asked(
        of("a"), read("a", 0.1), of("a", 3.0), of("a", 3.5, seen=route("PENDING")), memory=ResyncBudget.memory
    )
    assert hidden.status == 404
    assert shown == AskPrimary()


def test_misses_of_one_job_share_a_read_and_its_cost():
    """The gateway says of a miss whether a read that waits to begin will answer it too."""
    answers, memory = asked(of("a"), *(of("a", n / 1000, shares_read=True) for n in range(50)))
    assert set(answers) == {AskPrimary()}
    assert len(memory.spent_s) == 1


def test_a_budget_counts_the_strong_reads_that_are_made():
    """A hundred misses of one starting job are two reads: that of the first, and the one that the others share."""
    table = PendingTable()
    finder = Finder(ResyncBudget(period_s=60.0), lambda event: None, table)
    replica = Replica("gw-0", History(), Fresh(), random.Random(0))

    async def story():
        request = RoutedRequest(RouteKey("acme", "job-1"), "dispatch", "api/v1/optim_step", 0)
        first = asyncio.ensure_future(finder.find(request, replica))
        await asyncio.sleep(0.5)
        others = (finder.find(request, replica) for _ in range(99))
        return await asyncio.gather(first, *others, return_exceptions=True)

    assert {problem.status for problem in clock.run(story())} == {503}
    assert table.reads == finder.capacity.strong == 2
    assert len(finder.policy_of("gw-0").memory.spent_s) == 2


@pytest.mark.parametrize("known", [{"seen": route("PENDING")}, {"seen": route("READY"), "stray": True}])
def test_a_job_whose_pod_is_not_up_is_not_remembered(known):
    """It is told to come back, and the next call reads again."""
    answers, memory = asked(of("a", **known), read("a", 0.1, **known), of("a", 1.0, **known))
    assert kinds(answers) == ["read", 503, "read"]
    assert memory.absent == {}


def test_a_read_that_failed_proves_nothing():
    """Neither gone nor remembered."""
    answers, memory = asked(of("a"), of("a", 0.1, unreadable="a partition"))
    assert kinds(answers) == ["read", 503]
    assert memory.absent == {}


def test_a_poll_beyond_the_budget_is_held_first():
    """SDKs poll again at once after a 503."""
    none = replace(POLICY, resyncs=0)
    answer, _ = none.on_miss(miss("poll"), Resyncs())
    assert answer == Wait(1.0)
    assert none.on_miss(miss("poll", waited_s=1.0), Resyncs())[0].status == 503
    assert none.on_miss(miss("poll", waited_s=0.25), Resyncs())[0] == Wait(0.75)
    assert none.on_miss(miss("dispatch"), Resyncs())[0].status == 503


def test_the_memory_has_a_bound():
    """The oldest job is forgotten."""
    small = replace(POLICY, resyncs=9, most_remembered=2)
    _, memory = asked(*(question for job in "abc" for question in (of(job), read(job))), policy=small)
    assert [key.job for key in memory.absent] == ["b", "c"]


def test_the_tombstone_of_an_older_generation_than_asked_for_is_no_absence():
    """That of the generation itself is."""
    for at_least, status in ((1, 404), (2, 503)):
        (answer,), memory = asked(read("a", seen=route("TOMBSTONE", 1), at_least=at_least))
        assert (answer.status, len(memory.absent)) == (status, int(status == 404))


def test_a_job_that_is_found_absent_again_is_the_latest():
    """Of more than are remembered the one that was asked for longest ago is forgotten."""
    small = replace(POLICY, resyncs=9, most_remembered=2)
    again = (question for job in "abac" for question in (of(job, at_least=1), read(job)))
    _, memory = asked(*again, policy=replace(small, absent_s=0.5), memory=Resyncs())
    assert [key.job for key in memory.absent] == ["a", "c"]


def test_without_settings_ten_reads_a_second_and_a_job_is_remembered_for_five():
    """The docstring's fields, as a user gets them."""
    assert ResyncBudget() == ResyncBudget(
        resyncs=10, period_s=1.0, absent_s=5.0, hold_poll_s=1.0, retry_after_s=1.0, most_remembered=10_000
    )


def test_what_it_returns_is_a_new_memory():
    """The one that it got may be the one with which every world begins."""
    before = Resyncs()
    POLICY.on_miss(of("a"), before)
    POLICY.on_miss(read("a"), before)
    assert before == Resyncs() == ResyncBudget.memory
