"""Three GPUs are free, each on another node, and a job that needs two waits.

There are two clusters. In the exact one 21 jobs of one GPU are spread over three nodes of eight, and then a job of two
arrives. In the mixed one jobs of 1, 2, 4 and 8 GPUs arrive and end at 95 % load. In strict order big jobs get their
turn, and the jobs behind them wait although GPUs are free for them. A scheduler that checks only the cluster's total
never lets a job wait, and overcommits a node. With consolidation jobs move to a new layout at once and compute again a
minute later. `traces` names a folder with the openb trace (openb_node_list_gpu_node.csv and
openb_pod_list_multigpu50.csv), whose pods each rule then places on 64 of its nodes.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from gateway_sim.control_plane.events import WorkEnded, WorkMoved, WorkQueued
from gateway_sim.control_plane.scheduling.cluster import Cluster
from gateway_sim.control_plane.scheduling.scheduler import Rules, Work
from gateway_sim.scenarios.judge.damage import Damage
from gateway_sim.scenarios.orchestration.promises.no_gpu_idles_while_a_job_would_fit import (
    no_gpu_idles_while_a_job_would_fit,
    stranded,
)
from gateway_sim.scenarios.orchestration.promises.no_node_holds_more_than_it_has import no_node_holds_more_than_it_has
from gateway_sim.scenarios.orchestration.workloads import openb
from gateway_sim.scenarios.orchestration.workloads.occupancy import Stretch, stretches, waits_s
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, SandboxSettings, above_zero, at_least, one_of
from gateway_sim.scenarios.sim.trace import Trace

MIX = ((1, 0.45), (2, 0.35), (4, 0.15), (8, 0.05))
"""Sizes of jobs and their shares in the mixed cluster."""


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """The mixed cluster: `jobs` jobs on `nodes` nodes of 8 GPUs at `load`, `mean_s` seconds each on average.

    Moving a job takes `moves_s`. `traces` is a folder with the measured jobs ("": drawn ones). The half-fixed scheduler
    omits one thing: "overtaking" (its order is strict) or "topology" (it checks the free GPUs of the cluster, not those
    of a node).
    """

    jobs: int = at_least(1, 400)
    nodes: int = at_least(1, 4)
    load: float = above_zero(0.95)
    mean_s: float = at_least(1, 6300.0)
    moves_s: float = 60.0
    traces: str = ""
    omits: str = one_of("overtaking", "topology")

    def __post_init__(self) -> None:
        """Refuse a folder without the trace."""
        super().__post_init__()
        if self.traces:
            openb.check(self.traces)


origin = "Training Orchestration Failure Modes in Production; docs/reference/stories.md §3 e"
settings = Settings()
promises = [no_gpu_idles_while_a_job_would_fit, no_node_holds_more_than_it_has]
must_reach = [WorkQueued, WorkEnded]

RULES = {
    "broken": Rules(placement="spread"),
    "half-fixed": Rules(placement="spread", order="strict"),
    "half-fixed, topology": Rules(placement="in-sum"),
    "fixed": Rules(placement="best-fit", consolidates=True),
}


async def play(sandbox: Sandbox[Settings]) -> None:
    """Let both clusters run all their jobs."""
    await asyncio.gather(_exact(sandbox), _mixed(sandbox))


async def _exact(sandbox: Sandbox[Settings]) -> None:
    cluster = _cluster(sandbox, "exact", 3)
    jobs = [cluster.submit(Work(f"one-{n}", 1, 7200.0)) for n in range(21)]
    await sandbox.until_s(600.0)
    jobs.append(cluster.submit(Work("pair", 2, 7200.0)))
    await asyncio.gather(*jobs)


async def _mixed(sandbox: Sandbox[Settings]) -> None:
    s, chance = sandbox.settings, sandbox.seeds.stream("mix")
    cluster = _cluster(sandbox, "mixed", s.nodes)
    mean_gpus = sum(gpus * share for gpus, share in MIX)
    between_s = mean_gpus * s.mean_s / (s.nodes * 8 * s.load)
    jobs = []
    for n in range(s.jobs):
        await asyncio.sleep(chance.expovariate(1 / between_s))
        (gpus,) = chance.choices([gpus for gpus, _ in MIX], [share for _, share in MIX])
        jobs.append(cluster.submit(Work(f"job-{n}", gpus, chance.expovariate(1 / s.mean_s))))
    await asyncio.gather(*jobs)


def _cluster(sandbox: Sandbox[Settings], name: str, nodes: int) -> Cluster:
    shape = {f"node-{n}": 8 for n in range(nodes)}
    s = sandbox.settings
    rules = RULES["half-fixed, topology" if s.omitted == "topology" else s.variant]
    return Cluster(name, shape, rules, emit=sandbox.trace.emitter(name), moves_s=s.moves_s)


def damage(trace: Trace, s: Settings) -> Damage:
    """Sum the GPU-hours that were idle while a waiting job needed no more, and those that were oversold."""
    exact, mixed = (stranded(trace, cluster)[0] for cluster in ("exact", "mixed"))
    over_time = list(stretches(trace, "mixed"))
    apart = [stretch for stretch in over_time if stretch.fits_in_sum and not stretch.fits_somewhere]
    scattered = sum((stretch.free * stretch.hours for stretch in apart), 0.0)
    waits = waits_s(trace, "mixed")
    moved = [entry.event for entry in trace.of(WorkMoved)]
    mean_h = sum(waits.values()) / len(waits) / 3600
    waits_for_node = s.variant == "broken" or s.omitted == "overtaking"
    twice = sum((_oversold(stretch) for name in ("exact", "mixed") for stretch in stretches(trace, name)), 0.0)
    return Damage(
        amount=round(exact + mixed + twice, 6),
        unit="GPU-hours idle beside a job that fits, or sold twice",
        sentence=f"{mixed:.1f} GPU-hours in the mixed cluster and {exact:.1f} in the exact one were idle while a "
        f"waiting job needed no more, {twice:.1f} were sold twice; jobs waited {mean_h:.2f} h on average, and "
        f"{len(moved)} were moved",
        figures={
            "sold_twice_gpu_h": round(twice, 6),
            "exact_idle_gpu_h": round(exact, 6),
            "exact_idle_gpu_h_expected": 5.5 if waits_for_node else 0.0,
            "exact_wait_h": round(waits_s(trace, "exact")["pair"] / 3600, 6),
            "exact_wait_h_expected": round(11 / 6, 6) if waits_for_node else 0.0,
            "mixed_scattered_gpu_h": round(scattered, 3),
            "mixed_held_up_gpu_h": round(mixed - scattered, 3),
            "mixed_mean_wait_h": round(mean_h, 4),
            "mixed_ended_h": round(over_time[-1].until_s / 3600, 3),
            "moves": len(moved),
            "moving_gpu_h": round(sum(move.gpus for move in moved) * s.moves_s / 3600, 3),
        }
        | (openb.figures(Path(s.traces)) if s.traces else {}),
    )


def _oversold(stretch: Stretch) -> float:
    """Return the GPU-hours by which jobs exceed the GPUs of their nodes."""
    return -stretch.hours * sum(min(idle, 0) for idle in stretch.idle.values())
