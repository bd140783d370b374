"""What happens on a site, in the past tense; what the control plane itself decided is in its own events."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PromotionsSettled:
    """Nobody promotes versions of this model any more; from here on it is only watched."""

    model: str


@dataclass(frozen=True)
class WatchEnded:
    """Nobody looks at this model any longer."""

    model: str


@dataclass(frozen=True)
class DayPlanned:
    """A whole day of a table has so many rows in each of its hours."""

    table: str
    date: str
    rows: tuple[int, ...]


@dataclass(frozen=True)
class TrainingSetRead:
    """A model is being trained on what a table held of a day at this version: so many rows in each hour."""

    table: str
    date: str
    version: int
    rows: tuple[int, ...]


@dataclass(frozen=True)
class ModelJudged:
    """What a model is worth on the whole of the next day, hour by hour, and what its offline judgement had said.

    `reference_quality` is that of a model that was trained on the whole day.
    """

    table: str
    date: str
    offline_quality: float
    quality: tuple[float, ...]
    reference_quality: tuple[float, ...]


@dataclass(frozen=True)
class QualityCrossChecked:
    """Somebody else's code says that the model of this day is worth so much on the next."""

    table: str
    date: str
    quality: float


@dataclass(frozen=True)
class WorkerDied:
    """A backfill's worker had written its part, and died before anybody heard of it; another does it again."""

    backfill: str
    part: str


@dataclass(frozen=True)
class BackfillEnded:
    """Every part of the backfill has been written, and its scheduler knows."""

    backfill: str


@dataclass(frozen=True)
class TableCounted:
    """What a table holds in each part: rows, and how many of them differ, beside how many there should be."""

    table: str
    rows: tuple[int, ...]
    distinct: tuple[int, ...]
    wanted: tuple[int, ...]


@dataclass(frozen=True)
class ModelCompared:
    """A model was trained on what a table held; `undisturbed` are the weights that the true rows give.

    Each loss is (on what the model was trained on, on rows held out from everything).
    """

    table: str
    weights: str
    undisturbed: str
    loss: tuple[float, float]
    reference_loss: tuple[float, float]


@dataclass(frozen=True)
class ImageRan:
    """A pod of a job worked in this image, to train or to serve; `golden` digests what it makes of a known batch."""

    job: str
    purpose: str
    digest: str
    golden: str


@dataclass(frozen=True)
class DayServed:
    """A job's model served for a day; `reference_quality` is the undisturbed model's, in the image of its submit."""

    job: str
    day: int
    digest: str
    quality: float
    reference_quality: float


@dataclass(frozen=True)
class RunReplayed:
    """A run of the past was trained again on `day`, on what its record led to; each manifest digests the rows."""

    run: str
    day: int
    manifest: str
    manifest_of_the_run: str
    weights: str
    undisturbed: str


@dataclass(frozen=True)
class ReplayRefused:
    """A run of the past could not be trained again on `day`."""

    run: str
    day: int
    reason: str


@dataclass(frozen=True)
class TrainingPlanned:
    """A training run of `steps` steps over `rows` samples is about to begin; it should save every `save_every` steps.

    `draws` fingerprints what chance gives each step of the run that nobody interrupts.
    """

    steps: int
    rows: int
    save_every: int
    draws: tuple[int, ...]


@dataclass(frozen=True)
class RunResumed:
    """The run began to compute as `incarnation` (from 1), with `step` steps behind it (0: from the beginning)."""

    incarnation: int
    step: int


@dataclass(frozen=True)
class BatchTrained:
    """Optimizer step `step` (from 1) was taken on these rows; `draws` fingerprints what chance gave it."""

    incarnation: int
    step: int
    rows: tuple[int, ...]
    draws: int


@dataclass(frozen=True)
class SaveBegan:
    """The state after `step` is being written."""

    step: int


@dataclass(frozen=True)
class SaveCommitted:
    """The state after `step` is whole, and marked so."""

    step: int


@dataclass(frozen=True)
class LatestMoved:
    """Whoever resumes is pointed to the checkpoint of `step`."""

    step: int


@dataclass(frozen=True)
class RunPreempted:
    """The run's node was taken away when `step` steps were behind it."""

    incarnation: int
    step: int


@dataclass(frozen=True)
class ResumeRefused:
    """A checkpoint could not be resumed from, so the run began anew."""

    checkpoint: str
    reason: str


@dataclass(frozen=True)
class TrainingEnded:
    """The run reached its last step with `weights`; `undisturbed` are those of the run that nobody interrupted."""

    steps: int
    weights: str
    undisturbed: str


@dataclass(frozen=True)
class DeadlineSet:
    """This work of a cluster is promised to have ended `by_s` seconds into the scenario."""

    cluster: str
    work: str
    by_s: float


@dataclass(frozen=True)
class ScriptDied:
    """The user's script died of this error in its `attempt`-th life, and somebody will start it again."""

    attempt: int
    type: str
    message: str


@dataclass(frozen=True)
class IngredientsMoved:
    """A name that people resolve, like `latest`, points to something else from now on."""

    name: str
    to: str


@dataclass(frozen=True)
class IngredientsUsed:
    """The run's `attempt`-th life trains on this snapshot of the rows, prepared as this image does."""

    attempt: int
    snapshot: str
    image: str


@dataclass(frozen=True)
class GpuSecondsWon:
    """So many GPU-seconds did not idle because running jobs were moved together."""

    gpu_s: float


@dataclass(frozen=True)
class GpuSecondsLost:
    """A moved run had to compute, or to wait, so many GPU-seconds more than one that stayed."""

    work: str
    gpu_s: float


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
