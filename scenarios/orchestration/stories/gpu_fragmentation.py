"""Three GPUs are free, each on another node, and a job that needs two waits.

There are two clusters. In the exact one 21 jobs of one GPU are spread over three nodes of eight, and then a job of two
arrives. In the mixed one jobs of any size arrive and end at 95 % load, on nodes of different sizes. Best fit packs the
exact cluster and still strands GPUs in the mixed one. In strict order big jobs get their turn, and the jobs behind them
wait although GPUs are free for them. A scheduler that checks only the cluster's total never lets a job wait, and
overcommits a node. With consolidation jobs move to a new layout at once and compute again ten minutes later: their GPUs
idle meanwhile, which is counted against what the moves win over the same jobs without moves. A scheduler that packs all
jobs anew moves jobs that could have stayed. `traces` names a folder with the openb trace
(openb_node_list_gpu_node.csv and openb_pod_list_multigpu50.csv). Each rule then places its pods of whole GPUs on 64 of
its nodes, and all its pods on 96 nodes of all shapes.
"""

import asyncio
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway_sim.control_plane.events import WorkEnded, WorkMoved, WorkPlaced, WorkQueued
from gateway_sim.control_plane.scheduling.cluster import Cluster
from gateway_sim.control_plane.scheduling.work import Rules, Work
from gateway_sim.scenarios.judge.damage import Damage
from gateway_sim.scenarios.orchestration.ports import scheduler as schedulers
from gateway_sim.scenarios.orchestration.promises.every_move_is_needed import every_move_is_needed, needless
from gateway_sim.scenarios.orchestration.promises.moving_wins_more_than_it_costs import moving_wins_more_than_it_costs
from gateway_sim.scenarios.orchestration.promises.no_gpu_idles_while_a_job_would_fit import (
    no_gpu_idles_while_a_job_would_fit,
    stranded,
)
from gateway_sim.scenarios.orchestration.promises.no_node_holds_more_than_it_has import no_node_holds_more_than_it_has
from gateway_sim.scenarios.orchestration.workloads import openb
from gateway_sim.scenarios.orchestration.workloads.events import GpuSecondsLost, GpuSecondsWon
from gateway_sim.scenarios.orchestration.workloads.occupancy import Stretch, stretches, waits_s
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, SandboxSettings, above_zero, at_least, one_of
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.trace import Trace


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """The mixed cluster: `jobs` jobs on `nodes` nodes at `load`, `mean_s` seconds each on average.

    The nodes have in turn the GPUs that `shapes` lists; `mix` lists sizes of jobs with their weights. Moving a job
    takes `moves_s`, in which its GPUs compute nothing. `traces` is a folder with the openb trace ("": none); its pods
    are placed apart from the story's jobs. The half-fixed scheduler `omits` one thing: "consolidation" (it places by
    best fit and moves no job), "fewest" (it moves all jobs to a layout from scratch), "overtaking" (its order is
    strict) or "topology" (it checks the free GPUs of the cluster, not those of a node).
    """

    jobs: int = at_least(1, 400)
    nodes: int = at_least(1, 4)
    shapes: str = "8,8,6,4"
    mix: str = "1:40,2:30,3:10,4:10,5:5,8:5"
    load: float = above_zero(0.95)
    mean_s: float = at_least(1, 6300.0)
    moves_s: float = above_zero(600.0)
    traces: str = ""
    omits: str = one_of("consolidation", "fewest", "overtaking", "topology")

    def __post_init__(self) -> None:
        """Refuse a folder without the trace, lists that are none, and a job that no node could hold."""
        super().__post_init__()
        if max(self.sizes) > max(self.capacities):
            raise SettingsRefused(
                f"mix has a job of {max(self.sizes)} GPUs; the largest of the {self.nodes} nodes has "
                f"{max(self.capacities)}"
            )
        if self.traces:
            openb.check(self.traces)

    @property
    def capacities(self) -> list[int]:
        """The GPUs of each node of the mixed cluster. Raises `SettingsRefused`."""
        try:
            shapes = [int(word) for word in self.shapes.split(",")]
        except ValueError:
            shapes = []
        if not shapes or min(shapes) < 1:
            raise SettingsRefused(f"shapes is {self.shapes!r}; it must list GPUs of nodes, as in 8,8,4")
        return [shapes[n % len(shapes)] for n in range(self.nodes)]

    @property
    def sizes(self) -> dict[int, float]:
        """The weight of each size of a job. Raises `SettingsRefused`."""
        try:
            pairs = [word.split(":") for word in self.mix.split(",")]
            sizes = {int(gpus): float(weight) for gpus, weight in pairs}
        except ValueError:
            pairs, sizes = [], {}
        if (
            not sizes
            or len(sizes) < len(pairs)
            or min(sizes) < 1
            or not all(0 < weight < math.inf for weight in sizes.values())
        ):
            raise SettingsRefused(
                f"mix is {self.mix!r}; it must list sizes, each once, with weights above 0, as in 1:40,2:30"
            )
        return sizes


origin = "Training Orchestration Failure Modes in Production; docs/reference/stories.md §3 e"
settings = Settings()
does = {
    "broken": "Each job goes to the emptiest node that holds it, and no job moves.",
    "half-fixed, consolidation": "Best fit: each job goes to the fullest node that holds it, and no job moves.",
    "half-fixed, fewest": "Jobs move so that a waiting one fits; the layout is made from scratch, so more jobs move "
    "than need to.",
    "half-fixed, overtaking": "Jobs are spread in strict order and do not move: those that would fit wait behind "
    "one that does not.",
    "half-fixed, topology": "A job starts when the cluster has enough free GPUs, whether or not one node has them.",
    "fixed": "Best fit, a waiting job may be overtaken, and as few jobs as possible move to make room for it.",
}
promises = [
    no_gpu_idles_while_a_job_would_fit,
    no_node_holds_more_than_it_has,
    moving_wins_more_than_it_costs,
    every_move_is_needed,
]
must_reach = [WorkQueued, WorkEnded]
parts = [schedulers.NAME]

RULES = {
    "broken": Rules(placement="spread"),
    "half-fixed, consolidation": Rules(placement="best-fit"),
    "half-fixed, fewest": Rules(placement="best-fit", consolidates=True, repacks_anew=True),
    "half-fixed, overtaking": Rules(placement="spread", order="strict"),
    "half-fixed, topology": Rules(placement="in-sum"),
    "fixed": Rules(placement="best-fit", consolidates=True),
}


async def play(sandbox: Sandbox[Settings]) -> None:
    """Let both clusters run all their jobs."""
    await asyncio.gather(_exact(sandbox), _mixed(sandbox))


async def _exact(sandbox: Sandbox[Settings]) -> None:
    cluster = _cluster(sandbox, "exact", [8] * 3)
    jobs = [cluster.submit(Work(f"one-{n}", 1, 7200.0)) for n in range(21)]
    await sandbox.until_s(600.0)
    jobs.append(cluster.submit(Work("pair", 2, 7200.0)))
    await asyncio.gather(*jobs)


async def _mixed(sandbox: Sandbox[Settings]) -> None:
    s, chance = sandbox.settings, sandbox.seeds.stream("mix")
    cluster, as_is = _cluster(sandbox, "mixed", s.capacities), Trace()
    as_is.clock(lambda: sandbox.now_s)
    own = schedulers.made(sandbox, "as-is")
    rules = Rules(placement="best-fit")
    still = Cluster("mixed", _shape(s.capacities), rules, emit=as_is.emitter("as-is"), scheduler=own)
    sizes = s.sizes
    mean_gpus = sum(gpus * weight for gpus, weight in sizes.items()) / sum(sizes.values())
    between_s = mean_gpus * s.mean_s / (sum(s.capacities) * s.load)
    jobs = []
    for n in range(s.jobs):
        await asyncio.sleep(chance.expovariate(1 / between_s))
        (gpus,) = chance.choices(list(sizes), list(sizes.values()))
        work = Work(f"job-{n}", gpus, chance.expovariate(1 / s.mean_s))
        jobs.append(cluster.submit(work))
        if cluster.consolidates:
            jobs.append(still.submit(work))
    await asyncio.gather(*jobs)
    if cluster.consolidates:
        _bill(sandbox, as_is)


def _bill(sandbox: Sandbox[Settings], as_is: Trace) -> None:
    """Report what the moves won over the same jobs without moves, and the GPU-seconds in which no job computed."""
    won_h = stranded(as_is, "mixed")[0] - stranded(sandbox.trace, "mixed")[0]
    sandbox.emit(GpuSecondsWon(round(won_h * 3600, 6)))
    moves = False
    for entry in list(sandbox.trace.of(WorkMoved, WorkPlaced)):
        event = entry.event
        if event.cluster != "mixed":
            continue
        # the job that others made room for starts after their move
        if isinstance(event, WorkMoved) or moves:
            sandbox.emit(GpuSecondsLost(event.work, event.gpus * sandbox.settings.moves_s))
        moves = isinstance(event, WorkMoved)


def _shape(capacities: Sequence[int]) -> dict[str, int]:
    return {f"node-{n}": gpus for n, gpus in enumerate(capacities)}


def _cluster(sandbox: Sandbox[Settings], name: str, capacities: Sequence[int]) -> Cluster:
    s, emit, scheduler = sandbox.settings, sandbox.trace.emitter(name), schedulers.made(sandbox, name)
    return Cluster(name, _shape(capacities), _rules(s), emit=emit, moves_s=s.moves_s, scheduler=scheduler)


def _rules(s: Settings) -> Rules:
    return RULES[f"half-fixed, {s.omitted}" if s.omitted else s.variant]


def _scattered(trace: Trace) -> bool:
    """Return whether the jobs of one GPU left two free ones on no node of the exact cluster."""
    placed = [entry.event for entry in trace.of(WorkPlaced) if entry.event.cluster == "exact"]
    taken = Counter(event.node for event in placed if event.work != "pair")
    return len(taken) == 3 and min(taken.values()) > 6


def damage(trace: Trace, s: Settings) -> Damage:
    """Sum the GPU-hours that idled while a waiting job would fit, that were oversold, and that moves lost.

    Moves lose what they cost beyond what they win, or the cost of those that were not needed if that is more.
    """
    exact, mixed = (stranded(trace, cluster)[0] for cluster in ("exact", "mixed"))
    over_time = list(stretches(trace, "mixed"))
    ended_s = over_time[-1].until_s if over_time else trace.entries[-1].at_s
    apart = [stretch for stretch in over_time if stretch.fits_after_moves and not stretch.fits_somewhere]
    scattered = sum((stretch.free * stretch.hours for stretch in apart), 0.0)
    waits = waits_s(trace, "mixed")
    moved = [entry.event for entry in trace.of(WorkMoved)]
    won_h = sum(entry.event.gpu_s for entry in trace.of(GpuSecondsWon)) / 3600
    cost_h = sum(entry.event.gpu_s for entry in trace.of(GpuSecondsLost)) / 3600
    spared = [move.event.gpus for name in ("exact", "mixed") for move, _ in needless(trace, name)]
    needless_h = sum(spared) * s.moves_s / 3600
    mean_h = sum(waits.values()) / max(len(waits), 1) / 3600
    rules = _rules(s)
    waits_for_node = _scattered(trace) and not rules.consolidates and rules.placement != "in-sum"
    twice = sum((_oversold(stretch) for name in ("exact", "mixed") for stretch in stretches(trace, name)), 0.0)
    return Damage(
        amount=round(exact + mixed + twice + max(cost_h - won_h, needless_h, 0.0), 6),
        unit="GPU-hours idle beside a job that fits, sold twice, or lost by moves",
        sentence=f"{mixed:.1f} GPU-hours in the mixed cluster and {exact:.1f} in the exact one were idle while a "
        f"waiting job would fit, {twice:.1f} were sold twice; jobs waited {mean_h:.2f} h on average, and "
        f"{len(moved)} were moved, which won {won_h:.1f} GPU-hours and cost {cost_h:.1f}",
        figures={
            "sold_twice_gpu_h": round(twice, 6),
            "exact_idle_gpu_h": round(exact, 6),
            "exact_idle_gpu_h_expected": 5.5 if waits_for_node else 0.0,
            "exact_wait_h": round(waits_s(trace, "exact").get("pair", ended_s) / 3600, 6),
            "exact_wait_h_expected": round(11 / 6, 6) if waits_for_node else 0.0,
            "mixed_scattered_gpu_h": round(scattered, 3),
            "mixed_held_up_gpu_h": round(mixed - scattered, 3),
            "mixed_mean_wait_h": round(mean_h, 4),
            "mixed_ended_h": round(ended_s / 3600, 3),
            "moves": len(moved),
            "moving_gpu_h": round(cost_h, 3),
            "needless_moves_gpu_h": round(needless_h, 3),
            "moves_won_gpu_h": round(won_h, 3),
        }
        | (openb.figures(Path(s.traces)) if s.traces else {}),
    )


def _oversold(stretch: Stretch) -> float:
    """Return the GPU-hours by which jobs exceed the GPUs of their nodes."""
    return -stretch.hours * sum(min(idle, 0) for idle in stretch.idle.values())
