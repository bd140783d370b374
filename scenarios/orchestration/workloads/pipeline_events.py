"""The events of pipelines: runs that depend on one another, backfills, upgraded runtimes, artifacts of runs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class _OfRun:
    pipeline: str
    run: str


@dataclass(frozen=True)
class RunAsked(_OfRun):
    """A run of this pipeline is due, and asks for a place; it depends on the run that was asked for before it."""


@dataclass(frozen=True)
class PlaceTaken(_OfRun):
    """A run took one of the `places` of its pipeline's limit of active runs, and starts."""

    places: int


@dataclass(frozen=True)
class TaskBegan(_OfRun):
    """A run began its task of this number, from 0, or of this name."""

    task: int | str


@dataclass(frozen=True)
class TaskEnded(_OfRun):
    """A run finished its task of this number or name."""

    task: int | str


@dataclass(frozen=True)
class PastAwaited(_OfRun):
    """A run with a place cannot begin this task: the run before it has not done its own."""

    task: int | str


@dataclass(frozen=True)
class PlaceLeft(_OfRun):
    """A run gave its place back because it `why`: "ended", "failed" or "waits"."""

    why: str


@dataclass(frozen=True)
class RunCleared(_OfRun):
    """An operator cleared a failed run, which asks for a place again."""


@dataclass(frozen=True)
class PipelineWatched:
    """The watch of this pipeline ended."""

    pipeline: str


@dataclass(frozen=True)
class LauncherEnded:
    """The process that launches this backfill's runs ended, with `running` of them; they go on without it."""

    backfill: str
    running: int


@dataclass(frozen=True)
class _OfDay:
    backfill: str
    day: str
    run: str


@dataclass(frozen=True)
class DayBegan(_OfDay):
    """A run began to compute this day of a backfill."""


@dataclass(frozen=True)
class DayLeft(_OfDay):
    """A run no longer computes this day: it wrote it, or died."""


@dataclass(frozen=True)
class RunCrashed:
    """The run of this day failed in the image of this digest, with the error that its script raised."""

    job: str
    day: int
    digest: str
    error: str


@dataclass(frozen=True)
class UpgradeAdopted:
    """A pipeline adopted the image of this digest for its next runs."""

    job: str
    digest: str


@dataclass(frozen=True)
class UpgradeTurnedDown:
    """A pipeline did not adopt the image that was pushed, for this reason."""

    job: str
    reason: str


@dataclass(frozen=True)
class FaultFound:
    """On `day` an operator knew what was wrong since `since_day`: a "crash", or "drift"; the image is pushed back."""

    job: str
    kind: str
    since_day: int
    day: int


@dataclass(frozen=True)
class _OfAttempt:
    run: str
    attempt: int


@dataclass(frozen=True)
class AttemptFroze(_OfAttempt):
    """An attempt of a run froze before it stored its model, and counts as dead."""


@dataclass(frozen=True)
class AttemptWoke(_OfAttempt):
    """An attempt that froze goes on, and does not know of its successor."""


@dataclass(frozen=True)
class ArtifactStored(_OfAttempt):
    """An attempt of a run stored its model, of these weights, under this path."""

    path: str
    weights: str


@dataclass(frozen=True)
class ArtifactKept(_OfAttempt):
    """An attempt of a run stored nothing, because the path has an artifact."""

    path: str


@dataclass(frozen=True)
class ArtifactRecorded:
    """A run evaluated what its path holds, and recorded the path, these weights and their loss as its own."""

    run: str
    path: str
    weights: str
    loss: float


@dataclass(frozen=True)
class ArtifactAudited:
    """An audit evaluated what the path of a run's record holds."""

    run: str
    path: str
    weights: str
    loss: float
