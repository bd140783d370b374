"""What each promise of the stories must find in a log, so that its answer proves something."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from gateway_sim.control_plane import events as control_plane
from gateway_sim.scenarios.judge.promises import Promise
from gateway_sim.scenarios.orchestration import promises
from gateway_sim.scenarios.orchestration.workloads import events as work
from gateway_sim.scenarios.orchestration.workloads import model_events as models
from gateway_sim.scenarios.orchestration.workloads import pipeline_events as pipelines
from gateway_sim.scenarios.sim import registry
from gateway_sim.scenarios.sim.trace import Trace

Need = type[Any] | tuple[type[Any], ...]
"""A kind of event, or several of which one is enough."""

LEFT_PLACE: Final = (work.HolderEnded, work.HolderDied, work.HolderStopped)

NEEDS: Final[Mapping[str, tuple[Need, ...]]] = {
    "a-dead-holders-place-comes-back": (work.HolderDied,),
    "a-job-runs-in-one-image": (control_plane.ImageResolved, models.ImageRan),
    "a-model-is-as-good-as-its-day-allows": (models.ModelJudged,),
    "a-model-draws-the-clicks-that-its-day-allows": (models.RankerServed,),
    "a-preempted-job-leaves-within-its-grace": (
        control_plane.WorkToldToLeave,
        (control_plane.WorkEvicted, control_plane.WorkShrunk, control_plane.WorkEnded),
    ),
    "a-preemption-costs-at-most-one-interval": (work.TrainingPlanned, work.RunPreempted, work.RunResumed),
    "a-replay-reads-the-rows-of-its-run": (models.RunReplayed,),
    "a-run-is-made-of-one-snapshot-and-one-image": (work.IngredientsUsed,),
    "a-run-that-waits-holds-no-place": (pipelines.PlaceTaken, pipelines.PastAwaited),
    "a-straggler-slows-no-more-steps-than-it-takes-to-see-it": (work.StragglersWatched, work.StepSynchronized),
    "an-artifact-is-stored-once": (pipelines.ArtifactStored,),
    "an-interruption-leaves-no-trace-in-the-weights": (work.TrainingEnded,),
    "an-old-writer-changes-nothing": (work.WriterTookOver, work.CheckpointWritten, work.LatestPointed),
    "every-move-is-needed": (control_plane.ClusterOpened, control_plane.WorkPlaced, control_plane.WorkMoved),
    "every-run-can-be-replayed": ((models.RunReplayed, models.ReplayRefused),),
    "every-run-ends-by-its-deadline": (work.DeadlineSet, control_plane.WorkEnded),
    "every-run-keeps-the-model-it-evaluated": (
        pipelines.ArtifactStored,
        pipelines.ArtifactRecorded,
        pipelines.ArtifactAudited,
    ),
    "every-run-of-a-pipeline-ends": (pipelines.RunAsked, pipelines.PipelineWatched),
    "every-sample-is-trained-once": (work.TrainingPlanned, work.BatchTrained),
    "latest-names-a-committed-checkpoint": (work.SaveCommitted, work.LatestMoved),
    "models-are-trained-on-whole-days": (models.DayPlanned, models.TrainingSetRead),
    "moving-wins-more-than-it-costs": (work.GpuSecondsWon, work.GpuSecondsLost),
    "no-day-is-computed-by-two-runs-at-once": (pipelines.DayBegan, pipelines.DayLeft),
    "no-gpu-idles-while-a-job-would-fit": (
        control_plane.ClusterOpened,
        control_plane.WorkQueued,
        control_plane.WorkPlaced,
    ),
    "no-gpu-is-given-up-to-idle": (
        control_plane.ClusterOpened,
        control_plane.WorkPlaced,
        (control_plane.WorkEvicted, control_plane.WorkShrunk),
    ),
    "no-limit-is-exceeded": (control_plane.LimitTaken, (control_plane.LimitGivenBack, control_plane.LimitLeaseEnded)),
    "no-model-is-rolled-back-by-chance": (models.RankerServed, models.RankerRolledBack),
    "no-more-runs-compute-than-a-limit-allows": (work.HolderBegan, LEFT_PLACE),
    "no-node-holds-more-than-it-has": (control_plane.ClusterOpened, control_plane.WorkPlaced),
    "no-partition-is-lost": (models.TableCounted,),
    "no-place-idles-while-a-run-waits": (work.HolderWaits, work.HolderBegan),
    "no-row-is-counted-twice": (models.TableCounted,),
    "no-run-fails-in-its-runtime": ((pipelines.RunCrashed, models.ImageRan, models.DayServed),),
    "no-task-begins-before-its-past": (pipelines.RunAsked, pipelines.TaskBegan, pipelines.TaskEnded),
    "no-update-is-lost": (models.RowsCompared,),
    "nothing-is-computed-twice": (control_plane.WorkEvicted,),
    "preprocessing-makes-the-same-of-the-same": (models.ImageRan,),
    "the-best-version-is-tagged": (control_plane.VersionRegistered, models.PromotionsSettled),
    "the-model-is-that-of-the-true-rows": (models.ModelCompared,),
    "training-reads-the-version-that-passed": (control_plane.GateDecided, models.TrainingSetRead),
    "what-serves-is-as-good-as-it-was": (models.DayServed,),
    "what-serves-is-what-the-tag-names": (control_plane.TagMoved, control_plane.VersionDeployed),
}
"""By promise, the kinds of events without which a log proves nothing of it."""

IN_NO_LOG: Final[Mapping[str, str]] = {
    "every-run-ends-as-if-undisturbed": "it compares with a run without a scheduler, which is simulated",
    "the-story-ends": "it is about a simulated story; every-run-of-a-pipeline-ends is the promise for a log",
}
"""By promise, why no log can be held to it."""


def judgeable() -> dict[str, Promise]:
    """Return every promise of the stories by name, those of no log too."""
    found: dict[str, Callable[..., Any]] = registry.functions(promises.__name__)
    return found


def kinds() -> dict[str, type[Any]]:
    """Return the kinds of events that a log may tell, by name."""
    found: dict[str, type[Any]] = {}
    for module in (control_plane, work, models, pipelines):
        for name, kind in vars(module).items():
            if isinstance(kind, type) and kind.__module__ == module.__name__ and not name.startswith("_"):
                found[name] = kind
    return found


def words_of(need: Need) -> str:
    """Return a need in the words of a log: "holder-ended or holder-died"."""
    some = need if isinstance(need, tuple) else (need,)
    return " or ".join(dashed(kind.__name__) for kind in some)


def dashed(name: str) -> str:
    """Return the name of a kind of event as a log writes it: "HolderBegan" is "holder-began"."""
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("-")


def lacking(promise: str, trace: Trace) -> list[str]:
    """Return the needs of a promise that a trace does not meet, in words."""
    return [words_of(need) for need in NEEDS[promise] if not any(True for _ in trace.of(need))]  # type: ignore[arg-type]
