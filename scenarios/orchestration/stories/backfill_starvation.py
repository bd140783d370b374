"""A backfill of many runs is queued before the hourly runs, which wait six hours and miss their deadlines.

There are two clusters. In the exact one 90 runs of half an hour on four GPUs are queued at 01:00, before the hourly run
of 01:00. In the drawn one durations vary, and two scheduler replicas launch the backfill under one limit on its active
runs. With priority alone the hourly runs are on time, and every preempted run starts again from the beginning.
"""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from gateway_sim.control_plane.events import (
    LimitTaken,
    WorkEnded,
    WorkEvicted,
    WorkQueued,
    WorkShrunk,
    WorkToldToLeave,
)
from gateway_sim.control_plane.scheduling.cluster import Cluster
from gateway_sim.control_plane.scheduling.quotas import Quota, QuotaRefused
from gateway_sim.control_plane.scheduling.quotas import check as check_quotas
from gateway_sim.control_plane.scheduling.scheduler import Scheduler
from gateway_sim.control_plane.scheduling.work import Rules, Victims, Work, WorkRefused
from gateway_sim.scenarios.judge.damage import Damage
from gateway_sim.scenarios.orchestration.ports import limit as limits
from gateway_sim.scenarios.orchestration.promises.a_preempted_job_leaves_within_its_grace import (
    a_preempted_job_leaves_within_its_grace,
)
from gateway_sim.scenarios.orchestration.promises.every_run_ends_by_its_deadline import (
    due,
    every_run_ends_by_its_deadline,
    overdue_s,
)
from gateway_sim.scenarios.orchestration.promises.no_gpu_idles_while_a_job_would_fit import (
    no_gpu_idles_while_a_job_would_fit,
    stranded,
)
from gateway_sim.scenarios.orchestration.promises.no_gpu_is_given_up_to_idle import (
    given_up,
    no_gpu_is_given_up_to_idle,
)
from gateway_sim.scenarios.orchestration.promises.no_limit_is_exceeded import no_limit_is_exceeded, over_limit_s
from gateway_sim.scenarios.orchestration.promises.no_node_holds_more_than_it_has import no_node_holds_more_than_it_has
from gateway_sim.scenarios.orchestration.promises.nothing_is_computed_twice import nothing_is_computed_twice
from gateway_sim.scenarios.orchestration.workloads.events import DeadlineSet
from gateway_sim.scenarios.orchestration.workloads.launchers import Asks, Launcher
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox, SandboxSettings, at_least, one_of
from gateway_sim.scenarios.orchestration.workloads.waves import waves_beside
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.trace import Trace

CLUSTERS = ("exact", "drawn")
LONGEST = 1.5
"""The longest hourly run of the drawn cluster, in parts of a run."""
RUN_S, HOUR_S = 1800.0, 3600.0
LAST_MOMENT_S = RUN_S - 1
"""This long after the hour a wave of the exact backfill is about to end: a run preempted then loses the most."""


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """Backfills of `exact_runs` and `drawn_runs` runs, and `hourly` runs.

    A run computes for `run_s`; in the drawn cluster an hourly run for half as long to half as long again, a run of the
    backfill for up to three times as long. The backfill is queued at `every_s`. The n-th hourly run is submitted at n
    times `every_s`, and `past_s` later; it must end `sla_s` after its submission, 1.5 times `run_s` or more.
    Each cluster has `nodes` nodes of `node_gpus` GPUs, and each run needs `run_gpus` on one node. The quotas are
    `hourly_share` and `backfill_share` GPUs; the rest of the cluster may be borrowed. At most `limit` runs of the drawn
    backfill may be active, a replica of the scheduler takes `examines_s` to count them, and a preempted run computes
    again `resumes_s` after it has GPUs. The half-fixed cluster `omits` one thing: "checkpoints" (a run that a priority
    preempts, the youngest or the oldest of `victims`, starts from the beginning), "atomicity" (the limit is read before
    it is taken) or "borrowing" (a namespace cannot use idle GPUs of another).

    A backfill run has `backfill_gpus` GPUs, or `run_gpus` where that is 0. A preempted run saves for `saves_s` before
    its GPUs are free; after `grace_s` it is killed, and its work since it was last placed is lost. `reclaims` "whole":
    a run that must give way gives up all its GPUs; "part": as many as the hourly run needs, and it goes on with the
    others.
    """

    exact_runs: int = at_least(1, 90)
    drawn_runs: int = at_least(1, 16)
    hourly: int = at_least(1, 6)
    nodes: int = at_least(1, 4)
    node_gpus: int = at_least(1, 8)
    run_gpus: int = 4
    hourly_share: int = 8
    backfill_share: int = 24
    run_s: float = at_least(1, RUN_S)
    every_s: float = at_least(1, HOUR_S)
    sla_s: float = at_least(1, HOUR_S)
    past_s: float = 0.0
    limit: int = at_least(1, 8)
    resumes_s: float = 60.0
    examines_s: float = 2.0
    backfill_gpus: int = 0
    saves_s: float = 0.0
    grace_s: float = 0.0
    reclaims: str = one_of("whole", "part")
    omits: str = one_of("checkpoints", "atomicity", "borrowing")
    victims: str = one_of("oldest", "youngest")

    def __post_init__(self) -> None:
        """Refuse a run that no node could hold or that alone is late, and quotas that exceed the cluster."""
        super().__post_init__()
        self.require("sla_s", LONGEST * self.run_s, f"{LONGEST:g} * run_s")
        self.begins_within("every_s", self.hourly + 1)
        try:
            check_quotas(self.shares, self.nodes * self.node_gpus)
            for name in ("backfill-0", "hourly-0"):
                Scheduler(Rules(), self.cluster).check(self.run(name))
        except (QuotaRefused, WorkRefused) as refused:
            raise SettingsRefused(str(refused)) from refused

    @property
    def cluster(self) -> dict[str, int]:
        """The GPUs of each node of a cluster."""
        return {f"node-{n}": self.node_gpus for n in range(self.nodes)}

    @property
    def shares(self) -> tuple[Quota, ...]:
        """The quotas; where borrowing is omitted, no namespace may use more than its own."""
        gpus, own = self.nodes * self.node_gpus, {"hourly": self.hourly_share, "backfill": self.backfill_share}
        lends = self.omitted != "borrowing"
        return tuple(Quota(name, share, max(gpus - share, 0) if lends else 0) for name, share in own.items())

    def run(self, name: str, runs_s: float | None = None) -> Work:
        """Return a run of the namespace that its name begins with, of `runs_s` or the settings' `run_s`.

        An hourly one has priority if no quota applies.
        """
        namespace = name.partition("-")[0]
        priority = 1 if namespace == "hourly" and self.omitted == "checkpoints" else 0
        return Work(name, self.gpus(namespace), self.run_s if runs_s is None else runs_s, namespace, priority)

    def gpus(self, namespace: str) -> int:
        """Return the GPUs of a run of this namespace."""
        return self.backfill_gpus if namespace == "backfill" and self.backfill_gpus else self.run_gpus


origin = "Training Orchestration Failure Modes in Production; docs/reference/stories.md §3 b"
settings = Settings()
does = {
    "broken": "Runs start in the order of submission, and nothing limits the active runs of the backfill.",
    "half-fixed, checkpoints": "Hourly runs have priority and preempt the backfill's, whose runs then start from the "
    "beginning.",
    "half-fixed, atomicity": "Quotas and checkpoints; the limit on active runs is read before it is taken, so two "
    "replicas exceed it.",
    "half-fixed, borrowing": "Quotas and checkpoints; a namespace cannot use the GPUs that another leaves idle.",
    "fixed": "Quotas that lend idle GPUs, checkpoints for what gives way, and a limit that is taken in one "
    "conditional write.",
}
promises = [
    every_run_ends_by_its_deadline,
    no_limit_is_exceeded,
    nothing_is_computed_twice,
    no_gpu_idles_while_a_job_would_fit,
    a_preempted_job_leaves_within_its_grace,
    no_gpu_is_given_up_to_idle,
    no_node_holds_more_than_it_has,
]
must_reach = [WorkQueued, WorkEnded, DeadlineSet, LimitTaken]
parts = ("limit",)


def rules(s: Settings) -> Rules:
    """Return the rules of both clusters' schedulers."""
    if s.variant == "broken":
        return Rules()
    if s.omitted == "checkpoints":
        return Rules(preempts=True, victims=cast(Victims, s.victims), shrinks=s.reclaims == "part")
    return Rules(preempts=True, quotas=s.shares, shrinks=s.reclaims == "part")


async def play(sandbox: Sandbox[Settings]) -> None:
    """Let both clusters run the backfill and the hourly runs."""
    await asyncio.gather(_exact(sandbox), _drawn(sandbox))


async def _exact(sandbox: Sandbox[Settings]) -> None:
    s, cluster = sandbox.settings, _cluster(sandbox, "exact")
    await sandbox.until_s(s.every_s)
    backfill = [cluster.submit(s.run(f"backfill-{n}")) for n in range(s.exact_runs)]
    await asyncio.gather(*backfill, _hours(sandbox, cluster, [s.run_s] * s.hourly))


async def _drawn(sandbox: Sandbox[Settings]) -> None:
    s, chance = sandbox.settings, sandbox.seeds.stream("drawn")
    cluster = _cluster(sandbox, "drawn")
    limit = limits.made(sandbox, "backfill", s.limit, emit=sandbox.trace.emitter("drawn"))
    asks: Asks = "not" if s.variant == "broken" else "reads" if s.omitted == "atomicity" else "takes"
    backfill = [s.run(f"backfill-{n}", chance.uniform(s.run_s, 3 * s.run_s)) for n in range(s.drawn_runs)]
    hours_s = [chance.uniform(0.5, LONGEST) * s.run_s for _ in range(s.hourly)]
    launcher = Launcher(cluster, limit, backfill, asks=asks, examines_s=s.examines_s)
    apart_s = chance.uniform(0.0, 0.9) * s.examines_s
    await sandbox.until_s(s.every_s)
    await asyncio.gather(launcher.replica(0.0), launcher.replica(apart_s), _hours(sandbox, cluster, hours_s))


def _cluster(sandbox: Sandbox[Settings], name: str) -> Cluster:
    s, emit = sandbox.settings, sandbox.trace.emitter(name)
    resumes = s.omitted != "checkpoints"
    return Cluster(
        name, s.cluster, rules(s), emit=emit, moves_s=s.resumes_s, resumes=resumes, saves_s=s.saves_s, grace_s=s.grace_s
    )


async def _hours(sandbox: Sandbox[Settings], cluster: Cluster, runs_s: Sequence[float]) -> None:
    s, runs, emit = sandbox.settings, [], sandbox.trace.emitter(cluster.name)
    for hour, run_s in enumerate(runs_s, start=1):
        await sandbox.until_s(hour * s.every_s + s.past_s)
        run = s.run(f"hourly-{hour:02d}", run_s)
        emit(DeadlineSet(cluster.name, run.name, sandbox.now_s + s.sla_s))
        runs.append(cluster.submit(run))
    await asyncio.gather(*runs)


def damage(trace: Trace, s: Settings) -> Damage:
    """Sum the GPU-hours that came late, were computed twice, were idle, or were beyond the limit.

    The unit is the GPU-hour. An overdue hour, and one of a run beyond the limit, are a run's, by the GPUs that it has.
    """
    late_h = sum(overdue_s(trace, name) for name in CLUSTERS) / 3600
    missed = sum(one.missed for one in due(trace))
    again = {
        name: sum(e.event.lost_gpu_s for e in trace.of(WorkEvicted, WorkShrunk) if e.event.cluster == name)
        for name in CLUSTERS
    }
    again_h = sum(again.values()) / 3600
    given_up_h = sum(hours for name in CLUSTERS for _, hours in given_up(trace, name))
    idle_h = sum(stranded(trace, name)[0] for name in CLUSTERS) + given_up_h
    over_h = over_limit_s(trace) / 3600
    most = max(entry.event.held for entry in trace.of(LimitTaken))
    exact = list(due(trace, "exact"))
    return Damage(
        amount=round(late_h * s.gpus("hourly") + over_h * s.gpus("backfill") + again_h + idle_h, 6),
        unit="GPU-hours overdue, computed twice, idle or over the limit",
        sentence=f"{missed} of {2 * s.hourly} hourly runs missed their deadline, {late_h:.1f} h were overdue; "
        f"{again_h:.1f} GPU-hours were computed twice and {idle_h:.1f} were idle while runs waited; "
        f"up to {most} of its runs were active where {s.limit} are allowed",
        figures={
            "exact_worst_latency_h": round(max(one.latency_s for one in exact) / 3600, 6),
            "exact_backfill_h": round(_ended_s(trace, "exact") / 3600 - s.every_s / 3600, 6),
            "exact_missed": sum(one.missed for one in exact),
            "exact_overdue_h": round(overdue_s(trace, "exact") / 3600, 6),
            "drawn_missed": missed - sum(one.missed for one in exact),
            "drawn_overdue_h": round(overdue_s(trace, "drawn") / 3600, 4),
            "drawn_backfill_h": round(_ended_s(trace, "drawn") / 3600 - s.every_s / 3600, 4),
            "exact_computed_twice_gpu_h": round(again["exact"] / 3600, 4),
            "computed_twice_gpu_h": round(again_h, 4),
            "idle_gpu_h": round(idle_h, 4),
            "most_active": most,
            "over_limit_h": round(over_h, 4),
            "gave_way": sum(1 for _ in trace.of(WorkEvicted, WorkShrunk)),
            **_leaving(trace, s, given_up_h),
            **_closed_forms(s),
        },
        also={"hourly runs past their deadline": missed},
    )


def _leaving(trace: Trace, s: Settings, given_up_h: float) -> dict[str, float]:
    """Return the figures of runs that take their time to leave, or leave in part; none with the default settings."""
    if not (s.saves_s or s.grace_s or s.backfill_gpus or s.reclaims == "part"):
        return {}
    told = sum(1 for _ in trace.of(WorkToldToLeave))
    return {
        "shrunk": sum(1 for _ in trace.of(WorkShrunk)),
        "given_up_to_idle_gpu_h": round(given_up_h, 4),
        "saving_gpu_h": round(told * min(s.saves_s, s.grace_s) * s.gpus("backfill") / 3600, 4),
    }


def _closed_forms(s: Settings) -> dict[str, float]:
    """Return the closed forms for waves of runs in the exact cluster, with an hourly run in every other wave.

    The reference was measured with hourly runs that come when a wave is about to end, and preempt nearly all of it.
    """
    if s.saves_s or s.gpus("backfill") != s.run_gpus or s.every_s != 2 * s.run_s:
        return {}
    if s.run_s == RUN_S and s.past_s == LAST_MOMENT_S and s.omitted == "checkpoints":
        return {"exact_computed_twice_gpu_h_card": 12.0, "exact_backfill_h_card": 6.5}
    if s.past_s:
        return {}
    wave_h, places = s.run_s / 3600, s.nodes * (s.node_gpus // s.run_gpus)
    if s.variant == "broken":
        backfill, worst = (math.ceil(runs / places) for runs in (s.exact_runs, s.exact_runs + 1))
        return {"exact_backfill_h_expected": backfill * wave_h, "exact_worst_latency_h_expected": worst * wave_h}
    if s.omitted == "borrowing":
        return {"exact_backfill_h_expected": math.ceil(s.exact_runs / (s.backfill_share // s.run_gpus)) * wave_h}
    backfill = waves_beside(s.exact_runs, places, s.hourly)
    return {"exact_backfill_h_expected": backfill * wave_h, "exact_worst_latency_h_expected": wave_h}


def _ended_s(trace: Trace, cluster: str) -> float:
    """Return the second at which the last run of a cluster's backfill ended."""
    ends = [entry for entry in trace.of(WorkEnded) if entry.event.work.startswith("backfill")]
    return max(entry.at_s for entry in ends if entry.event.cluster == cluster)
