"""How long a job takes that is preempted at random moments: closed forms, and the same by simulation. Pure.

Preemptions are a Poisson process with mean time `mtbf_s` between them that also runs while the job restarts or saves
(ORCHESTRATION §3 f; Young 1974).
"""

from __future__ import annotations

import contextlib
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate


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
    return job.segments * _piece_s(job.segment_s, job.restart_s, mtbf_s)


def expected_after_s(pieces_s: Sequence[float], restart_s: float, mtbf_s: float, first_s: float) -> float:
    """Return the mean makespan in seconds of a job that is preempted at `first_s`, and from then on at random moments.

    What counts of the work is what lies in whole pieces, each with its save.
    """
    ends_s = list(accumulate(pieces_s))
    if first_s >= ends_s[-1]:
        return ends_s[-1]
    left_s = pieces_s[sum(end_s <= first_s for end_s in ends_s) :]
    return first_s + restart_s + sum(_piece_s(piece_s, restart_s, mtbf_s) for piece_s in left_s)


def expected_torn_s(job: Job, mtbf_s: float) -> float:
    """Return the mean makespan in seconds of a job that begins anew when it was preempted while it saved."""
    saved = math.exp(-job.segment_s / mtbf_s)
    torn = math.exp(-(job.segment_s - job.save_s) / mtbf_s) - saved
    if saved == 0:
        return math.inf
    # a piece is left by its save or by a torn one; so many are left until that many follow each other whole
    again = torn / saved
    with contextlib.suppress(OverflowError):
        left = ((1 + again) ** job.segments - 1) * (1 + again) / again if again else job.segments
        return left * (mtbf_s + job.restart_s) * (1 - saved) / (saved + torn)
    return math.inf


def _piece_s(piece_s: float, restart_s: float, mtbf_s: float) -> float:
    """Return how long a piece takes on average that begins anew whenever it is preempted."""
    try:
        return (mtbf_s + restart_s) * math.expm1(piece_s / mtbf_s)
    except OverflowError:
        return math.inf


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
