"""What happens in the steps of a synchronous job, in the past tense."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StragglersWatched:
    """A worker that takes `factor` times as long as all others, `steps` steps running, counts as a straggler."""

    factor: float
    steps: int


@dataclass(frozen=True)
class StepSynchronized:
    """A step ended `took_s` after it began; without `slowest`, its slowest worker, `others_s` would have done."""

    step: int
    slowest: int
    took_s: float
    others_s: float


@dataclass(frozen=True)
class WorkerReplaced:
    """The job goes on after `step` with another worker in this one's place."""

    worker: int
    step: int


@dataclass(frozen=True)
class AnswersReckoned:
    """How long the same steps take if all workers are typical, if each step waits for all of them, without the slowest
    worker of each step, and with stragglers replaced."""

    typical_s: float
    synchronous_s: float
    drop_slowest_s: float
    restarted_s: float
