"""How long a job takes that is preempted at random moments: closed forms, and the same by simulation. Pure.

Preemptions are a Poisson process with mean time `mtbf_s` between them that also runs while the job restarts or saves
(ORCHESTRATION §3 f; Young 1974).
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    """`work_s` of computation; after a preemption `restart_s` until it computes again; `save_s` for each checkpoint.

    `every_s` seconds of work lie between checkpoints; None: it never saves, and begins anew.
    """

    work_s: float
    restart_s: float
    save_s: float
    every_s: float | None

    @property
    def segments(self) -> int:
        """Return in how many pieces the work is done that count once they are saved."""
        return 1 if self.every_s is None else max(round(self.work_s / self.every_s), 1)

    @property
    def segment_s(self) -> float:
        """Return the seconds that one piece takes when nothing happens, its save included."""
        return self.work_s if self.every_s is None else self.work_s / self.segments + self.save_s


def expected_s(job: Job, mtbf_s: float) -> float:
    """Return the mean makespan in seconds: pieces times (M + R)(e^(piece / M) - 1)."""
    return job.segments * (mtbf_s + job.restart_s) * math.expm1(job.segment_s / mtbf_s)


def young_s(save_s: float, mtbf_s: float) -> float:
    """Return Young's interval between checkpoints, in seconds of work: sqrt(2 C M)."""
    return math.sqrt(2 * save_s * mtbf_s)


def simulated_s(job: Job, mtbf_s: float, rng: random.Random) -> float:
    """Return the makespan in seconds of one job under drawn preemptions; a restart that is preempted is not counted.

    The closed form counts R once a failure, so a failure is drawn within pieces only.
    """
    total_s = 0.0
    for _ in range(job.segments):
        while (until_s := rng.expovariate(1 / mtbf_s)) < job.segment_s:
            total_s += until_s + job.restart_s
        total_s += job.segment_s
    return total_s


def mean_and_error_s(job: Job, mtbf_s: float, runs: int, rng: random.Random) -> tuple[float, float]:
    """Return the mean of so many simulated makespans and its standard error, in seconds."""
    drawn = [simulated_s(job, mtbf_s, rng) for _ in range(runs)]
    mean = sum(drawn) / runs
    return mean, math.sqrt(sum((d - mean) ** 2 for d in drawn) / (runs - 1) / runs)
