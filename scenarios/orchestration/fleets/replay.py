"""A fleet's jobs, played on the project's own cluster under each placement, from event to event.

A part for the port `scheduler` is one placement more.

A trace without times has no queue to play: as in the study of FGD, its jobs come in a random order, one a second, and
stay, until they have asked for all GPUs.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, Final, cast

from gateway_sim.control_plane.scheduling.cluster import Cluster
from gateway_sim.control_plane.scheduling.packing import Placement
from gateway_sim.control_plane.scheduling.quotas import QuotaRefused, check, could_ever, quota_of
from gateway_sim.control_plane.scheduling.scheduler import Scheduler
from gateway_sim.control_plane.scheduling.shares import WHOLE, Node, Pod
from gateway_sim.control_plane.scheduling.work import Rules, Victims, WorkRefused
from gateway_sim.scenarios.orchestration.fleets.inputs import MOST_S, Job, LeftOut, Trace
from gateway_sim.scenarios.orchestration.fleets.own_scheduler import under
from gateway_sim.scenarios.orchestration.fleets.queues import Queues
from gateway_sim.scenarios.orchestration.fleets.settings import FleetSettings
from gateway_sim.scenarios.orchestration.fleets.tally import Tally, hours, rank
from gateway_sim.scenarios.orchestration.parts import named
from gateway_sim.scenarios.orchestration.ports.scheduler import NAME
from gateway_sim.scenarios.orchestration.workloads.sandbox import Make
from gateway_sim.scenarios.sim import clock
from gateway_sim.scenarios.sim.errors import UsageError
from gateway_sim.scenarios.sim.seeds import Seeds

PLACEMENTS: Final[tuple[Placement, ...]] = ("spread", "random", "first-fit", "best-fit", "least-fragmenting")
FOR_EVER_S: Final = MOST_S


@dataclass(frozen=True)
class Fleet:
    """What is played: nodes, jobs that could run on them, quotas, and settings."""

    nodes: Mapping[str, Node]
    jobs: Sequence[Job]
    timed: bool
    queues: Queues | None
    settings: FleetSettings
    seed: int
    left_out: LeftOut

    @property
    def gpus(self) -> int:
        """The GPUs of all nodes."""
        return sum(len(node.gpus) for node in self.nodes.values())


@dataclass(frozen=True)
class Outcome:
    """What a placement made of the jobs. Waits are of the jobs that started, None where none did.

    `never` says why others did not start.

    `unallocated` is the share of the GPUs that was free on average, or at the end of a trace without times.
    """

    placement: str
    jobs: int
    started: int
    ended: int
    mean_wait_s: float | None
    p50_wait_s: float | None
    p99_wait_s: float | None
    stranded_gpu_h: float
    utilisation: float
    unallocated: float
    sla_misses: int | None
    preemptions: int
    lost_gpu_h: float
    never: Mapping[str, int]
    makespan_s: float
    digest: str

    def document(self) -> dict[str, Any]:
        """Return the outcome as plain JSON values."""
        return asdict(self) | {"never": dict(self.never)}


def fleet_of(
    nodes: Mapping[str, Node], trace: Trace, queues: Queues | None, settings: FleetSettings, seed: int
) -> Fleet:
    """Return the fleet, without the jobs that its empty nodes or its quotas could never hold. Raises `UsageError`."""
    scheduler, quotas = Scheduler(Rules(), nodes), queues.quotas if queues else ()
    try:
        check(quotas, sum(len(node.gpus) for node in nodes.values()))
    except QuotaRefused as refused:
        raise UsageError(str(refused)) from None
    jobs = []
    for job in trace.jobs:
        work = job.work
        if queues:
            work = replace(work, namespace=queues.queue_of.get(work.namespace, work.namespace))
        if settings.limit_times and trace.timed and work.limit_s is None:
            work = replace(work, limit_s=settings.limit_times * work.runs_s)
        try:
            scheduler.check(work)
        except WorkRefused:
            many = f"{work.pods} pods of " if work.pods > 1 else ""
            trace.left_out.add(
                f"asks for {many}{work.asks / work.pods:g} GPUs, which the empty nodes cannot hold", job.line
            )
            continue
        if quotas and quota_of(quotas, work.namespace) is None:
            trace.left_out.add(f"no queue for namespace {work.namespace}", job.line)
        elif quotas and not could_ever(quotas, work.namespace, work.asks):
            trace.left_out.add(f"asks for more than the quota of {work.namespace} ever allows", job.line)
        else:
            jobs.append(replace(job, work=work))
    if not jobs:
        raise UsageError("no job is left to play: " + "; ".join(trace.left_out.reasons))
    return Fleet(nodes, jobs, trace.timed, queues, settings, seed, trace.left_out)


def outcomes(
    fleet: Fleet, placements: Sequence[Placement], parts: Mapping[str, Make] | None = None
) -> Iterator[tuple[Outcome, Tally]]:
    """Play the fleet under each placement, then under each of the `parts`; yield what came out with its tally.

    `parts` has what makes each scheduler of the user's own, by its word. Raises `PartFailed`.
    """
    jobs = fleet.jobs if fleet.timed else _until_full(fleet)
    for placement in placements:
        tally = _tally(fleet)
        clock.run(_play(fleet, placement, jobs, tally))
        yield _outcome(fleet, placement, jobs, tally), tally
    for word, make in (parts or {}).items():
        tally = _tally(fleet)
        with named("fleet", {NAME: word}):
            clock.run(under(make, fleet.seed, partial(_play, fleet, "first-fit", jobs, tally)))
        yield _outcome(fleet, f"{NAME}={word}", jobs, tally), tally


def _tally(fleet: Fleet) -> Tally:
    return Tally({job.work.name: job.work for job in fleet.jobs}, fleet.gpus * WHOLE)


def _until_full(fleet: Fleet) -> list[Job]:
    """Return jobs in a random order until they ask for all GPUs, one a second."""
    asked, found = 0, list[Job]()
    for job in Seeds(fleet.seed).stream("order").sample(list(fleet.jobs), len(fleet.jobs)):
        asks = job.work.pod.asks * job.work.pods
        if asked + asks <= fleet.gpus * WHOLE:
            asked += asks
            found.append(Job(float(len(found)), replace(job.work, runs_s=FOR_EVER_S, limit_s=None)))
        if asked == fleet.gpus * WHOLE:
            break
    return found


def _cluster(
    fleet: Fleet, placement: Placement, emit: Callable[[object], None], makes: Callable[..., Scheduler]
) -> Cluster:
    s, quotas = fleet.settings, fleet.queues.quotas if fleet.queues else ()
    mix = Counter[Pod](job.work.pod for job in fleet.jobs)
    rules = Rules(
        placement,
        "strict" if s.order == "strict" else "best-effort",
        preempts=s.preempts or bool(fleet.queues and fleet.queues.preempts),
        victims=cast(Victims, s.victims),
        quotas=quotas,
        mix=tuple(sorted(mix.items())),
    )
    chance = Seeds(fleet.seed).stream("placement")
    return Cluster(
        "fleet", fleet.nodes, rules, emit=emit, moves_s=s.restart_s, resumes=s.resumes, chance=chance, scheduler=makes
    )


async def _play(
    fleet: Fleet, placement: Placement, jobs: Sequence[Job], tally: Tally, makes: Callable[..., Scheduler] = Scheduler
) -> None:
    loop = asyncio.get_running_loop()
    quiet = asyncio.Event()

    def note(event: object) -> None:
        tally.note(loop.time(), event)
        if not tally.running:
            quiet.set()

    cluster = _cluster(fleet, placement, note, makes)
    horizon_s = fleet.settings.horizon_s or FOR_EVER_S
    for job in jobs:
        if job.submit_s > horizon_s:
            break
        if job.submit_s > loop.time():
            await asyncio.sleep(job.submit_s - loop.time())
        cluster.submit(job.work)
    if fleet.settings.horizon_s:
        await asyncio.sleep(horizon_s - loop.time())
    while fleet.timed and not fleet.settings.horizon_s and tally.running:
        quiet.clear()
        await quiet.wait()
    tally.pass_to(loop.time())


def _outcome(fleet: Fleet, placement: str, jobs: Sequence[Job], tally: Tally) -> Outcome:
    waits = sorted(tally.waits_s.values())
    span_s = tally.now_s
    share = tally.used_s / (tally.capacity * span_s) if span_s else 0.0
    never = Counter(_why_waiting(fleet, job) for job in jobs if job.work.name not in tally.waits_s)
    return Outcome(
        placement=placement,
        jobs=len(jobs),
        started=len(waits),
        ended=len(tally.ended_s),
        mean_wait_s=round(sum(waits) / len(waits), 3) if waits else None,
        p50_wait_s=round(rank(waits, 0.5), 3) if waits else None,
        p99_wait_s=round(rank(waits, 0.99), 3) if waits else None,
        stranded_gpu_h=round(hours(tally.stranded_s), 3),
        utilisation=round(share, 6),
        unallocated=round(1 - share if fleet.timed else 1 - tally.in_use / tally.capacity, 6),
        sla_misses=_misses(fleet, jobs, tally),
        preemptions=tally.preemptions,
        lost_gpu_h=round(tally.lost_gpu_s / 3600, 3),
        never=dict(sorted(never.items())),
        makespan_s=round(span_s, 3),
        digest=tally.digest,
    )


def _misses(fleet: Fleet, jobs: Sequence[Job], tally: Tally) -> int | None:
    """Return how many jobs had not ended by their deadlines; None where no job has one.

    A deadline after the horizon is not missed: what becomes of the job is not played.
    """
    due = [
        (job, job.deadline_s if job.deadline_s is not None else job.work.runs_s + fleet.settings.sla_s)
        for job in jobs
        if job.deadline_s is not None or fleet.settings.sla_s
    ]
    if not due or not fleet.timed:
        return None
    horizon_s = fleet.settings.horizon_s or math.inf
    ends_s = [(tally.ended_s.get(job.work.name, math.inf), job.submit_s + within_s) for job, within_s in due]
    return sum(ended_s > due_s + 1e-6 and due_s <= horizon_s for ended_s, due_s in ends_s)


def _why_waiting(fleet: Fleet, job: Job) -> str:
    if fleet.settings.horizon_s:
        return "waited still at the horizon, or was submitted after it"
    return "no node had room" if not fleet.timed else "waited still when nothing ran any more"
