"""The parts that its settings give a world, and its verbs."""

import asyncio
import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from gateway_sim.client.events import CallSent
from gateway_sim.control_plane.events import (
    JobMoved,
    JobRoutable,
    JobWaits,
    LeaseRenewed,
    PodNoticedDead,
    PodPlaced,
)
from gateway_sim.control_plane.jobs.states import JobState
from gateway_sim.events import RequestForwarded, RouteBelieved, RoutePublished
from gateway_sim.primary import StrongReadUnavailable
from gateway_sim.route_table import RouteKey
from gateway_sim.scenarios.engines.virtual.engine import VirtualEngine
from gateway_sim.scenarios.faults.pod import PodCrash
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run, run_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim import clock
from gateway_sim.scenarios.sim.clock import EPOCH_S
from gateway_sim.scenarios.sim.events import (
    AddressReused,
    DeleteCameLate,
    FaultInjected,
    FaultLifted,
    JobDeleted,
    JobPreempted,
    PodDrained,
    RunHung,
    StrongReadFailed,
    UserThought,
)
from gateway_sim.scenarios.sim.seeds import Seeds
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.account import ACCOUNT, API_KEY, FIREWORKS_KEY, JOB, NEIGHBOUR
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.engine import PodDidNotStart
from gateway_sim.scenarios.world.own_user import own_user
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.trainer_pod.events import PodStopped


def played(story: Callable[[World], Any], **settings: str) -> RunResult:
    """Play a story in the world of the healthy race."""
    planned = race_plan(RunSpec("healthy", settings=settings))
    return run_plan(dataclasses.replace(planned, race=dataclasses.replace(planned.race, play=story)))


@pytest.mark.parametrize(("quota", "waits"), [("0", 0), ("1", 1), ("2", 0)])
def test_a_world_has_the_quota_of_its_settings(quota: str, waits: int) -> None:
    """A second job waits where the account may have one; 0 is no quota."""

    async def story(world: World) -> None:
        await world.start_job()
        world.reconciler.create(ACCOUNT, NEIGHBOUR)
        await world.start_training()

    result = played(story, quota=quota)
    assert len(list(result.trace.of(JobWaits))) == waits
    assert result.outcome == "completed"


def at(result: RunResult, *kinds: type[Any]) -> list[tuple[float, Any]]:
    """Return the second and the event of each entry of these kinds."""
    return [(entry.at_s, entry.event) for entry in result.trace.of(*kinds)]


def of_job(result: RunResult, job: str = JOB) -> list[tuple[float, str, int]]:
    """Return when a job moved to which state, and its incarnation."""
    states = [(at_s, one) for at_s, one in at(result, JobMoved) if one.job == job]
    return [(round(at_s, 3), one.state.removeprefix("JOB_STATE_"), one.incarnation) for at_s, one in states]


def test_a_job_starts_within_its_time_and_is_routable_once_every_replica_shows_it() -> None:
    """RUNNING comes with the pod; the control plane asks each replica until it shows the route."""

    async def story(world: World) -> None:
        await world.start_job()
        await asyncio.sleep(6.0)

    result = played(story, start_s="7", stale="1", lag_s="2")
    assert of_job(result) == [(0.0, "CREATING", 0), (0.0, "PENDING", 1), (7.0, "RUNNING", 1)]
    ((routable_s, _),) = at(result, JobRoutable)
    assert 9.0 <= routable_s < 9.5


def test_a_job_whose_pod_does_not_start_ends_the_story_with_the_reason() -> None:
    """It is the control plane's message of the job."""

    async def story(world: World) -> None:
        async def no_room(app: object) -> str:
            raise OSError("no room left")

        world.reconciler._launcher.start = lambda *pod: no_room(pod)  # type: ignore[method-assign]
        await world.start_job()

    with pytest.raises(PodDidNotStart, match=r"^no room left$"):
        played(story)


@pytest.mark.parametrize(("endpoints", "hosts"), [("1", {"pod-job-1-1"}), ("2", {"ingress-0", "ingress-1"})])
def test_a_pod_is_reached_by_its_own_address_or_by_its_ingresses(endpoints: str, hosts: set[str]) -> None:
    """One address is the pod's own."""
    result = run(RunSpec("healthy", settings={"endpoints": endpoints, "steps": "1"}))
    assert {sent.address.partition(":")[0] for _, sent in at(result, RequestForwarded)} == hosts


@pytest.mark.parametrize(
    ("fence_s", "grace_s", "stopped_s"), [("0", None, 4.0), ("3", None, 7.0), ("0", 5.0, 5.0), ("3", 5.0, 8.0)]
)
def test_a_preempted_pod_is_fenced_and_stopped_by_the_settings(
    fence_s: str, grace_s: float | None, stopped_s: float
) -> None:
    """Once it runs. It is stopped `grace_s` after the fence: the setting's, unless the verb names another."""

    async def story(world: World) -> None:
        world.reconciler.create(ACCOUNT, JOB)
        await world.preempt_job(grace_s)
        await world.until_running(2)
        await asyncio.sleep(20.0)

    result = played(story, fence_s=fence_s, grace_s="4")
    assert [(at_s, moved.job, moved.grace_s) for at_s, moved in at(result, JobPreempted)] == [
        (1.0, JOB, grace_s or 4.0)
    ]
    at_s, pod = at(result, PodStopped)[0]
    assert (at_s - 1.0, pod.incarnation) == (stopped_s, 1)
    assert of_job(result)[-2:] == [(1.0, "PENDING", 2), (2.0, "RUNNING", 2)]


@pytest.mark.parametrize(("grace_s", "drained_s"), [(None, 4.0), (6.0, 6.0)])
def test_a_draining_pod_serves_for_its_grace_and_then_the_job_moves(grace_s: float | None, drained_s: float) -> None:
    """The setting's, unless the verb names another."""

    async def story(world: World) -> None:
        world.reconciler.create(ACCOUNT, JOB)
        await world.drain_job(grace_s)
        await world.until_running(2)

    result = played(story, grace_s="4")
    assert at(result, PodDrained) == [(1.0, PodDrained(JOB, drained_s))]
    assert of_job(result)[-2:] == [(1.0 + drained_s, "PENDING", 2), (2.0 + drained_s, "RUNNING", 2)]


def test_until_running_waits_for_the_named_incarnation_of_the_trained_job() -> None:
    """Neither another job nor an older incarnation counts."""

    async def story(world: World) -> None:
        await world.start_neighbour()
        world.reconciler.create(ACCOUNT, JOB)
        await world.until_running(1)
        assert world.reconciler.get(ACCOUNT, JOB).state is JobState.RUNNING
        await world.preempt_job(0.0)
        await world.until_running(1)
        assert world.reconciler.get(ACCOUNT, JOB).state is JobState.PENDING
        await world.until_running(2)
        assert world.reconciler.get(ACCOUNT, JOB).state is JobState.RUNNING

    played(story)


@pytest.mark.parametrize(
    ("restart", "states"), [("always", [(7.0, "PENDING", 2), (8.0, "RUNNING", 2)]), ("never", [(7.0, "FAILED", 1)])]
)
def test_a_pod_that_crashed_is_noticed_after_its_delay_and_then_replaced_or_not(
    restart: str, states: list[tuple[float, str, int]]
) -> None:
    """By the settings of the world."""

    async def story(world: World) -> None:
        await world.start_job()
        world.inject(PodCrash())
        await asyncio.sleep(10.0)

    result = played(story, notice_s="6", restart=restart)
    assert at(result, PodNoticedDead) == [(7.0, PodNoticedDead(ACCOUNT, JOB, 1, "crashed", restart))]
    assert of_job(result)[3:] == states


def test_a_lease_is_renewed_three_times_in_its_time_while_the_control_plane_is_up() -> None:
    """It ends by the world's time of day, which the replicas' clocks share."""

    async def story(world: World) -> None:
        await world.start_job()
        await asyncio.sleep(6.5)
        world.control_plane.outages += 1
        await asyncio.sleep(20.0)
        (route,) = world.table.history.changes
        held = [(change.at_s, change.route.lease_until_s - EPOCH_S) for change in world.table.history.of(route)]
        assert held == [(1.0, 7.0), (3.0, 9.0), (5.0, 11.0), (7.0, 13.0)]
        seen = [replica.clock.judge(replica.peek(route, s), s) for s in (12.9, 13.0) for replica in world.replicas]
        assert [one.state for one in seen if one] == ["READY"] * 3 + ["EXPIRED"] * 3

    result = played(story, lease_s="6")
    assert [at_s for at_s, _ in at(result, LeaseRenewed)] == [3.0, 5.0, 7.0]


def test_a_strong_read_takes_its_time_and_may_be_blocked_from_the_start() -> None:
    """By the settings; it reads the table, and says which read failed."""

    async def story(world: World) -> None:
        await world.start_job()
        began_s = asyncio.get_running_loop().time()
        if world.settings.no_strong_read:
            with pytest.raises(StrongReadUnavailable, match="global secondary index"):
                await world.primary.strong_read(RouteKey(ACCOUNT, JOB))
        else:
            route = await world.primary.strong_read(RouteKey(ACCOUNT, JOB))
            assert route is not None
            assert (route.state, asyncio.get_running_loop().time() - began_s) == ("READY", 0.25)

    assert not at(played(story, strong_read_s="0.25"), StrongReadFailed)
    assert len(at(played(story, no_strong_read="index"), StrongReadFailed)) == 1


def test_faults_end_by_themselves_or_the_newest_first() -> None:
    """One with a duration is undone after it, the others when the story lifts all."""
    undone: list[str] = []

    @dataclasses.dataclass
    class Noted:
        name: str
        for_s: float | None = None

        def begin(self, world: World) -> Callable[[], None]:
            return lambda: undone.append(self.name)

    async def story(world: World) -> None:
        for fault in (Noted("first"), Noted("short", 2.5), Noted("last")):
            world.inject(fault)  # type: ignore[arg-type]
        await asyncio.sleep(4.0)
        assert undone == ["short"]
        world.lift_all()
        world.lift_all()

    result = played(story)
    assert undone == ["short", "last", "first"]
    assert at(result, FaultInjected) == [(0.0, FaultInjected(name)) for name in ("first", "short", "last")]
    lifted = [(2.5, "short"), (4.0, "last"), (4.0, "first")]
    assert at(result, FaultLifted) == [(at_s, FaultLifted(name)) for at_s, name in lifted]


@pytest.mark.parametrize(("deleted", "of_pod"), [(JOB, 0), ("job-3", 1), (None, None)])
def test_a_neighbour_at_an_address_of_before_is_reported(deleted: str | None, of_pod: int | None) -> None:
    """Whichever pod had it; a neighbour at an address of its own is not reported."""

    async def story(world: World) -> None:
        await world.start_job()
        world.reconciler.create(ACCOUNT, "job-3")
        await world.until(JobMoved, state=JobState.RUNNING.value, job="job-3")
        if deleted is not None:
            await world.reconciler.delete(ACCOUNT, deleted)
        await world.start_neighbour()

    result = played(story, cooldown_s="1")
    placed = [pod for _, pod in at(result, PodPlaced)]
    assert [pod.job for pod in placed] == [JOB, "job-3", NEIGHBOUR]
    assert len({pod.address for pod in placed}) == (3 if of_pod is None else 2)
    reported = [] if of_pod is None else [(3.0, AddressReused(NEIGHBOUR, placed[of_pod].address))]
    assert at(result, AddressReused) == reported


def test_a_job_is_deleted_for_good_and_a_late_delete_says_whether_it_changed_the_table() -> None:
    """It is of the trained job's route of that generation."""

    async def story(world: World) -> None:
        await world.start_job()
        await world.deliver_late_delete(0)
        await world.deliver_late_delete(1)
        await world.delete_job()

    result = played(story)
    late = [event for _, event in at(result, DeleteCameLate)]
    assert late == [DeleteCameLate(JOB, 0, False), DeleteCameLate(JOB, 1, True)]
    assert at(result, JobDeleted) == [(1.0, JobDeleted(JOB))]
    assert of_job(result)[-1] == (1.0, "DELETED", 1)


@pytest.mark.parametrize("most", [6, 1000])
def test_a_world_ends_with_the_request_that_is_one_too_many(most: int) -> None:
    """Of the clients; no other event counts, and all of them are passed on."""
    told: list[object] = []

    async def story(world: World) -> None:
        emit = world.counted(told.append)
        for n in range(6):
            emit(CallSent("connect", "/", None, f"req-{n}"))
            emit(UserThought(0.0))
            await asyncio.sleep(1.0)

    result = played(story, most_requests=str(most))
    hung = [(at_s, one.requests) for at_s, one in at(result, RunHung)]
    assert hung == ([(5.0, 6)] if most == 6 else [])
    assert [type(event) for event in told] == [CallSent, UserThought] * 6


def test_a_world_names_its_addresses_keys_and_checkpoints() -> None:
    """The gateway's address is the only front; this project's own gateway has no instances; each key is known."""

    async def story(world: World) -> None:
        assert world.gateway_fronts == [world.gateway_address] == ["gateway:8002"]
        assert world.control_plane_address == "control-plane:8001"
        assert list(world.instances) == []
        assert world.control_plane.keys == {API_KEY: "acme", FIREWORKS_KEY: "acme"}
        await world.start_job()
        await world.start_training()
        assert [one.name for one in await world.control_plane.saved(ACCOUNT, JOB)] == ["step-1", "step-2", "step-3"]
        with pytest.raises(ValueError, match="wants 1 GPU"):
            world.reconciler.create("strangers", JOB)

    result = played(story, save_every="1", quota="1")
    assert {entry.source for entry in result.trace.entries} >= {"table", "control-plane", "gateway", "world", "user"}
    assert result.outcome == "completed"


def test_a_world_that_begins_late_counts_from_its_begin() -> None:
    """Its replicas' clocks have the time of day of the engine, and its views begin with the world."""
    trace, seeds = Trace(), Seeds(0)

    async def story() -> None:
        await asyncio.sleep(50.0)
        plan = race_plan(RunSpec("healthy"))
        engine, settings = VirtualEngine(seeds, trace.emitter), Settings(horizon_s=3.1)
        async with World(engine, seeds, trace, plan.pairing, settings, own_user) as world:
            assert [replica.clock.zero_s for replica in world.replicas] == [EPOCH_S] * 3
            assert world.began_s == 50.0
            await asyncio.sleep(10.0)
            world.begin()
            assert world.began_s == 60.0
            await world.play(World.start_job)
            await world.play(lambda world: asyncio.sleep(9.0))

    clock.run(story())
    assert next(trace.of(RunHung)).event == RunHung(4.1, 0)
    views = [entry.event for entry in trace.of(RouteBelieved)]
    assert [(one.from_s, one.to_s) for one in views] == [(0.0, 1.0), (1.0, 4.1)] * 3
    assert next(trace.of(RoutePublished)).at_s == 1.0
