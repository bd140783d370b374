"""Jobs wait, run, move, give way and end in virtual time."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NamedTuple

import pytest

from gateway_sim.control_plane.events import (
    ClusterOpened,
    WorkEnded,
    WorkEvicted,
    WorkMoved,
    WorkPlaced,
    WorkQueued,
    WorkShrunk,
    WorkToldToLeave,
)
from gateway_sim.control_plane.scheduling.cluster import Cluster
from gateway_sim.control_plane.scheduling.quotas import Quota, QuotaRefused
from gateway_sim.control_plane.scheduling.work import NoNodeCouldHold, Rules, Work, WorkRefused
from tests import clock

NODES = {"a": 2, "b": 2}


class Told(NamedTuple):
    """An event and the second at which it was emitted."""

    at_s: float
    event: Any


class Record(list[Told]):
    """All that a cluster emitted, in order."""

    def of(self, *kinds: type) -> Iterator[Told]:
        """Yield the entries whose event is one of these kinds."""
        return (entry for entry in self if isinstance(entry.event, kinds))


def told(story: Callable[[Callable[..., Cluster]], Awaitable[None]]) -> Record:
    """Play a story with a cluster and return what the cluster emitted."""
    record = Record()

    def emit(event: object) -> None:
        record.append(Told(asyncio.get_running_loop().time(), event))

    def opened(rules: Rules, **more: object) -> Cluster:
        return Cluster("c", NODES, rules, emit=emit, **more)  # type: ignore[arg-type]

    async def played() -> None:
        await story(opened)

    clock.run(played())
    return record


def test_a_waiting_job_starts_when_another_ends():
    """And the future of a job is done when the job is."""

    async def story(opened: Callable[..., Cluster]) -> None:
        cluster = opened(Rules())
        await asyncio.gather(*(cluster.submit(Work(f"w{n}", 2, 100.0)) for n in range(3)))

    trace = told(story)
    assert [(e.at_s, e.event.work, e.event.node) for e in trace.of(WorkPlaced)] == [
        (0.0, "w0", "a"), (0.0, "w1", "b"), (100.0, "w2", "a"),
    ]  # fmt: skip
    assert [(e.at_s, e.event.work) for e in trace.of(WorkEnded)] == [(100.0, "w0"), (100.0, "w1"), (200.0, "w2")]


def test_a_move_costs_its_time_and_no_work():
    """At 30 s a pair comes; the job that moves for it computes again a minute later, when the pair begins."""

    async def story(opened: Callable[..., Cluster]) -> None:
        cluster = opened(Rules(placement="spread", consolidates=True))
        jobs = [cluster.submit(Work(f"w{n}", 1, 100.0)) for n in range(2)]
        await asyncio.sleep(30.0)
        await asyncio.gather(*jobs, cluster.submit(Work("pair", 2, 100.0)))

    trace = told(story)
    (moved,) = trace.of(WorkMoved)
    assert moved.at_s == 30.0
    ends = {e.event.work: e.at_s for e in trace.of(WorkEnded)}
    stayed = next(name for name in ("w0", "w1") if name != moved.event.work)
    assert ends == {stayed: 100.0, moved.event.work: 160.0, "pair": 190.0}


def test_the_time_of_a_move_is_no_work_of_a_job_that_gives_way_after_it():
    """The job that moved computes from 90 s on; evicted at 100 s, it has computed 40 of its 100 s."""

    async def story(opened: Callable[..., Cluster]) -> None:
        cluster = opened(Rules(placement="spread", consolidates=True, preempts=True), resumes=False)
        jobs = [cluster.submit(Work(f"w{n}", 1, 100.0)) for n in range(2)]
        await asyncio.sleep(30.0)
        jobs.append(cluster.submit(Work("pair", 2, 100.0)))
        await asyncio.sleep(70.0)
        await asyncio.gather(*jobs, cluster.submit(Work("high", 2, 50.0, priority=1)))

    trace = told(story)
    (moved,) = trace.of(WorkMoved)
    lost = {e.event.work: e.event.lost_gpu_s for e in trace.of(WorkEvicted)}
    assert (moved.at_s, lost) == (30.0, {moved.event.work: 40.0})


@pytest.mark.parametrize(("resumes", "lost_gpu_s", "ends_at_s"), [(False, 60.0, 180.0), (True, 0.0, 210.0)])
def test_who_gives_way_comes_back_with_its_work_or_without(resumes, lost_gpu_s, ends_at_s):
    """Stopped at 30 s of 100 for a job of 50: from its checkpoint a minute after, or from its beginning at once."""

    async def story(opened: Callable[..., Cluster]) -> None:
        cluster = opened(Rules(preempts=True), resumes=resumes)
        jobs = [cluster.submit(Work(f"low-{n}", 2, 100.0)) for n in range(2)]
        await asyncio.sleep(30.0)
        await asyncio.gather(*jobs, cluster.submit(Work("high", 2, 50.0, priority=1)))

    trace = told(story)
    (evicted,) = trace.of(WorkEvicted)
    assert (evicted.at_s, evicted.event.work, evicted.event.wanted_by) == (30.0, "low-1", "high")
    assert evicted.event.lost_gpu_s == lost_gpu_s
    assert max(e.at_s for e in trace.of(WorkEnded)) == ends_at_s


def test_work_that_says_it_is_done_leaves_its_place_or_the_queue():
    """The one that runs makes room for the one behind it; the one that waits never runs; both are done."""

    async def story(opened: Callable[..., Cluster]) -> None:
        cluster = opened(Rules())
        jobs = [cluster.submit(Work(f"w{n}", 2, 100.0)) for n in range(4)]
        await asyncio.sleep(10.0)
        for _ in range(2):
            cluster.complete("w3")
            cluster.complete("w0")
        await asyncio.gather(*jobs)

    trace = told(story)
    assert [(e.at_s, e.event.work) for e in trace.of(WorkPlaced)] == [(0.0, "w0"), (0.0, "w1"), (10.0, "w2")]
    assert [(e.at_s, e.event.work) for e in trace.of(WorkEnded)] == [
        (10.0, "w3"), (10.0, "w0"), (100.0, "w1"), (110.0, "w2"),
    ]  # fmt: skip


def test_a_job_taken_out_of_the_queue_holds_no_other_up():
    """In strict order the first in the queue wants a whole node; once it is withdrawn, the one behind it starts."""

    async def story(opened: Callable[..., Cluster]) -> None:
        cluster = opened(Rules(placement="spread", order="strict"))
        jobs = [cluster.submit(Work(name, gpus, 100.0)) for name, gpus in [("w0", 1), ("w1", 1), ("big", 2), ("w2", 1)]]
        await asyncio.sleep(10.0)
        cluster.complete("big")
        await asyncio.gather(*jobs)

    assert [(e.at_s, e.event.work) for e in told(story).of(WorkPlaced)] == [(0.0, "w0"), (0.0, "w1"), (10.0, "w2")]


def test_what_no_node_could_hold_is_refused_and_nothing_of_it_stays():
    """It is neither queued nor told of, and the cluster goes on."""

    async def story(opened: Callable[..., Cluster]) -> None:
        cluster = opened(Rules())
        with pytest.raises(NoNodeCouldHold, match="job big asks for 3 GPUs; the largest node has 2"):
            cluster.submit(Work("big", 3, 10.0))
        await cluster.submit(Work("big", 2, 10.0))

    trace = told(story)
    assert [e.event.gpus for e in trace.of(WorkQueued)] == [2]


def test_a_name_that_is_taken_is_refused_until_its_job_has_ended():
    """The first one goes on; afterwards the name is free."""

    async def story(opened: Callable[..., Cluster]) -> None:
        cluster = opened(Rules())
        first = cluster.submit(Work("x", 1, 10.0))
        with pytest.raises(WorkRefused, match="there is a job x already, and it has not ended"):
            cluster.submit(Work("x", 2, 10.0))
        await first
        await cluster.submit(Work("x", 2, 10.0))

    trace = told(story)
    assert [e.event.gpus for e in trace.of(WorkQueued)] == [1, 2]
    assert [e.at_s for e in trace.of(WorkEnded)] == [10.0, 20.0]


def test_a_cluster_with_quotas_that_contradict_it_never_opens():
    """Nothing is told of it."""

    async def story(opened: Callable[..., Cluster]) -> None:
        with pytest.raises(QuotaRefused, match="promise 5 GPUs; the cluster has 4"):
            opened(Rules(quotas=(Quota("daily", 5),)))

    assert told(story) == []


def test_random_placement_draws_from_the_cluster_s_stream():
    """The same stream places the same, and each node gets some jobs while both have room; no stream, no cluster."""

    def nodes(seed: int) -> list[str]:
        async def story(opened: Callable[..., Cluster]) -> None:
            cluster = opened(Rules(placement="random"), chance=random.Random(seed))
            for n in range(12):
                await cluster.submit(Work(f"w{n}", 1, 1.0))

        return [entry.event.node for entry in told(story).of(WorkPlaced)]

    assert nodes(1) == nodes(1) != nodes(2)
    assert set(nodes(1)) == {"a", "b"}

    async def without(opened: Callable[..., Cluster]) -> None:
        opened(Rules(placement="random"))

    with pytest.raises(ValueError, match="cluster c places jobs at random and has no chance"):
        told(without)


NICE = Rules(preempts=True)


def preempted(rules: Rules = NICE, gpus: int = 2, **more: object) -> Record:
    """Let two jobs of a node each give way to one of `gpus` at 30 s, which runs 50 s, and return what happened."""

    async def story(opened: Callable[..., Cluster]) -> None:
        cluster = opened(rules, resumes=True, **more)
        jobs = [cluster.submit(Work(f"low-{n}", 2, 100.0)) for n in range(2)]
        await asyncio.sleep(30.0)
        await asyncio.gather(*jobs, cluster.submit(Work("high", gpus, 50.0, priority=1)))

    return told(story)


def test_a_preempted_job_saves_before_its_gpus_are_free():
    """Told at 30 s, gone at 40 with its work; the other job waits so long, and no third one comes in between."""
    trace = preempted(saves_s=10.0, grace_s=20.0)
    assert [(e.at_s, e.event.work, e.event.within_s) for e in trace.of(WorkToldToLeave)] == [(30.0, "low-1", 20.0)]
    assert [(e.at_s, e.event.lost_gpu_s) for e in trace.of(WorkEvicted)] == [(40.0, 0.0)]
    assert [(e.at_s, e.event.work) for e in trace.of(WorkPlaced)][2:] == [(40.0, "high"), (90.0, "low-1")]
    # 70 s of its 100 are left, after a minute to resume
    assert max(e.at_s for e in trace.of(WorkEnded)) == 220.0


@pytest.mark.parametrize(("grace_s", "left_at_s"), [(20.0, 50.0), (0.0, 30.0)])
def test_a_save_that_takes_longer_than_the_grace_is_cut_off(grace_s, left_at_s):
    """The job is killed, and 30 s of two GPUs are lost."""
    # without a grace a job is killed at once
    trace = preempted(saves_s=25.0, grace_s=grace_s) if grace_s else preempted(saves_s=25.0)
    assert [(e.at_s, e.event.lost_gpu_s) for e in trace.of(WorkEvicted)] == [(left_at_s, 60.0)]


def test_a_job_that_shrinks_gives_up_what_is_claimed_and_goes_on():
    """One GPU of two: of the 70 s to go it needs 140, after a minute; nothing is evicted."""
    trace = preempted(Rules(preempts=True, shrinks=True), gpus=1)
    assert not list(trace.of(WorkEvicted))
    assert [(e.at_s, e.event.work, e.event.gpus) for e in trace.of(WorkShrunk)] == [(30.0, "low-1", 1)]
    ends = {e.event.work: e.at_s for e in trace.of(WorkEnded)}
    assert ends == {"high": 80.0, "low-0": 100.0, "low-1": 30.0 + 60.0 + 140.0}


def test_a_job_that_shrinks_saves_first_and_its_cut_off_save_costs_its_work():
    """Killed at 50 s it begins anew on one GPU: a minute, then twice its 100 s."""
    trace = preempted(Rules(preempts=True, shrinks=True), gpus=1, saves_s=25.0, grace_s=20.0)
    assert [(e.at_s, e.event.lost_gpu_s) for e in trace.of(WorkShrunk)] == [(50.0, 60.0)]
    assert max(e.at_s for e in trace.of(WorkEnded)) == 50.0 + 60.0 + 200.0


def test_a_job_that_shrank_and_is_evicted_comes_back_with_all_its_gpus():
    """It has one GPU of two from 30 s on, computes from 90 s, and gives way at 110 s."""

    async def story(opened: Callable[..., Cluster]) -> None:
        cluster = opened(Rules(preempts=True, shrinks=True), resumes=True)
        jobs = [cluster.submit(Work(f"low-{n}", 2, 100.0)) for n in range(2)]
        await asyncio.sleep(30.0)
        jobs.append(cluster.submit(Work("first", 1, 80.0, priority=1)))
        await asyncio.sleep(70.0)
        jobs += [cluster.submit(Work(f"next-{n}", 2, 10.0, priority=2)) for n in range(2)]
        await asyncio.gather(*jobs)

    trace = told(story)
    placed = [(e.at_s, e.event.work, e.event.gpus) for e in trace.of(WorkPlaced)]
    assert (110.0, "low-1", 2) in placed
    # at 100 s it has 70 - (100 - 90) / 2 s to go, on two GPUs
    assert {e.event.work: e.at_s for e in trace.of(WorkEnded)}["low-1"] == 110.0 + 60.0 + 65.0


def test_work_that_is_done_while_gpus_are_left_ends_once_they_are_free():
    """The job that leaves and the one that comes; the GPUs are free for a third at 40 s and no earlier."""

    async def story(opened: Callable[..., Cluster]) -> None:
        cluster = opened(NICE, resumes=True, saves_s=10.0, grace_s=20.0)
        jobs = [cluster.submit(Work(f"low-{n}", 2, 100.0)) for n in range(2)]
        await asyncio.sleep(30.0)
        jobs += [cluster.submit(Work("high", 2, 50.0, priority=1)), cluster.submit(Work("third", 2, 10.0))]
        await asyncio.sleep(5.0)
        cluster.complete("high")
        cluster.complete("low-1")
        await asyncio.gather(*jobs)

    trace = told(story)
    ends = {e.event.work: e.at_s for e in trace.of(WorkEnded)}
    assert ends == {"low-1": 40.0, "high": 40.0, "third": 50.0, "low-0": 100.0}


def meanwhile(happens: Callable[[Cluster], None]) -> Record:
    """Let a job of two give way at 30 s, in ten seconds, and let something happen at 35 s."""

    async def story(opened: Callable[..., Cluster]) -> None:
        cluster = opened(NICE, resumes=True, saves_s=10.0, grace_s=20.0)
        jobs = [cluster.submit(Work(f"low-{n}", 2, 100.0)) for n in range(2)]
        await asyncio.sleep(30.0)
        jobs.append(cluster.submit(Work("high", 2, 50.0, priority=1)))
        await asyncio.sleep(5.0)
        happens(cluster)
        await asyncio.gather(*jobs)

    return told(story)


def test_a_job_that_waits_for_an_eviction_starts_where_gpus_become_free():
    """On the other node, at 35 s; the job that was told to leave does, at 40 s, and resumes at once."""
    trace = meanwhile(lambda cluster: cluster.complete("low-0"))
    assert [(e.at_s, e.event.work) for e in trace.of(WorkEvicted)] == [(40.0, "low-1")]
    assert [(e.at_s, e.event.work, e.event.node) for e in trace.of(WorkPlaced)][2:] == [
        (35.0, "high", "a"), (40.0, "low-1", "b"),
    ]  # fmt: skip
    assert {e.event.work: e.at_s for e in trace.of(WorkEnded)} == {"low-0": 35.0, "high": 85.0, "low-1": 170.0}


def test_a_job_that_is_done_before_it_starts_elsewhere_ends_there():
    """It was completed while it waited for an eviction."""

    def both(cluster: Cluster) -> None:
        cluster.complete("high")
        cluster.complete("low-0")

    ends = {e.event.work: e.at_s for e in meanwhile(both).of(WorkEnded)}
    assert ends == {"high": 35.0, "low-0": 35.0, "low-1": 170.0}


def test_no_node_is_sold_twice_while_a_job_saves():
    """A job of one comes while two GPUs are saved for one of one: it starts once they are left."""

    async def story(opened: Callable[..., Cluster]) -> None:
        cluster = opened(NICE, resumes=True, saves_s=10.0, grace_s=20.0)
        jobs = [cluster.submit(Work(f"low-{n}", 2, 100.0)) for n in range(2)]
        await asyncio.sleep(30.0)
        jobs += [cluster.submit(Work("high", 1, 50.0, priority=1)), cluster.submit(Work("third", 1, 10.0))]
        await asyncio.gather(*jobs)

    placed = [(e.at_s, e.event.work, e.event.node) for e in told(story).of(WorkPlaced)]
    assert placed[2:4] == [(40.0, "high", "b"), (40.0, "third", "b")]


def test_every_field_of_what_a_cluster_tells():
    """A job starts, moves, another gives way to a more urgent one, and all end: each event whole."""

    async def moves(opened: Callable[..., Cluster]) -> None:
        cluster = opened(Rules(placement="spread", consolidates=True))
        jobs = [cluster.submit(Work(f"w{n}", 1, 100.0, namespace="team")) for n in range(2)]
        await asyncio.sleep(30.0)
        await asyncio.gather(*jobs, cluster.submit(Work("pair", 2, 100.0)))

    told_of_moves = [(at_s, event) for at_s, event in told(moves) if not isinstance(event, WorkEnded)]
    (moved,) = [event for _, event in told_of_moves if isinstance(event, WorkMoved)]
    left, kept = ("a", "b") if moved.node == "b" else ("b", "a")
    assert told_of_moves == [
        (0.0, ClusterOpened("c", (("a", 2), ("b", 2)))),
        (0.0, WorkQueued("c", "w0", 1, "team")), (0.0, WorkPlaced("c", "w0", "a", 1)),
        (0.0, WorkQueued("c", "w1", 1, "team")), (0.0, WorkPlaced("c", "w1", "b", 1)),
        (30.0, WorkQueued("c", "pair", 2, "default")), (30.0, WorkMoved("c", moved.work, kept, 1)),
        (30.0, WorkPlaced("c", "pair", left, 2)),
    ]  # fmt: skip

    async def gives_way(opened: Callable[..., Cluster]) -> None:
        cluster = opened(Rules(preempts=True))
        jobs = [cluster.submit(Work(f"low-{n}", 2, 100.0)) for n in range(2)]
        await asyncio.sleep(30.0)
        await asyncio.gather(*jobs, cluster.submit(Work("high", 2, 50.0, priority=1)))

    assert [event for at_s, event in told(gives_way) if at_s == 30.0] == [
        WorkQueued("c", "high", 2, "default"), WorkEvicted("c", "low-1", "high", 60.0),
        WorkPlaced("c", "high", "b", 2),
    ]  # fmt: skip
    assert [event for _, event in told(gives_way) if isinstance(event, WorkEnded)] == [
        WorkEnded("c", name) for name in ("high", "low-0", "low-1")
    ]
