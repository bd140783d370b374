"""EASY backfill: a job passes the first that waits only where that one starts no later for it."""

import random
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path

import pytest

from gateway_sim.control_plane.scheduling.placers import FreeNode, WaitingJob
from gateway_sim.control_plane.scheduling.shares import Node
from gateway_sim.control_plane.scheduling.work import Work
from gateway_sim.scenarios.compare.port_contract.hold import hold
from gateway_sim.scenarios.orchestration.fleets.inputs import Job, LeftOut, Trace, read_jobs, read_nodes
from gateway_sim.scenarios.orchestration.fleets.replay import fleet_of, outcomes
from gateway_sim.scenarios.orchestration.fleets.settings import FleetSettings
from gateway_sim.scenarios.orchestration.parts.easy_backfill import EasyBackfill, make

SIZES = {"a": 8, "b": 8, "c": 4}


def started(scheduler: EasyBackfill, free: Sequence[FreeNode], *jobs: WaitingJob, now_s: float = 0.0) -> list[str]:
    """Return the names of the jobs that start."""
    return [start.job for start in scheduler.place(free, jobs, now_s)]


def after_a_job_of_six(limit_s: float | None) -> tuple[EasyBackfill, list[FreeNode]]:
    """Return a scheduler that has started a job on six of eight GPUs, and its node then."""
    empty = [FreeNode("a", (1000,) * 8)]
    scheduler = EasyBackfill(empty)
    running = WaitingJob("running", 6, limit_s=limit_s)
    assert started(scheduler, empty, running) == ["running"]
    return scheduler, [empty[0].less(running)]


def test_a_job_that_ends_before_the_reservation_passes_and_a_longer_one_does_not() -> None:
    """The job of eight can start after 100 s, when the running one must have ended."""
    scheduler, free = after_a_job_of_six(100.0)
    first = WaitingJob("first", 8, limit_s=50.0)
    assert started(scheduler, free, first, WaitingJob("long", 2, limit_s=101.0)) == []
    assert started(scheduler, free, first, WaitingJob("without a limit", 2)) == []
    assert started(scheduler, free, first, WaitingJob("short", 2, limit_s=100.0)) == ["short"]
    assert started(scheduler, free, first, WaitingJob("late", 2, limit_s=100.0), now_s=1.0) == []


def test_a_job_that_leaves_what_the_first_one_needs_passes_however_long_it_is() -> None:
    """Seven of eight are needed after 100 s, so one more GPU is to spare, and no second one."""
    scheduler, free = after_a_job_of_six(100.0)
    first, days = WaitingJob("first", 7, limit_s=50.0), 1e6
    ones = [WaitingJob(name, 1, limit_s=days) for name in "xy"]
    assert started(scheduler, free, first, *ones) == ["x"]


def test_a_running_job_without_a_limit_reserves_nothing() -> None:
    """It is not known when the first one can start, so every job that fits passes; one past its limit ends now."""
    scheduler, free = after_a_job_of_six(None)
    assert started(scheduler, free, WaitingJob("first", 8), WaitingJob("other", 2)) == ["other"]
    scheduler, free = after_a_job_of_six(100.0)
    assert started(scheduler, free, WaitingJob("first", 8), WaitingJob("other", 2, limit_s=5.0), now_s=150.0) == []


def test_a_job_that_ended_early_is_forgotten() -> None:
    """It is on no node any more, so its GPUs are no others' that will come free."""
    scheduler, _ = after_a_job_of_six(100.0)
    taken = [FreeNode("a", (0, 0, *[1000] * 6), jobs=("unknown",))]
    first, other = WaitingJob("first", 8), WaitingJob("other", 6, limit_s=1e6)
    assert started(scheduler, taken, first, other) == ["other"]


def test_priorities_come_first_and_equal_ones_in_the_order_of_their_waits() -> None:
    """The urgent job holds the reservation."""
    scheduler, free = after_a_job_of_six(100.0)
    jobs = [WaitingJob("low", 2, limit_s=500.0), WaitingJob("urgent", 8, priority=1)]
    assert started(scheduler, free, *jobs) == []
    assert started(scheduler, free, *jobs[:1]) == ["low"]


def test_a_job_that_the_cluster_started_itself_is_known_by_its_wait() -> None:
    """It preempted others, so no answer named it; and a moved job is reckoned where it runs now."""
    empty = [FreeNode(name, (1000,) * 4) for name in "ab"]
    scheduler = EasyBackfill(empty)
    urgent, first = WaitingJob("urgent", 4, limit_s=100.0), WaitingJob("first", 4, pods=2)
    full = [FreeNode(node.name, (0,) * 4, jobs=("other",)) for node in empty]
    assert started(scheduler, full, urgent) == []
    there = [FreeNode("a", (0,) * 4, jobs=("urgent",)), FreeNode("b", (0, 0, 1000, 1000))]
    assert started(scheduler, there, first, WaitingJob("long", 2, limit_s=101.0)) == ["long"]
    moved = [FreeNode("a", (1000,) * 4), FreeNode("b", (0,) * 4, jobs=("urgent",))]
    assert started(scheduler, moved, first, WaitingJob("long", 2, limit_s=101.0)) == []
    assert started(scheduler, moved, first, WaitingJob("short", 2, limit_s=99.0), now_s=1.0) == ["short"]


def test_all_that_ends_when_the_first_job_can_start_is_reckoned_with() -> None:
    """Both jobs end after 100 s, and then it fits on either node: a long job on one of them leaves it the other."""
    empty = [FreeNode(name, (1000,) * 4) for name in "ab"]
    scheduler = EasyBackfill(empty)
    half, whole = WaitingJob("half", 2, limit_s=100.0), WaitingJob("whole", 4, limit_s=100.0)
    assert started(scheduler, empty, half, whole) == ["half", "whole"]
    busy = [empty[0].less(half), empty[1].less(whole)]
    assert started(scheduler, busy, WaitingJob("first", 3), WaitingJob("long", 2, limit_s=1e6)) == ["long"]


def drawn(seed: int) -> Trace:
    """Draw 120 jobs of one to eight GPUs at a load that lets them wait; their limits are their durations or longer."""
    rng, at_s, jobs = random.Random(seed), 0.0, []
    for n in range(120):
        at_s += rng.expovariate(1 / 60)
        runs_s = float(rng.randint(30, 900))
        gpus = rng.choice([1, 1, 2, 3, 4, 8])
        limit_s = runs_s * rng.choice([1.0, 1.0, 2.0])
        jobs.append(Job(at_s, Work(f"job-{n}", gpus, runs_s, limit_s=limit_s, pods=rng.choice([1, 1, 1, 2]))))
    return Trace(jobs, True, LeftOut())


def earliest_s(work: Work, running: Mapping[str, tuple[Work, list[str], float]], now_s: float) -> float:
    """Return the second from which a job fits, if every running job ends at its limit and no other one starts."""
    free = dict(SIZES)
    for other, nodes, _ in running.values():
        for node in nodes:
            free[node] -= other.gpus
    ends = sorted(running.values(), key=lambda one: one[2])
    for other, nodes, ends_s in ends:
        if sum(gpus // work.gpus for gpus in free.values()) >= work.pods:
            return now_s
        now_s = max(now_s, ends_s)
        for node in nodes:
            free[node] += other.gpus
    return now_s


@pytest.mark.parametrize("seed", range(4))
def test_no_job_starts_later_than_was_reserved_for_it(seed: int) -> None:
    """Counted again from the log: the earliest second by the limits at the moment at which it became the first."""
    fleet = fleet_of({name: Node.of(gpus) for name, gpus in SIZES.items()}, drawn(seed), None, FleetSettings(), 0)
    ((_, tally),) = outcomes(fleet, [], {"easy-backfill": make})
    works = {job.work.name: job.work for job in fleet.jobs}
    waiting, running, promised, passed = list[str](), dict[str, tuple[Work, list[str], float]](), dict[str, float](), 0
    for now_s, events in groupby(tally.log, key=lambda row: row[0]):
        for _, what, job, node in events:
            if what == "queued":
                waiting.append(job)
            elif what == "ended":
                del running[job]
            else:
                if job in waiting:
                    assert now_s <= promised.get(job, now_s) + 1e-6, job
                    passed += waiting.index(job) > 0
                    waiting.remove(job)
                    running[job] = works[job], [], now_s + (works[job].limit_s or 0.0)
                running[job][1].append(node)
        if waiting and waiting[0] not in promised:
            promised[waiting[0]] = earliest_s(works[waiting[0]], running, now_s)
    assert passed > 10
    assert len(promised) > 10


def test_a_fleets_jobs_have_the_limits_of_their_file_or_of_their_durations(tmp_path: Path) -> None:
    """A job of 90 s passes the first one, which waits for 100 s, only where its limit is known."""
    nodes, jobs = tmp_path / "nodes.csv", tmp_path / "jobs.csv"
    nodes.write_text("gpus\n8\n")
    rows = ["running,0,6,100,100", "first,1,8,50,", "other,3,2,90,"]
    jobs.write_text("name,submit_s,gpus,duration_s,limit_s\n" + "".join(f"{row}\n" for row in rows))
    waits_s = {}
    for times in (0.0, 1.0):
        rooms = read_nodes(nodes)
        fleet = fleet_of(rooms, read_jobs(jobs, rooms), None, FleetSettings(limit_times=times), 0)
        assert [job.work.limit_s for job in fleet.jobs] == [100.0, times * 50.0 or None, times * 90.0 or None]
        ((_, tally),) = outcomes(fleet, [], {"easy-backfill": make})
        waits_s[times] = tally.waits_s
    assert waits_s[0.0] == {"running": 0.0, "first": 99.0, "other": 147.0}
    assert waits_s[1.0] == {"running": 0.0, "first": 99.0, "other": 0.0}


def test_where_no_job_says_a_limit_it_is_best_fit() -> None:
    """The same starts on the same nodes, event by event; gangs and parts of GPUs too."""
    folder = Path(__file__).parents[4] / "examples" / "fleet"
    rooms = read_nodes(folder / "nodes.csv")
    digests = []
    for times in (0.0, 1.0):
        fleet = fleet_of(rooms, read_jobs(folder / "jobs.csv", rooms), None, FleetSettings(limit_times=times), 0)
        digests.append([outcome.digest for outcome, _ in outcomes(fleet, ["best-fit"], {"easy-backfill": make})])
    (ours, without_limits), (again, with_limits) = digests
    assert ours == again == without_limits != with_limits


def test_it_holds_the_contract_of_a_scheduler() -> None:
    """Every clause: where no job says a limit, a job that fits passes one that does not."""
    assert [(one.clause, one.saw) for one in hold("scheduler", make) if one.result != "holds"] == []
