"""The events of training runs and their clusters."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TrainingPlanned:
    """A run of `steps` steps over `rows` samples is about to begin; it should save every `save_every` steps.

    `draws`: for each step, a fingerprint of the random numbers that the uninterrupted run draws. `beside_s`: a save
    may take this long while training goes on; 0: training waits for a save.
    """

    steps: int
    rows: int
    save_every: int
    draws: tuple[int, ...]
    beside_s: float = 0.0


@dataclass(frozen=True)
class RunResumed:
    """The run began to compute as `incarnation` (from 1), after `step` finished steps (0: from the beginning)."""

    incarnation: int
    step: int


@dataclass(frozen=True)
class BatchTrained:
    """Optimizer step `step` (from 1) was taken on these rows; `draws` fingerprints its random numbers."""

    incarnation: int
    step: int
    rows: tuple[int, ...]
    draws: int


@dataclass(frozen=True)
class SaveBegan:
    """The checkpoint of the state after `step` is being written."""

    step: int


@dataclass(frozen=True)
class SaveCommitted:
    """The checkpoint of the state after `step` is complete and has its marker."""

    step: int


@dataclass(frozen=True)
class LatestMoved:
    """The name `latest` points to the checkpoint of `step`."""

    step: int


@dataclass(frozen=True)
class CheckpointRemoved:
    """The job removed the checkpoint of `step`, to keep no more than it should."""

    step: int


@dataclass(frozen=True)
class RunPreempted:
    """The run lost its node after `step` finished steps."""

    incarnation: int
    step: int


@dataclass(frozen=True)
class ResumeRefused:
    """A run could not resume from this checkpoint."""

    checkpoint: str
    reason: str


@dataclass(frozen=True)
class AnswerRepeated:
    """A pod was asked for `seq_id` again and gave its first answer, which its ledger had kept."""

    incarnation: int
    seq_id: int


@dataclass(frozen=True)
class TrainingEnded:
    """The run finished its last step with `weights`; `undisturbed` are those of the uninterrupted run."""

    steps: int
    weights: str
    undisturbed: str


@dataclass(frozen=True)
class ScriptDied:
    """The user's script died of this error in this attempt; it may be started again."""

    attempt: int
    type: str
    message: str


@dataclass(frozen=True)
class IngredientsMoved:
    """A name such as `latest` was pointed to `to`."""

    name: str
    to: str


@dataclass(frozen=True)
class IngredientsUsed:
    """This attempt of the run trains on this snapshot of the rows, prepared by this image."""

    attempt: int
    snapshot: str
    image: str


@dataclass(frozen=True)
class StragglersWatched:
    """A worker that takes `factor` times as long as all others, `steps` steps in a row, counts as a straggler."""

    factor: float
    steps: int


@dataclass(frozen=True)
class StepSynchronized:
    """A step ended after `took_s`; without its worker `slowest` it would have taken `others_s`."""

    step: int
    slowest: int
    took_s: float
    others_s: float


@dataclass(frozen=True)
class WorkerReplaced:
    """After `step` another worker took the place of this one."""

    worker: int
    step: int


@dataclass(frozen=True)
class AnswersReckoned:
    """The job's seconds with typical workers only, waiting for all, dropping the slowest, replacing stragglers."""

    typical_s: float
    synchronous_s: float
    drop_slowest_s: float
    restarted_s: float


@dataclass(frozen=True)
class DeadlineSet:
    """This work of a cluster must end by `by_s` seconds into the story."""

    cluster: str
    work: str
    by_s: float


@dataclass(frozen=True)
class GpuSecondsWon:
    """The GPU-seconds that were not idle because running jobs were moved together."""

    gpu_s: float


@dataclass(frozen=True)
class GpuSecondsLost:
    """The GPU-seconds that a moved run waited or computed again, compared with an unmoved run."""

    work: str
    gpu_s: float


@dataclass(frozen=True)
class HolderBegan:
    """A run that holds a place of this limit, which allows `limit`, begins to compute."""

    name: str
    holder: str
    limit: int


@dataclass(frozen=True)
class _OfHolder:
    name: str
    holder: str


@dataclass(frozen=True)
class HolderWaits(_OfHolder):
    """A run waits for a place of this limit, which allows `limit`; its scheduler asks every `asked_every_s` seconds."""

    limit: int
    asked_every_s: float


@dataclass(frozen=True)
class HolderEnded(_OfHolder):
    """A run finished its work and gave its place back."""


@dataclass(frozen=True)
class HolderDied(_OfHolder):
    """A run died without giving its place back, which must be free again within `within_s` seconds."""

    within_s: float


@dataclass(frozen=True)
class HolderFroze(_OfHolder):
    """A run computes nothing until it wakes."""


@dataclass(frozen=True)
class HolderWoke(_OfHolder):
    """A run that froze computes again."""


@dataclass(frozen=True)
class HolderStopped(_OfHolder):
    """A run stopped, because its place was no longer its own."""


@dataclass(frozen=True)
class LaunchingEnded:
    """All runs under this limit are done, or no longer waited for; `done` of them are."""

    name: str
    done: int


@dataclass(frozen=True)
class _OfWriter:
    writer: int


@dataclass(frozen=True)
class WriterTookOver(_OfWriter):
    """The `writer`-th writer of a job's checkpoints began, and every earlier one is out of date."""


@dataclass(frozen=True)
class WriterFroze(_OfWriter):
    """A writer stands still in the middle of the save of this checkpoint; its node does not answer."""

    checkpoint: str


@dataclass(frozen=True)
class WriterWoke(_OfWriter):
    """A writer that froze goes on with its save."""


@dataclass(frozen=True)
class CheckpointWritten(_OfWriter):
    """A writer wrote the checkpoint of this name, over an earlier one where there was one."""

    checkpoint: str


@dataclass(frozen=True)
class LatestPointed(_OfWriter):
    """A writer let `latest` name this checkpoint."""

    checkpoint: str


@dataclass(frozen=True)
class WriteFenced(_OfWriter):
    """A writer was refused, because a newer one has taken over."""

    reason: str
