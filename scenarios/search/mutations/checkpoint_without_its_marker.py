"""A pod whose saves end without the marker that makes them checkpoints."""

from pathlib import Path

from scenarios.search.mutations import Guard, Whole, replacing
from trainer_pod import checkpoints

part = "pod"
guards = [Guard("preempted-not-gone", "exactly-once", "not-found", "what was checkpointed can be resumed")]


@replacing(checkpoints, "_mark")
def break_it(_: Whole, folder: Path, commit: checkpoints.Commit) -> None:
    """Leave the marker out."""
    return
