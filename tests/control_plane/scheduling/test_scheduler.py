"""What the scheduler does next."""

import random

import pytest

from gateway_sim.control_plane.scheduling.quotas import Quota
from gateway_sim.control_plane.scheduling.scheduler import Scheduler
from gateway_sim.control_plane.scheduling.shares import WHOLE, Node, Pod
from gateway_sim.control_plane.scheduling.work import (
    Place,
    Preempt,
    Rearrange,
    Rules,
    Work,
)

NODES = {"a": 4, "b": 4}


def work(name: str, gpus: int, **more: object) -> Work:
    """Return a job of an hour."""
    return Work(name, gpus, 3600.0, **more)  # type: ignore[arg-type]


def next_action(rules, nodes, running, queue, *, draw=0.0):
    """Return what a scheduler decides that begins with these running jobs and this queue."""
    scheduler = Scheduler(rules, nodes)
    for job, node in running:
        scheduler.start(job, [node])
    for job in queue:
        scheduler.submit(job)
    return scheduler.decide(draw)


def test_the_first_that_fits_is_placed_and_in_strict_order_none_passes():
    """A job of three waits; one of one passes it by, unless order is strict."""
    running = [(work("x", 2), "a"), (work("y", 2), "b")]
    queue = [work("three", 3), work("one", 1)]
    assert next_action(Rules(), NODES, running, queue) == Place(queue[1], "a")
    assert next_action(Rules(order="strict"), NODES, running, queue) is None


def test_in_strict_order_no_job_makes_room_for_the_second_either():
    """Consolidation and preemption are for the head of the queue too."""
    running = [(work("x", 2), "a"), (work("y", 2), "b")]
    queue = [work("five", 5), work("three", 3, priority=0)]
    assert next_action(Rules(order="strict", consolidates=True), NODES, running, queue) is None


def test_a_higher_priority_goes_first():
    """Though it came last."""
    queue = [work("low", 4), work("high", 4, priority=1)]
    assert next_action(Rules(), NODES, [(work("x", 4), "a")], queue) == Place(queue[1], "b")


def test_running_jobs_move_together_before_anybody_is_stopped():
    """Two and two leave room for four once one of them moves."""
    x, y, four = work("x", 2), work("y", 2), work("four", 4, priority=1)
    action = next_action(Rules(consolidates=True, preempts=True), NODES, [(x, "a"), (y, "b")], [four])
    assert action == Rearrange(four, "a", ((x, "b"),))


def test_a_moved_job_is_as_old_as_before():
    """The younger of the two is preempted, and the older one is the first to be moved again."""
    x, y, four = work("x", 2), work("y", 2), work("four", 4, priority=1)
    nodes = {"a": 4, "b": 5, "c": 2}
    urgent, three = work("urgent", 2, priority=2), work("three", 3)
    for queued, action in (
        (urgent, Preempt(urgent, "b", (y,))),
        (three, Rearrange(three, "b", ((x, "c"),))),
    ):
        scheduler = Scheduler(Rules(consolidates=True, preempts=True), nodes)
        for job, node in ((x, "a"), (y, "b"), (work("z", 2, priority=2), "c")):
            scheduler.start(job, [node])
        scheduler.submit(four)
        assert scheduler.decide() == Rearrange(four, "a", ((x, "b"),))
        if queued is three:
            scheduler.end("z")
        scheduler.submit(queued)
        assert scheduler.decide() == action


def test_no_job_is_moved_for_one_that_its_quota_holds_back():
    """Two and two could make room for four, and its namespace may use two."""
    rules = Rules(consolidates=True, preempts=True, quotas=(Quota("default", 4), Quota("other", 2)))
    running = [(work("x", 2), "a"), (work("y", 2), "b")]
    assert next_action(rules, NODES, running, [work("four", 4, namespace="other")]) is None


def test_nodes_are_looked_at_again_for_victims_once_the_quota_is_owed():
    """Research's own job, on a node too small for the next one, ends: batch must give back a GPU on another node."""
    own = Quota("research", 1, cohort="c", within="LowerPriority")
    nodes = {"small": Node((WHOLE,), 1000), "a": Node((WHOLE,), 8000), "b": Node((WHOLE,), 8000)}
    scheduler = Scheduler(Rules(preempts=True, quotas=(own, Quota("batch", 1, 1, cohort="c"))), nodes)
    scheduler.start(work("first", 1, namespace="research", priority=1), ["small"])
    for node in "ab":
        scheduler.start(work(f"on-{node}", 1, namespace="batch"), [node])
    following = work("following", 1, namespace="research", priority=1, cpu_milli=4000)
    scheduler.submit(following)
    assert scheduler.decide() is None
    scheduler.end("first")
    assert scheduler.decide() == Preempt(following, "b", (work("on-b", 1, namespace="batch"),))


def test_the_victims_are_on_one_node_and_as_few_as_do():
    """A job of four takes the node where four GPUs must give way, not the one where five would, and never both."""
    running = [(work("big", 3), "a"), (work("small", 1), "a"), (work("old", 2), "b"), (work("young", 2), "b")]
    wanting = work("wanting", 2, priority=1)
    assert next_action(Rules(preempts=True), NODES, running, [wanting]) == Preempt(wanting, "b", (running[3][0],))
    oldest = Rules(preempts=True, victims="oldest")
    assert next_action(oldest, NODES, running, [wanting]) == Preempt(wanting, "b", (running[2][0],))


def test_no_job_is_stopped_for_nothing():
    """Where all lower jobs of a node together are too few, they go on."""
    running = [(work("equal", 2, priority=1), "a"), (work("low", 1), "a"), (work("equal-too", 4, priority=1), "b")]
    assert next_action(Rules(preempts=True), NODES, running, [work("wanting", 4, priority=1)]) is None


BORROWS = Rules(preempts=True, quotas=(Quota("daily", 4), Quota("backfill", 4, borrows=4)))


def test_borrowed_gpus_are_given_back_and_own_ones_are_not():
    """The backfill holds all eight, four of them borrowed: the youngest goes, whatever the priorities say."""
    old, young = work("old", 4, namespace="backfill", priority=9), work("young", 4, namespace="backfill", priority=9)
    daily = work("daily", 4, namespace="daily")
    running = [(old, "a"), (young, "b")]
    assert next_action(BORROWS, NODES, running, [daily]) == Preempt(daily, "b", (young,))
    assert next_action(BORROWS, NODES, [(old, "a"), (daily, "b")], [work("more", 4, namespace="daily")]) is None


def test_no_more_gpus_are_taken_back_than_were_borrowed():
    """The backfill borrows one of its four: daily may not stop the other three to get a whole node."""
    rules = Rules(preempts=True, quotas=(Quota("daily", 5), Quota("backfill", 3, borrows=1)))
    running = [(work(f"fill-{n}", 1, namespace="backfill"), "a") for n in range(4)]
    running.append((work("own", 1, namespace="daily"), "b"))
    assert next_action(rules, NODES, running, [work("whole-node", 4, namespace="daily")]) is None
    one = work("one", 1, namespace="daily")
    full = {"a": 4, "b": 1}
    assert next_action(rules, full, running, [one]) == Preempt(one, "a", (running[3][0],))


def test_a_namespace_without_a_quota_gets_nothing():
    """Neither a free node nor another namespace's place."""
    assert next_action(BORROWS, NODES, [], [work("stranger", 1, namespace="unknown")]) is None


def test_random_placement_is_the_draw_s_and_not_the_first_that_fits():
    """Each half of the draws takes one of the two nodes."""
    job = work("one", 1)
    picked = [next_action(Rules(placement="random"), NODES, [], [job], draw=draw) for draw in (0.0, 0.49, 0.5, 0.99)]
    assert picked == [Place(job, "a"), Place(job, "a"), Place(job, "b"), Place(job, "b")]


def test_least_fragmenting_judges_by_the_jobs_that_run_and_wait_and_not_by_its_own():
    """A job of one goes to the node with three free: among jobs of four, the whole node of four is worth more.

    A job that knows only its own size finds all free GPUs useful on both, and takes the first.
    """
    nodes = {"whole": 4, "broken": 4, "full": 4}
    running = [(work("x", 1), "broken"), (work("y", 4), "full")]
    one = work("one", 1)
    rules = Rules(placement="least-fragmenting")
    assert next_action(rules, nodes, running, [one]) == Place(one, "broken")
    known = Rules(placement="least-fragmenting", mix=((Pod(1), 1),))
    assert next_action(known, nodes, running, [one]) == Place(one, "whole")
    expected = Rules(placement="least-fragmenting", mix=((Pod(1), 1), (Pod(4), 1)))
    assert next_action(expected, nodes, [(work("x", 1), "broken")], [one]) == Place(one, "broken")


def test_a_gang_starts_together_or_not_at_all():
    """Three pods of two on nodes with four, three and one free; a fourth pod finds no room, and nothing is taken."""
    nodes = {"a": 4, "b": 3, "c": 1}
    gang = work("gang", 2, pods=3)
    assert next_action(Rules(), nodes, [], [gang]) == Place(gang, "b", ("a", "a"))
    full = Scheduler(Rules(), nodes)
    full.submit(work("one", 1))
    full.submit(work("gang", 2, pods=3))
    full.submit(work("three", 3))
    assert full.decide() == Place(work("one", 1), "c")
    assert full.decide() == Place(work("gang", 2, pods=3), "b", ("a", "a"))
    assert full.decide() is None
    full.end("gang")
    assert full.decide() == Place(work("three", 3), "b")


def test_two_halves_share_a_gpu_and_a_whole_one_does_not():
    """Best fit puts the second half beside the first."""
    scheduler = Scheduler(Rules(), {"a": 1, "b": 1})
    half, other, whole, late = work("half", 1, milli=500), work("other", 1, milli=500), work("w", 1), work("late", 1)
    for job in (half, other, whole, late):
        scheduler.submit(job)
    assert [scheduler.decide() for _ in range(4)] == [Place(half, "a"), Place(other, "a"), Place(whole, "b"), None]
    scheduler.end("half")
    assert scheduler.decide() is None
    scheduler.end("other")
    assert scheduler.decide() == Place(late, "a")


def test_a_cohort_lends_what_it_does_not_use_and_not_more_than_a_limit():
    """Two queues of four: the first borrows two of the other's, which lends two; then its own claim takes one back."""
    lender = Quota("lender", 4, cohort="c", lends=2)
    rules = Rules(preempts=True, quotas=(lender, Quota("borrower", 4, 99, cohort="c")))
    jobs = [work(f"b{n}", 1, namespace="borrower") for n in range(8)]
    scheduler = Scheduler(rules, NODES)
    for job in jobs:
        scheduler.submit(job)
    started = []
    while (action := scheduler.decide()) is not None:
        started.append(action.work.name)
    assert started == [f"b{n}" for n in range(6)]
    for n in range(2):
        scheduler.submit(work(f"own{n}", 1, namespace="lender"))
        assert isinstance(scheduler.decide(), Place)
    scheduler.submit(work("own2", 1, namespace="lender"))
    preempted = scheduler.decide()
    assert isinstance(preempted, Preempt)
    assert [victim.name for victim in preempted.victims] == ["b5"]
    assert scheduler.decide() is None


@pytest.mark.parametrize(
    "rules",
    [
        Rules(),
        Rules(placement="spread", order="strict"),
        Rules(placement="random", preempts=True),
        Rules(placement="first-fit", preempts=True, victims="oldest"),
        Rules(placement="least-fragmenting"),
        Rules(placement="best-fit", consolidates=True),
        Rules(placement="in-sum"),
        Rules(consolidates=True, preempts=True),
        Rules(preempts=True, quotas=(Quota("a", 6, 4), Quota("b", 4, 6))),
        Rules(preempts=True, quotas=(Quota("a", 3, 7, within="LowerPriority"), Quota("b", 3, 7))),
        Rules(preempts=True, quotas=(Quota("a", 6, 4, cohort="c", lends=3), Quota("b", 4, 6, cohort="c", strict=True))),
    ],
    ids=lambda rules: f"{rules.placement} {rules.order} {len(rules.quotas)}",
)
def test_a_scheduler_that_remembers_decides_as_one_that_begins_anew(rules):
    """Jobs come, end and are withdrawn at random; before each decision another scheduler is built from the account.

    It looks at every line and every node again: a line that was wrongly left stuck or held would differ.
    """
    rng = random.Random(f"{rules.placement}{rules.preempts}")
    nodes, running, queue, n = {"a": 4, "b": 4, "c": 2}, {}, [], 0
    scheduler = Scheduler(rules, nodes)
    for _ in range(250):
        if rng.random() < 0.55:
            job = work(f"j{n}", rng.choice([1, 1, 2, 3, 4]), namespace=rng.choice("ab"), priority=rng.choice([0, 0, 1]))
            n += 1
            scheduler.submit(job)
            queue.append(job)
        elif running and rng.random() < 0.8:
            name = rng.choice(sorted(running))
            scheduler.end(name)
            del running[name]
        elif queue:
            job = queue.pop(rng.randrange(len(queue)))
            assert scheduler.withdraw(job.name)
        while True:
            draw = rng.random()
            anew = next_action(rules, nodes, list(running.values()), queue, draw=draw)
            action = scheduler.decide(draw)
            assert action == anew
            if action is None:
                break
            queue.remove(action.work)
            if isinstance(action, Preempt):
                for victim in action.victims:
                    del running[victim.name]
                    queue.append(victim)
            if isinstance(action, Rearrange):
                running |= {moved.name: (moved, to) for moved, to in action.moves}
            running[action.work.name] = (action.work, action.node)
    assert n > 100


SHRINKS = Rules(preempts=True, shrinks=True)


def test_a_job_gives_up_as_many_gpus_as_are_claimed_and_keeps_the_others():
    """Of four it keeps one for a claim of three, and none for one of four; without `shrinks` none."""
    running = [(work("a", 4), "a"), (work("b", 4), "b")]
    for gpus, kept in ((3, 1), (4, 0)):
        claim = work("claim", gpus, priority=1)
        assert next_action(SHRINKS, NODES, running, [claim]) == Preempt(claim, "b", (running[1][0],), kept)
        assert next_action(Rules(preempts=True), NODES, running, [claim]) == Preempt(claim, "b", (running[1][0],))


def test_what_is_free_is_not_claimed_from_a_job():
    """One GPU of the node is idle, so a claim of two takes one of three."""
    running = [(work("a", 4), "a"), (work("b", 3), "b")]
    claim = work("claim", 2, priority=1)
    assert next_action(SHRINKS, NODES, running, [claim]) == Preempt(claim, "b", (running[1][0],), 2)


def test_a_shrunk_job_gives_the_rest_of_its_gpus_to_the_next_claim_and_waits_for_all_of_them():
    """Three of four, then the last; it comes back as a job of four."""
    scheduler, low = Scheduler(SHRINKS, {"a": 4}), work("low", 4)
    scheduler.start(low, ["a"])
    claims = [work("first", 3, priority=1), work("second", 1, priority=1)]
    for claim, kept in zip(claims, (1, 0), strict=True):
        scheduler.submit(claim)
        assert scheduler.decide() == Preempt(claim, "a", (low,), kept)
    assert scheduler.used == {"default": 4}
    for claim in claims:
        scheduler.end(claim.name)
    assert scheduler.decide() == Place(low, "a")


def test_a_part_of_a_gpu_and_a_gang_are_not_shrunk():
    """They give up all they have."""
    half, gang = work("half", 1, milli=500), work("gang", 2, pods=2)
    claim = work("claim", 1, priority=1)
    assert next_action(SHRINKS, {"a": 1}, [(half, "a")], [claim]) == Preempt(claim, "a", (half,))
    scheduler = Scheduler(SHRINKS, {"a": 2, "b": 2})
    scheduler.start(gang, ["a", "b"])
    scheduler.submit(claim)
    assert scheduler.decide() == Preempt(claim, "a", (gang,))


def test_a_scheduler_that_counts_only_the_sum_begins_on_a_node_without_room():
    """Two jobs of three on one node of four, as such a scheduler may have placed them; the sum is what is left."""
    running = [(work("x", 3), "a"), (work("y", 3), "a")]
    assert next_action(Rules(placement="in-sum"), NODES, running, [work("z", 2)]) == Place(work("z", 2), "b")
    assert next_action(Rules(placement="in-sum"), NODES, running, [work("z", 3)]) is None


def test_a_scheduler_that_counts_only_the_sum_begins_with_a_job_larger_than_its_node():
    """As its own decisions can be where nodes differ; the other node is next."""
    nodes = {"a": 4, "small": 2}
    running = [(work("x", 4), "small")]
    assert next_action(Rules(placement="in-sum"), nodes, running, [work("z", 2)]) == Place(work("z", 2), "a")
