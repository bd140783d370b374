"""The makespan of a job that is preempted at random moments: closed forms and a simulation. Pure.

Preemptions are a Poisson process with mean time `mtbf_s` between them that also runs while the job restarts or saves
(docs/reference/stories.md §3 f; Young 1974).
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True)
class Job:
    """`work_s` of computation; a preemption costs `restart_s`, a checkpoint `save_s`.

    `every_s` seconds of work lie between checkpoints; None: it never saves, and starts from the beginning.
    """

    work_s: float
    restart_s: float
    save_s: float
    every_s: float | None

    @property
    def segments(self) -> int:
        """The number of pieces of work between checkpoints."""
        return 1 if self.every_s is None else max(round(self.work_s / self.every_s), 1)

    @property
    def segment_s(self) -> float:
        """The seconds of one piece without preemptions, its save included."""
        return self.work_s if self.every_s is None else self.work_s / self.segments + self.save_s


def expected_s(job: Job, mtbf_s: float) -> float:
    """Return the mean makespan in seconds: pieces times (M + R)(e^(piece / M) - 1)."""
    return job.segments * _piece_s(job.segment_s, job.restart_s, mtbf_s)


def expected_after_s(pieces_s: Sequence[float], restart_s: float, mtbf_s: float, first_s: float) -> float:
    """Return the mean makespan in seconds of a job that is preempted at `first_s` and later at random moments.

    A preemption loses the current piece; complete pieces are saved.
    """
    ends_s = list(accumulate(pieces_s))
    if first_s >= ends_s[-1]:
        return ends_s[-1]
    left_s = pieces_s[sum(end_s <= first_s for end_s in ends_s) :]
    return first_s + restart_s + sum(_piece_s(piece_s, restart_s, mtbf_s) for piece_s in left_s)


def expected_torn_s(
    pieces_s: Sequence[float], save_s: float, restart_s: float, mtbf_s: float, first_s: float | None = None
) -> float:
    """Return the mean makespan in seconds of a job that starts over when it is preempted during a save.

    Each piece but the last ends in a save of `save_s`. With `first_s` the first preemption comes then, and the later
    ones at random moments; without, all of them.
    """
    reached, to_go_s, left_s = 1.0, 0.0, list[tuple[float, float]]()
    # from the last piece back: the chance to reach the end from here without a torn save, and the seconds until then
    for n, piece_s in reversed(list(enumerate(pieces_s))):
        saves_s = save_s if n < len(pieces_s) - 1 else 0.0
        saved, worked = math.exp(-piece_s / mtbf_s), math.exp(-(piece_s - saves_s) / mtbf_s)
        if worked == 0:
            return math.inf
        to_go_s = ((mtbf_s + restart_s) * (1 - saved) + saved * to_go_s) / worked
        reached *= saved / worked
        left_s.append((to_go_s, reached))
    if reached == 0:
        return math.inf
    whole_s = to_go_s / reached
    if first_s is None:
        return whole_s
    ends_s = list(accumulate(pieces_s))
    if first_s >= ends_s[-1]:
        return ends_s[-1]
    done = sum(end_s <= first_s for end_s in ends_s)
    if done < len(pieces_s) - 1 and first_s >= ends_s[done] - save_s:
        done = 0
    to_go_s, reached = left_s[len(pieces_s) - done - 1]
    return first_s + restart_s + to_go_s + (1 - reached) * whole_s


def _piece_s(piece_s: float, restart_s: float, mtbf_s: float) -> float:
    """Return the mean seconds of a piece that starts over at each preemption."""
    try:
        return (mtbf_s + restart_s) * math.expm1(piece_s / mtbf_s)
    except OverflowError:
        return math.inf


def young_s(save_s: float, mtbf_s: float) -> float:
    """Return Young's interval between checkpoints, in seconds of work: sqrt(2 C M)."""
    return math.sqrt(2 * save_s * mtbf_s)


def simulated_s(job: Job, mtbf_s: float, rng: random.Random) -> float:
    """Return the makespan in seconds of one job under random preemptions.

    The closed form counts R once a failure, so restarts are not preempted here either.
    """
    total_s = 0.0
    for _ in range(job.segments):
        while (until_s := rng.expovariate(1 / mtbf_s)) < job.segment_s:
            total_s += until_s + job.restart_s
        total_s += job.segment_s
    return total_s


def mean_and_error_s(job: Job, mtbf_s: float, runs: int, rng: random.Random) -> tuple[float, float]:
    """Return the mean of `runs` simulated makespans and its standard error, in seconds."""
    drawn = [simulated_s(job, mtbf_s, rng) for _ in range(runs)]
    mean = sum(drawn) / runs
    return mean, math.sqrt(sum((d - mean) ** 2 for d in drawn) / (runs - 1) / runs)


WORK_S = 7200.0
MEASURED = {18_000.0: (2.42, 1.064), 5700.0: (4.09, 1.122), 3600.0: (6.49, 1.160), 2700.0: (10.31, 1.191)}
"""For each mean time between preemptions the hours without checkpoints, and the makespan with Young's interval as a
multiple of the work.

Of a job of two hours; docs/reference/stories.md §3 f. The first preemption came at any time there.
"""


def measured_s(job: Job, mtbf_s: float) -> float | None:
    """Return the makespan that the prototype measured; None for a job that differs from its own."""
    if (job.work_s, job.save_s, job.restart_s) != (WORK_S, 30.0, 60.0):
        return None
    hours, ratio = MEASURED.get(mtbf_s, (None, None))
    if job.every_s is None:
        return hours and 3600 * hours
    return ratio and WORK_S * ratio
