"""Preempted jobs that take their time to leave: who has their GPUs meanwhile, and where the job starts that waits."""

import random

import pytest

from gateway_sim.control_plane.scheduling.scheduler import Scheduler
from gateway_sim.control_plane.scheduling.shares import WHOLE, Node
from gateway_sim.control_plane.scheduling.work import Place, Preempt, Rules
from tests.control_plane.scheduling.test_scheduler import NODES, SHRINKS, work


def test_a_scheduler_that_waits_gives_the_room_to_no_other_job_meanwhile():
    """The victim is in no queue until it has left, and the job that comes gives way to none."""
    scheduler = Scheduler(Rules(preempts=True), {"a": 4}, waits=True)
    low, claim, higher = work("low", 4), work("claim", 2, priority=1), work("higher", 4, priority=2)
    scheduler.start(low, ["a"])
    scheduler.submit(claim)
    preempted = scheduler.decide()
    assert preempted == Preempt(claim, "a", (low,))
    scheduler.submit(higher)
    assert scheduler.decide() is None
    assert not scheduler.withdraw("low")
    scheduler.left(preempted)
    assert scheduler.decide() == Preempt(higher, "a", (claim,))


def under_way(nodes, running, claim, rules=None):
    """Return a scheduler that waits for the victims of `claim` to leave, and the preemption."""
    scheduler = Scheduler(rules or Rules(preempts=True), nodes, waits=True)
    for job, node in running:
        scheduler.start(job, [node])
    scheduler.submit(claim)
    preempted = scheduler.decide()
    assert isinstance(preempted, Preempt)
    return scheduler, preempted


LOW = [(work("x", 4), "a"), (work("y", 4), "b")]


def test_a_job_that_waits_for_others_to_leave_starts_where_room_is_free_first():
    """The other node's job ends; the victim leaves all the same, and its node is free for it."""
    scheduler, preempted = under_way(NODES, LOW, work("claim", 4, priority=1))
    assert preempted.node == "b"
    scheduler.end("x")
    assert scheduler.decide() == Place(preempted.work, "a")
    assert scheduler.decide() is None
    assert scheduler.left(preempted) is False
    assert scheduler.decide() == Place(work("y", 4), "b")
    assert scheduler.used == {"default": 8}


def test_a_job_that_waits_for_others_to_leave_lets_higher_priorities_go_first():
    """And goes before its own."""
    for priority, first in ((2, "other"), (1, "claim")):
        scheduler, _ = under_way(NODES, LOW, work("claim", 4, priority=1))
        scheduler.submit(work("other", 4, priority=priority))
        scheduler.end("x")
        action = scheduler.decide()
        assert isinstance(action, Place)
        assert (action.work.name, action.node) == (first, "a")


def test_gpus_that_are_being_left_go_to_no_job_until_they_are_free():
    """A claim of one takes one of three; the second of them is free for the next job once the victim has left."""
    scheduler, preempted = under_way({"a": 3}, [(work("three", 3), "a")], work("claim", 1, priority=1))
    scheduler.submit(work("one", 1))
    scheduler.submit(work("another", 1))
    assert scheduler.decide() is None
    assert scheduler.left(preempted) is True
    assert [scheduler.decide(), scheduler.decide()] == [Place(work("one", 1), "a"), Place(work("another", 1), "a")]


def test_an_idle_gpu_that_no_claim_needs_is_taken_meanwhile():
    """The claim takes the four GPUs that are being left, and the fifth is idle."""
    scheduler, _ = under_way({"a": 5}, [(work("four", 4), "a")], work("claim", 4, priority=1))
    scheduler.submit(work("one", 1))
    assert scheduler.decide() == Place(work("one", 1), "a")


def test_what_a_claim_needs_of_the_idle_ones_is_free_again_when_it_starts_elsewhere():
    """Two of four are idle, and the claim of four waits for the others."""
    running = [(work("two", 2), "a"), (work("y", 4, priority=1), "b")]
    scheduler, preempted = under_way(NODES, running, work("claim", 4, priority=1))
    scheduler.submit(work("pair", 2))
    assert scheduler.decide() is None
    scheduler.end("y")
    assert [scheduler.decide(), scheduler.decide()] == [Place(preempted.work, "b"), Place(work("pair", 2), "a")]
    assert scheduler.left(preempted) is False
    assert scheduler.decide() == Place(work("two", 2), "a")


def test_processors_and_parts_of_gpus_are_left_like_whole_ones():
    """Of a GPU's 1,000 thousandths and the node's processors, a victim holds its part until it has left."""
    low = work("low", 1, milli=600, cpu_milli=4000)
    claim = work("claim", 1, milli=500, cpu_milli=1000, priority=1)
    scheduler, preempted = under_way({"a": Node((WHOLE,), 4000)}, [(low, "a")], claim)
    for name, milli, cpu_milli in (("idle", 400, 0), ("left", 100, 2000)):
        scheduler.submit(work(name, 1, milli=milli, cpu_milli=cpu_milli))
    action = scheduler.decide()
    assert action == Place(work("idle", 1, milli=400), "a")
    assert scheduler.decide() is None
    scheduler.left(preempted)
    assert scheduler.decide() == Place(work("left", 1, milli=100, cpu_milli=2000), "a")


def test_a_job_that_shrinks_for_one_that_starts_elsewhere_shrinks_all_the_same():
    """It was told to, and the GPUs that it leaves are for the next job."""
    scheduler, preempted = under_way(NODES, LOW, work("claim", 1, priority=1), SHRINKS)
    assert preempted.kept == 3
    scheduler.submit(work("one", 1))
    scheduler.end("x")
    assert [scheduler.decide(), scheduler.decide()] == [Place(preempted.work, "a"), Place(work("one", 1), "a")]
    assert scheduler.used == {"default": 5}
    assert scheduler.left(preempted) is False
    scheduler.submit(work("last", 1, priority=-1))
    assert scheduler.decide() == Place(work("last", 1, priority=-1), "b")


@pytest.mark.parametrize(("rules", "sizes"), [(Rules(preempts=True), [2]), (SHRINKS, [1, 2, 3])])
def test_no_gpu_is_used_twice_however_long_victims_take_to_leave(rules, sizes):
    """Jobs come, end and leave at random; what runs and what leaves never exceeds a node, nor idles beside a job.

    Jobs of one size leave no idle GPU that only a claim of another size could use.
    """
    rng, nodes = random.Random("leaving"), {"a": 4, "b": 4, "c": 2}
    scheduler = Scheduler(rules, nodes, waits=True)
    on, under_way, waiting, n = {}, [], 0, 0
    for _ in range(400):
        chance = rng.random()
        if chance < 0.5:
            n, waiting = n + 1, waiting + 1
            scheduler.submit(work(f"j{n}", rng.choice(sizes), priority=rng.choice([0, 0, 1, 2])))
        elif chance < 0.75 and under_way:
            action = under_way.pop(rng.randrange(len(under_way)))
            for victim in action.victims:
                on[victim.name] = action.node, action.kept
            for victim in action.evicted:
                del on[victim.name]
                waiting += 1
            if scheduler.left(action):
                on[action.work.name] = action.node, action.work.gpus
                waiting -= 1
        else:
            leaving = {victim.name for action in under_way for victim in action.victims}
            if runs := sorted(set(on) - leaving):
                name = rng.choice(runs)
                scheduler.end(name)
                del on[name]
        while (action := scheduler.decide()) is not None:
            if isinstance(action, Place):
                on[action.work.name] = action.node, action.work.gpus
                waiting -= 1
            else:
                under_way.append(action)
        used = dict.fromkeys(nodes, 0)
        for node, gpus in on.values():
            used[node] += gpus
        assert all(used[node] <= nodes[node] for node in nodes)
        assert len(sizes) > 1 or not waiting or all(nodes[node] - used[node] < 2 for node in nodes)
