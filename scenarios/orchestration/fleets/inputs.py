"""The nodes and the jobs of a fleet, read from files: this project's columns, openb's, and Alibaba's.

Alibaba's `pai_task_table` (cluster-trace-gpu-v2020) counts GPUs and processors in per cent and memory in GiB; its spot
trace (cluster-trace-v2026-spot-gpu) counts processors in cores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from gateway_sim.control_plane.scheduling.shares import WHOLE, Node
from gateway_sim.control_plane.scheduling.work import Work
from gateway_sim.scenarios.orchestration.fleets.rows import Column, Columns, Row, rows
from gateway_sim.scenarios.sim.errors import UsageError

NODE: Final[Columns] = {
    "name": [Column("name"), Column("sn"), Column("node_name"), Column("node")],
    "gpus": [Column("gpus"), Column("gpu"), Column("gpu_capacity_num")],
    "cpu_milli": [Column("cpu_milli"), Column("cpu_num", 1000), Column("cpus", 1000)],
    "memory_mib": [Column("memory_mib"), Column("memory_gib", 1024)],
    "count": [Column("count")],
}
JOB: Final[Columns] = {
    "name": [Column("name"), Column("job_name"), Column("job_id")],
    "task": [Column("task_name")],
    "gpus": [Column("gpus"), Column("num_gpu"), Column("gpu_request"), Column("plan_gpu", 0.01)],
    "gpu_milli": [Column("gpu_milli")],
    "cpu_milli": [Column("cpu_milli"), Column("cpu_request", 1000), Column("plan_cpu", 10)],
    "memory_mib": [Column("memory_mib"), Column("plan_mem", 1024)],
    "pods": [Column("pods"), Column("inst_num"), Column("num_inst"), Column("worker_num")],
    "submit": [
        Column("submit_s"),
        Column("submit"),
        Column("submit_time"),
        Column("creation_time"),
        Column("start_time"),
    ],
    "duration": [Column("duration_s"), Column("duration"), Column("runs_s")],
    "end": [Column("end_time"), Column("deletion_time")],
    "namespace": [Column("namespace"), Column("queue"), Column("organization"), Column("user")],
    "priority": [Column("priority")],
    "deadline": [Column("deadline_s")],
    "limit": [Column("limit_s")],
}
MOST_NODES: Final = 100_000
MOST_GPUS: Final = 1_000_000
MOST_PODS: Final = 100_000
MOST_S: Final = 1e10
"""The longest time in a fleet, 317 years: the clock passes it in steps of at most a day."""


@dataclass(frozen=True)
class Job:
    """A job with its second of submission, and how many seconds later it must have ended (None: at any time).

    `line` is its line in the file.
    """

    submit_s: float
    work: Work
    deadline_s: float | None = None
    line: int = 0


@dataclass
class LeftOut:
    """The rows that are not played: for each reason how many, and the first one's line."""

    reasons: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, reason: str, line: int) -> None:
        """Count a row."""
        rows, first = self.reasons.get(reason, (0, line))
        self.reasons[reason] = (rows + 1, first)


@dataclass(frozen=True)
class Trace:
    """The jobs of a file in the order of submission; `timed` is whether it says when and for how long they run."""

    jobs: Sequence[Job]
    timed: bool
    left_out: LeftOut


def read_nodes(file: Path) -> dict[str, Node]:
    """Return the nodes by name; a row with a `count` stands for so many. Raises `UsageError`."""
    found: dict[str, Node] = {}
    in_all = 0
    for row in rows(file, NODE, ["gpus"]):
        gpus, many = row.count("gpus", 0), row.count("count", 1)
        name = row.word("name", f"node-{len(found)}")
        if len(found) + many > MOST_NODES:
            raise UsageError(f"{file}, line {row.line}: that makes more than {MOST_NODES:,} nodes")
        in_all += gpus * many
        if in_all > MOST_GPUS:
            raise UsageError(f"{file}, line {row.line}: that makes more than {MOST_GPUS:,} GPUs")
        node = Node((WHOLE,) * gpus, row.whole("cpu_milli", 0), row.whole("memory_mib", 0))
        for n in range(many):
            own = name if many == 1 else f"{name}-{n}"
            if own in found:
                raise UsageError(
                    f"{file}, line {row.line}: there is a node {own} already; each needs a name of its own"
                )
            found[own] = node
    if not any(node.gpus for node in found.values()):
        raise UsageError(f"{file}: no node in it has a GPU")
    return found


def read_jobs(file: Path, nodes: Mapping[str, Node]) -> Trace:
    """Return the jobs of a file; what their nodes do not count is not asked of them. Raises `UsageError`."""
    counts_cpu = any(node.cpu_milli for node in nodes.values())
    counts_memory = any(node.memory_mib for node in nodes.values())
    left_out, jobs, names = LeftOut(), list[Job](), set[str]()
    timed: bool | None = None
    for row in rows(file, JOB, ["gpus"]):
        if timed is None:
            timed = _is_timed(file, row.known)
        work = _work_of(row, names, counts_cpu, counts_memory, left_out)
        if work is None:
            continue
        submit_s = row.time_s("submit") if timed else 0.0
        duration_s = _duration_s(row, submit_s) if timed else 0.0
        if submit_s is None:
            left_out.add("no time of submission", row.line)
        elif duration_s is None:
            left_out.add("no duration, so that it never ended", row.line)
        else:
            deadline_s = row.number("deadline", 0.0) if row.has("deadline") else None
            jobs.append(Job(submit_s, replace(work, runs_s=duration_s), deadline_s, row.line))
            names.add(work.name)
    if not jobs:
        raise UsageError(f"{file}: no row of it can be played" + "".join(f"; {why}" for why in left_out.reasons))
    first_s = min(job.submit_s for job in jobs)
    late = next((job for job in jobs if job.submit_s - first_s > MOST_S), None)
    if late is not None:
        raise UsageError(f"{file}, line {late.line}: it is submitted more than {MOST_S:,.0f} s after the first job")
    shifted = [replace(job, submit_s=job.submit_s - first_s) for job in jobs]
    return Trace(sorted(shifted, key=lambda job: job.submit_s), bool(timed), left_out)


def _is_timed(file: Path, known: Mapping[str, Column]) -> bool:
    """Return whether a file says when its jobs run. Raises `UsageError` for one that says half of it."""
    ends = known.get("duration") or known.get("end")
    there = known.get("submit") or ends
    if there is None or (ends and "submit" in known):
        return there is not None
    lacks = ("submit",) if ends else ("duration", "end")
    may_be = ", ".join(column.name for value in lacks for column in JOB[value])
    what = "submission" if ends else "duration or end"
    said = f"it has {there.name} and no {what}, which may be called {may_be}"
    raise UsageError(f"{file}, line 1: {said}; without {there.name} it is played as a trace without times")


def _work_of(row: Row, names: set[str], counts_cpu: bool, counts_memory: bool, left_out: LeftOut) -> Work | None:
    gpus, milli = row.number("gpus", 0.0), row.whole("gpu_milli", WHOLE)
    if 0 < gpus < 1 and not row.has("gpu_milli"):
        gpus, milli = 1.0, max(round(gpus * WHOLE), 1)
    if gpus != int(gpus):
        left_out.add("asks for whole GPUs and a part of one", row.line)
        return None
    if gpus > 1 and milli != WHOLE:
        left_out.add("asks for parts of several GPUs", row.line)
        return None
    if not 0 <= milli <= WHOLE or (gpus and not milli):
        raise row.refused("gpu_milli", f"must be from 1 to {WHOLE}")
    name = row.word("name", f"job-{row.line}")
    if row.has("task"):
        name += f"/{row.word('task', '')}"
    while name in names:
        name += f" (line {row.line})"
    return Work(
        name,
        int(gpus),
        0.0,
        row.word("namespace", "default"),
        row.order("priority"),
        milli if gpus else 0,
        row.whole("cpu_milli", 0) if counts_cpu else 0,
        row.whole("memory_mib", 0) if counts_memory else 0,
        max(row.count("pods", 1, most=MOST_PODS), 1),
        row.number("limit", 0.0) if row.has("limit") else None,
    )


def _duration_s(row: Row, submit_s: float | None) -> float | None:
    if "duration" in row.known:
        duration_s = row.number("duration", 0.0) if row.has("duration") else None
        if duration_s is not None and duration_s > MOST_S:
            raise row.refused("duration", f"must be at most {MOST_S:,.0f}")
        return duration_s
    end_s = row.time_s("end")
    if end_s is None or submit_s is None:
        return None
    if end_s < submit_s:
        raise row.refused("end", "is before the time of submission")
    if end_s - submit_s > MOST_S:
        raise row.refused("end", f"is more than {MOST_S:,.0f} s after the submission")
    return end_s - submit_s
