"""What happens on a sandbox, in the past tense; what the control plane itself decided is in its own events."""

from __future__ import annotations

from dataclasses import dataclass


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
class AnswerRepeated:
    """A pod was asked for `seq_id` again, as its ledger had it, and gave the answer of the first time."""

    incarnation: int
    seq_id: int


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
