"""A quota is reclaimed: most runs of a cluster lose their pods at once, and all clients query the control plane.

The runs train through the gateway on borrowed GPUs. A client that takes PENDING for a final state dies while its job is
alive. A client that survives may still overload the control plane for the others (docs/reference/stories.md §4 C8).
"""

import asyncio
from dataclasses import dataclass

from gateway_sim.client.retry_policies import ExactlyOnce, RetryPolicy, WarmupVerified
from gateway_sim.control_plane.events import RequestTurnedAway, WorkEvicted
from gateway_sim.control_plane.jobs.admission import TokenBucket
from gateway_sim.control_plane.scheduling.quotas import Quota
from gateway_sim.control_plane.scheduling.work import Rules, Work
from gateway_sim.miss_policies.not_found import NotFound
from gateway_sim.scenarios.judge.damage import Damage
from gateway_sim.scenarios.judge.promises.the_control_plane_refuses_no_request import (
    the_control_plane_refuses_no_request,
)
from gateway_sim.scenarios.orchestration.promises.every_run_ends_as_if_undisturbed import (
    every_run_ends_as_if_undisturbed,
)
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, SandboxSettings, at_least, one_of
from gateway_sim.scenarios.sim.events import RunFailed, RunFinished
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.settings import Settings as WorldSettings


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """`runs` of `steps` steps of `step_s`, a GPU each; the owners of `reclaimed` GPUs need them for `daily_s`.

    The control plane answers a burst of `burst` requests and `answers_per_s` after that; a client delays its first
    query by up to `jitter_s`. The half-fixed client survives and `omits` one thing: the "jitter" of its first query, or
    the "budget" of those that follow.
    """

    runs: int = 6
    reclaimed: int = at_least(1, 5)
    daily_s: float = 6.0
    steps: int = at_least(2, 3)
    step_s: float = 4.0
    burst: float = at_least(1, 4.0)
    answers_per_s: float = at_least(1, 10.0)
    jitter_s: float = 2.0
    omits: str = one_of("jitter", "budget")

    def __post_init__(self) -> None:
        """Refuse to reclaim more GPUs than the runs have."""
        super().__post_init__()
        self.require("runs", self.reclaimed, "reclaimed")


origin = "docs/reference/stories.md §4 C8"
settings = Settings()
does = {
    "broken": "A client takes the state PENDING for final and gives up.",
    "half-fixed, jitter": "A client waits while its job is PENDING; all clients send their first query at once.",
    "half-fixed, budget": "A client waits while its job is PENDING, from a random moment on; it queries four times a "
    "second.",
    "fixed": "A client waits while its job is PENDING, from a random moment on, and queries every two seconds.",
}
promises = [every_run_ends_as_if_undisturbed, the_control_plane_refuses_no_request]
must_reach = [WorkEvicted]


async def play(sandbox: Sandbox[Settings]) -> None:
    """Let all runs compute, take the borrowed GPUs back, and lend them again."""
    from gateway_sim.scenarios.orchestration.workloads.fleet import fleet_of

    s, chance = sandbox.settings, sandbox.seeds.stream("reclaim")
    client: RetryPolicy = WarmupVerified()
    if s.variant != "broken":
        client = ExactlyOnce(
            probe_jitter_s=s.jitter_s if s.has("jitter") else 0.0, queued_every_s=2.0 if s.has("budget") else 0.25
        )
    jobs = [f"job-{n}" for n in range(1, s.runs + 1)]
    quotas = (Quota("daily", s.reclaimed), Quota("research", s.runs - s.reclaimed, borrows=s.reclaimed))
    world_settings = WorldSettings(replicas=1, steps=s.steps, forward_backward_s=s.step_s, batch=1, length=8)
    async with fleet_of(jobs, sandbox, world_settings, client, NotFound()) as fleet:
        rules = Rules(preempts=True, quotas=quotas)
        cluster = fleet.submit("cluster", {"node": s.runs}, rules, "research", resumes=True)
        run = fleet.world.start_training()
        await fleet.until_step(1)
        await asyncio.sleep(chance.uniform(0.2, 0.6) * s.step_s)
        fleet.world.control_plane.admission = TokenBucket(s.burst, s.answers_per_s)
        daily = [cluster.submit(Work(f"daily-{n}", 1, s.daily_s, "daily")) for n in range(s.reclaimed)]
        await asyncio.gather(run, *daily)


def damage(trace: Trace, s: Settings) -> Damage:
    """Count the runs that died while their jobs were alive, or that the control plane turned away.

    The unit is the run, which has an owner to answer to: one refused request or sixty of a run are one owner's trouble.
    """
    died = {entry.source for entry in trace.of(RunFailed)}
    refused = [entry.event.path for entry in trace.of(RequestTurnedAway)]
    harmed = died | {path.rstrip("/").rpartition("/")[2] for path in refused}
    evicted = sum(1 for _ in trace.of(WorkEvicted))
    ended_s = max(entry.at_s for entry in trace.of(RunFinished, RunFailed))
    return Damage(
        amount=len(harmed),
        unit="runs dead or turned away",
        sentence=f"{evicted} of {s.runs} runs lost their pods at once; died with their jobs alive: {len(died)}; "
        f"requests refused: {len(refused)}",
        figures={
            "runs_dead": len(died),
            "turned_away": len(refused),
            "reclaimed": evicted,
            "ended_s": round(ended_s, 3),
        },
        also={"requests refused": len(refused)},
    )
