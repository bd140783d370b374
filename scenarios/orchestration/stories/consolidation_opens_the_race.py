"""Running jobs are moved together so that no GPU idles, and each move ends a pod and leaves a stale route.

Runs of one GPU train through the gateway. A job of two GPUs arrives, and one of the runs moves for it. The move's gain
is measured against a cluster that moves no job; its cost is the time that the moved run waits or computes again
(docs/reference/stories.md §4 C10).
"""

import asyncio
from dataclasses import dataclass

from gateway_sim.client.retry_policies import ExactlyOnce, RetryPolicy, WarmupVerified
from gateway_sim.control_plane.events import WorkMoved
from gateway_sim.control_plane.scheduling.cluster import Cluster
from gateway_sim.control_plane.scheduling.work import Rules, Work
from gateway_sim.miss_policies import MissPolicy
from gateway_sim.miss_policies.leased_generation import LeasedGeneration
from gateway_sim.miss_policies.not_found import NotFound
from gateway_sim.scenarios.judge.damage import Damage
from gateway_sim.scenarios.orchestration.promises.every_run_ends_as_if_undisturbed import (
    every_run_ends_as_if_undisturbed,
)
from gateway_sim.scenarios.orchestration.promises.moving_wins_more_than_it_costs import moving_wins_more_than_it_costs
from gateway_sim.scenarios.orchestration.promises.no_gpu_idles_while_a_job_would_fit import stranded
from gateway_sim.scenarios.orchestration.workloads.events import GpuSecondsLost, GpuSecondsWon
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, SandboxSettings, at_least, one_of
from gateway_sim.scenarios.sim.events import RunFailed, RunFinished
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.settings import Settings as WorldSettings

NODES = {"a": 2, "b": 2}
RUNS = ("job-1", "job-2")


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """Two runs of `steps` steps of `step_s`; a job of two GPUs arrives `left_s` before their end and takes `pair_s`.

    Every replica of the gateway lags `lag_s` behind the route table. In the half-fixed variant the run survives its
    move; `omits` says what is missing: the gateway's "lease" of the newest route, or the run's "saves".
    """

    steps: int = at_least(2, 6)
    step_s: float = at_least(1, 10.0)
    left_s: float = at_least(1, 15.0)
    pair_s: float = at_least(1, 20.0)
    lag_s: float = 60.0
    omits: str = one_of("lease", "saves")


origin = "docs/reference/stories.md §4 C10"
settings = Settings()
does = {
    "broken": "The moved run's client takes the first 404 for final, under a gateway that knows no generations.",
    "half-fixed, lease": "The client survives the move and resumes from its save; the gateway serves the old route "
    "until its lag is over.",
    "half-fixed, saves": "Gateway and client survive the move; the run saves nothing and computes all its steps again.",
    "fixed": "The gateway reads the newest generation, the client survives, and the run resumes from its last save.",
}
promises = [every_run_ends_as_if_undisturbed, moving_wins_more_than_it_costs]
must_reach = [WorkMoved, GpuSecondsWon]


async def play(sandbox: Sandbox[Settings]) -> None:
    """Let two runs compute on two nodes of two GPUs; a job of two GPUs arrives shortly before they end."""
    from gateway_sim.scenarios.orchestration.workloads.fleet import fleet_of

    s = sandbox.settings
    client: RetryPolicy = WarmupVerified() if s.variant == "broken" else ExactlyOnce()
    gateway: MissPolicy = LeasedGeneration() if s.has("lease") else NotFound()
    world_settings = WorldSettings(
        replicas=1, stale=1, lag_s=s.lag_s, steps=s.steps, forward_backward_s=s.step_s, optim_step_s=0.0,
        save_every=0 if s.omitted == "saves" else 1, batch=1, length=8,
    )  # fmt: skip
    async with fleet_of(RUNS, sandbox, world_settings, client, gateway) as fleet:
        moved = fleet.submit("moved", NODES, Rules(placement="spread", consolidates=True))
        await fleet.until_routable()
        began_s = sandbox.now_s
        run = fleet.world.start_training()
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
    """Report what the moves won and cost: a run that died lost all its work, a late one its delay."""
    trace = sandbox.trace
    won_h = stranded(trace, "as-is")[0] - stranded(trace, "moved")[0]
    sandbox.emit(GpuSecondsWon(round(won_h * 3600, 6)))
    for job in dict.fromkeys(entry.event.work for entry in trace.of(WorkMoved)):
        end = next(trace.reported_by(job).of(RunFinished, RunFailed))
        died = isinstance(end.event, RunFailed)
        lost_s = end.at_s - began_s if died else max(end.at_s - ends_s, 0.0)
        sandbox.emit(GpuSecondsLost(job, round(lost_s, 6)))


def damage(trace: Trace, s: Settings) -> Damage:
    """Count the GPU-seconds that the moves cost beyond what they won; those of a run that died count in full.

    The unit is the GPU-second, because GPU-seconds are what the moves are for. What other jobs win does not bring a
    dead run's back.
    """
    won = sum(entry.event.gpu_s for entry in trace.of(GpuSecondsWon))
    costs = {entry.event.work: entry.event.gpu_s for entry in trace.of(GpuSecondsLost)}
    lost = sum(costs.values())
    dead = [entry.source for entry in trace.of(RunFailed)]
    in_vain = sum(costs.get(job, 0.0) for job in dead)
    return Damage(
        amount=round(in_vain + max(lost - in_vain - won, 0.0), 6),
        unit="GPU-seconds lost beyond those won",
        sentence=f"moving won {won:.1f} GPU-seconds and cost {lost:.1f}; moved runs that died, their jobs alive: "
        f"{len(dead)}",
        figures={"won_gpu_s": round(won, 3), "lost_gpu_s": round(lost, 3), "runs_dead": len(dead)},
        also={"runs dead": len(dead)},
    )
