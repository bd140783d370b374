"""A quota is reclaimed: in one moment most runs of a cluster lose their pods, and all their clients ask why at once.

The runs train through the gateway on borrowed GPUs. A client that takes PENDING for an end dies with its job alive; one
that survives may still bring the control plane down for the others (ORCHESTRATION §4 C8).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from control_plane.events import RequestTurnedAway, WorkEvicted
from control_plane.scheduling.quotas import Quota
from scenarios.judge.damage import Damage
from scenarios.judge.promises.the_control_plane_turns_nobody_away import the_control_plane_turns_nobody_away
from scenarios.orchestration.promises.every_run_ends_as_if_undisturbed import every_run_ends_as_if_undisturbed
from scenarios.orchestration.workloads.sandbox import Sandbox
from scenarios.orchestration.workloads.settings import SandboxSettings
from scenarios.sim.events import RunFailed, RunFinished
from scenarios.sim.trace import Trace
from scenarios.world.settings import Settings as WorldSettings

omits = ("jitter", "budget")


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """`runs` of `steps` steps on a GPU each; the owners of `reclaimed` of the GPUs want them back for `daily_s`.

    The control plane answers `burst` requests at once and `answers_per_s` for long; a client first asks it up to
    `jitter_s` late. The half-fixed client survives and omits one thing: the "jitter" of its first question, or the
    "budget" of those that follow.
    """

    runs: int = 6
    reclaimed: int = 5
    daily_s: float = 6.0
    steps: int = 3
    step_s: float = 4.0
    burst: float = 4.0
    answers_per_s: float = 10.0
    jitter_s: float = 2.0
    omits: str = "jitter"

    def __post_init__(self) -> None:
        """Refuse a quota of nothing or of more than there is, and a lack that is none."""
        super().__post_init__()
        self.at_least_one("reclaimed", "burst", "answers_per_s")
        self.at_least("runs", self.reclaimed)
        self.at_least("steps", 2)
        self.one_of("omits", omits)


origin = "ORCHESTRATION §4 C8"
settings = Settings()
needs = ()
promises = [every_run_ends_as_if_undisturbed, the_control_plane_turns_nobody_away]
must_reach = [WorkEvicted]


async def play(sandbox: Sandbox[Settings]) -> None:
    """Let all runs compute, take the lent GPUs back, and give them away again."""
    from client.retry_policies import ExactlyOnce, RetryPolicy, WarmupVerified
    from control_plane.jobs.admission import TokenBucket
    from control_plane.scheduling.cluster import Cluster
    from control_plane.scheduling.scheduler import Rules, Work
    from gateway_sim.miss_policies.not_found import NotFound
    from scenarios.orchestration.workloads.behind_gateway import behind_gateway
    from scenarios.orchestration.workloads.fleet import EngineWithRooms, Fleet, Rooms
    from scenarios.world.builder import World

    s, chance = sandbox.settings, sandbox.seeds.stream("reclaim")
    without = s.omits if s.variant == "half-fixed" else ""
    client: RetryPolicy = ExactlyOnce(
        probe_jitter_s=0.0 if without == "jitter" else s.jitter_s, queued_every_s=0.25 if without == "budget" else 2.0
    )
    if s.variant == "broken":
        client = WarmupVerified()
    jobs, rooms = [f"job-{n}" for n in range(1, s.runs + 1)], Rooms()

    async def user_of(world: World) -> Fleet:
        return Fleet(world, jobs, rooms)

    world_settings = WorldSettings(replicas=1, steps=s.steps, forward_backward_s=s.step_s, batch=1, length=8)
    engine = EngineWithRooms(rooms, sandbox.seeds, sandbox.trace.emitter)
    async with behind_gateway(sandbox, world_settings, client, NotFound(), user_of, engine) as world:
        fleet = world.user
        assert isinstance(fleet, Fleet)
        quotas = (Quota("daily", s.reclaimed), Quota("research", s.runs - s.reclaimed, borrows=s.reclaimed))
        rules = Rules(preempts=True, quotas=quotas)
        emit = fleet.tap(sandbox.trace.emitter("cluster"))
        cluster = Cluster("cluster", {"node": s.runs}, rules, emit=emit, moves_s=0.0, resumes=True)
        fleet.settle(cluster, "research")
        run = world.start_training()
        await fleet.until_step(1)
        await asyncio.sleep(chance.uniform(0.2, 0.6) * s.step_s)
        world.control_plane.admission = TokenBucket(s.burst, s.answers_per_s)
        daily = [cluster.submit(Work(f"daily-{n}", 1, s.daily_s, "daily")) for n in range(s.reclaimed)]
        await asyncio.gather(run, *daily)


def damage(trace: Trace, s: Settings) -> Damage:
    """Count the runs that died with their jobs alive, and the requests that the control plane turned away."""
    died = sum(1 for _ in trace.of(RunFailed))
    away = sum(1 for _ in trace.of(RequestTurnedAway))
    evicted = sum(1 for _ in trace.of(WorkEvicted))
    ended_s = max(entry.at_s for entry in trace.of(RunFinished, RunFailed))
    return Damage(
        amount=died + away,
        unit="runs dead and requests turned away",
        sentence=f"{evicted} of {s.runs} runs lost their pods in one moment; {died} died of it with their jobs alive, "
        f"and {away} requests were turned away",
        figures={"runs_dead": died, "turned_away": away, "reclaimed": evicted, "ended_s": round(ended_s, 3)},
    )
