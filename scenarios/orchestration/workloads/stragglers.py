"""Steps of a synchronous job, each as slow as its slowest worker, and three answers to that. Pure.

Times are seconds, one row a step, one column a worker.
"""

import csv
import random
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Times = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Rule:
    """A worker that takes `factor` times as long as the slowest other one, `watch` steps in a row, is replaced.

    The job saves, and continues `pause_s` later with a typical worker in its place.
    """

    factor: float = 1.5
    watch: int = 2
    pause_s: float = 70.0


@dataclass
class Watcher:
    """Watches the steps of a job, and returns the worker that is to be replaced."""

    rule: Rule
    _suspect: int = -1
    _steps: int = 0

    def sees(self, row: Sequence[float]) -> int | None:
        """Return the worker that the rule replaces after this step, or None."""
        worker, _, slow = slowest(row, self.rule.factor)
        if not slow:
            self._suspect, self._steps = -1, 0
            return None
        self._steps = self._steps + 1 if worker == self._suspect else 1
        self._suspect = worker
        if self._steps < self.rule.watch:
            return None
        self._suspect, self._steps = -1, 0
        return worker


def slowest(row: Sequence[float], factor: float = 1.0) -> tuple[int, float, bool]:
    """Return a step's slowest worker, the time of the slowest other one, and whether it takes `factor` times that."""
    worker = max(range(len(row)), key=lambda n: row[n])
    others_s = max((time_s for n, time_s in enumerate(row) if n != worker), default=row[worker])
    return worker, others_s, row[worker] >= factor * others_s


def synchronous_s(times: Times) -> float:
    """Return the job's seconds when each step waits for its slowest worker."""
    return sum(max(row) for row in times)


def typical_s(times: Times) -> float:
    """Return the job's seconds if every worker took the step's median time."""
    return sum(statistics.median(row) for row in times)


def drop_slowest_s(times: Times) -> float:
    """Return the job's seconds when each step drops its slowest worker, whose rows are not trained."""
    return sum(slowest(row)[1] for row in times)


def replaced(row: Sequence[float], workers: Iterable[int]) -> list[float]:
    """Return a step's times with these workers as fast as the median of the others."""
    gone = set(workers)
    typical = statistics.median([time_s for n, time_s in enumerate(row) if n not in gone] or row)
    return [typical if n in gone else time_s for n, time_s in enumerate(row)]


def restarted_s(times: Times, rule: Rule) -> float:
    """Return the job's seconds when slow workers are replaced, pauses included."""
    watcher, gone, total_s = Watcher(rule), dict[int, None](), 0.0
    for row in times:
        now = replaced(row, gone)
        total_s += max(now)
        worker = watcher.sees(now)
        if worker is not None:
            gone[worker] = None
            total_s += rule.pause_s
    return total_s


def drawn(
    steps: int, workers: int, step_s: float, rng: random.Random, *, noise: float, slow: float, since: int
) -> Times:
    """Return log-normal times of spread `noise`, with one worker `slow` times as slow from step `since` on."""
    worker = rng.randrange(workers)
    return [
        [
            step_s * rng.lognormvariate(0.0, noise) * (slow if n == worker and step >= since else 1.0)
            for n in range(workers)
        ]
        for step in range(1, steps + 1)
    ]


def read(lines: Iterable[str]) -> Times:
    """Return the times of a trace of Alibaba's mini-batches, without the steps that some worker does not report.

    Its columns are worker, time (the step) and batch_time_norm, a time without a unit.
    """
    steps: dict[int, dict[int, float]] = {}
    for row in csv.DictReader(lines):
        steps.setdefault(int(row["time"]), {})[int(row["worker"])] = float(row["batch_time_norm"])
    workers = sorted({worker for step in steps.values() for worker in step})
    return [[step[worker] for worker in workers] for _, step in sorted(steps.items()) if len(step) == len(workers)]
