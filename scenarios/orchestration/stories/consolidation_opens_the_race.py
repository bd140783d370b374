"""Running jobs are moved together so that GPUs do not idle, and each move is a lost pod and a stale route.

Runs of one GPU train through the gateway; a job of two GPUs comes, and one of them moves for it. What the move wins is
compared with a cluster that moves nobody, what it costs is what the moved run computes again or waits
(ORCHESTRATION §4 C10).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from control_plane.events import WorkMoved
from control_plane.scheduling.cluster import Cluster
from control_plane.scheduling.scheduler import Rules, Work
from scenarios.judge.damage import Damage
from scenarios.orchestration.promises.every_run_ends_as_if_undisturbed import every_run_ends_as_if_undisturbed
from scenarios.orchestration.promises.moving_wins_more_than_it_costs import moving_wins_more_than_it_costs
from scenarios.orchestration.promises.no_gpu_idles_while_a_job_would_fit import stranded
from scenarios.orchestration.workloads.events import GpuSecondsLost, GpuSecondsWon
from scenarios.orchestration.workloads.sandbox import Sandbox
from scenarios.orchestration.workloads.settings import SandboxSettings
from scenarios.sim.events import RunFailed, RunFinished
from scenarios.sim.trace import Trace
from scenarios.world.settings import Settings as WorldSettings

omits = ("lease", "saves")
NODES = {"a": 2, "b": 2}


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """Two runs of `steps` steps of `step_s`; the pair of GPUs is wanted `left_s` before they would end, for `pair_s`.

    Every replica of the gateway lags `lag_s` behind the route table. The half-fixed run survives its move and omits one
    thing: the gateway's "lease" of the newest route, or its own "saves".
    """

    steps: int = 6
    step_s: float = 10.0
    left_s: float = 15.0
    pair_s: float = 20.0
    lag_s: float = 60.0
    omits: str = "lease"

    def __post_init__(self) -> None:
        """Refuse runs of nothing, and a lack that is none."""
        super().__post_init__()
        self.at_least_one("step_s", "pair_s", "left_s")
        self.at_least("steps", 2)
        self.one_of("omits", omits)


origin = "ORCHESTRATION §4 C10"
settings = Settings()
needs = ()
promises = [every_run_ends_as_if_undisturbed, moving_wins_more_than_it_costs]
must_reach = [WorkMoved, GpuSecondsWon]
RUNS = ("job-1", "job-2")


async def play(sandbox: Sandbox[Settings]) -> None:
    """Let two runs compute on two nodes of two, and a job of two GPUs come shortly before their end."""
    from client.retry_policies import ExactlyOnce, RetryPolicy, WarmupVerified
    from gateway_sim.miss_policies import MissPolicy
    from gateway_sim.miss_policies.leased_generation import LeasedGeneration
    from gateway_sim.miss_policies.not_found import NotFound
    from scenarios.orchestration.workloads.behind_gateway import behind_gateway
    from scenarios.orchestration.workloads.fleet import EngineWithRooms, Fleet, Rooms
    from scenarios.world.builder import World

    s, rooms = sandbox.settings, Rooms()
    without = s.omits if s.variant == "half-fixed" else ""
    client: RetryPolicy = WarmupVerified() if s.variant == "broken" else ExactlyOnce()
    gateway: MissPolicy = NotFound() if s.variant == "broken" or without == "lease" else LeasedGeneration()
    world_settings = WorldSettings(
        replicas=1, stale=1, lag_s=s.lag_s, steps=s.steps, forward_backward_s=s.step_s, optim_step_s=0.0,
        save_every=0 if without == "saves" else 1, batch=1, length=8,
    )  # fmt: skip

    async def user_of(world: World) -> Fleet:
        return Fleet(world, RUNS, rooms)

    engine = EngineWithRooms(rooms, sandbox.seeds, sandbox.trace.emitter)
    async with behind_gateway(sandbox, world_settings, client, gateway, user_of, engine) as world:
        fleet = world.user
        assert isinstance(fleet, Fleet)
        rules = Rules(placement="spread", consolidates=True)
        moved = Cluster("moved", NODES, rules, emit=fleet.tap(sandbox.trace.emitter("moved")), moves_s=0.0)
        fleet.settle(moved)
        await fleet.until_routable()
        began_s = sandbox.now_s
        run = world.start_training()
        as_is = Cluster("as-is", NODES, Rules(placement="spread"), emit=sandbox.trace.emitter("as-is"))
        await fleet.until_step(1)
        first_s = sandbox.now_s
        left_s = s.left_s * sandbox.seeds.stream("pair").uniform(0.8, 1.2)
        ends_s = first_s + (s.steps - 1) * s.step_s
        as_is_runs = [as_is.submit(Work(job, 1, ends_s - first_s)) for job in RUNS]
        await sandbox.until_s(ends_s - left_s)
        pairs = [cluster.submit(Work("pair", 2, s.pair_s)) for cluster in (moved, as_is)]
        await asyncio.gather(run, *pairs, *as_is_runs)
    _bill(sandbox, began_s, ends_s)


def _bill(sandbox: Sandbox[Settings], began_s: float, ends_s: float) -> None:
    """Tell what the moves won and what they cost: a run that died lost all it had, one that ended late its delay."""
    trace = sandbox.trace
    won_h = stranded(trace, "as-is")[0] - stranded(trace, "moved")[0]
    sandbox.emit(GpuSecondsWon(round(won_h * 3600, 6)))
    for job in dict.fromkeys(entry.event.work for entry in trace.of(WorkMoved)):
        end = next(trace.told_by(job).of(RunFinished, RunFailed))
        died = isinstance(end.event, RunFailed)
        lost_s = end.at_s - began_s if died else max(end.at_s - ends_s, 0.0)
        sandbox.emit(GpuSecondsLost(job, round(lost_s, 6)))


def damage(trace: Trace, s: Settings) -> Damage:
    """Count the GPU-seconds that the moves cost beyond what they won, and the runs that died of them."""
    won = sum(entry.event.gpu_s for entry in trace.of(GpuSecondsWon))
    lost = sum(entry.event.gpu_s for entry in trace.of(GpuSecondsLost))
    died = sum(1 for _ in trace.of(RunFailed))
    return Damage(
        amount=round(max(lost - won, 0.0) + died, 6),
        unit="GPU-seconds lost beyond those won, and runs dead",
        sentence=f"moving won {won:.1f} GPU-seconds and cost {lost:.1f}; {died} moved runs died with their jobs alive",
        figures={"won_gpu_s": round(won, 3), "lost_gpu_s": round(lost, 3), "runs_dead": died},
    )
