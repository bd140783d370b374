"""A pod whose saves end without the marker that makes them checkpoints."""

from __future__ import annotations

from pathlib import Path

from scenarios.search.mutations import Guard, Put
from trainer_pod import checkpoints

part = "pod"
guards = [Guard("preempted-not-gone", "exactly-once", "not-found", "what was checkpointed can be resumed")]


def break_it(put: Put) -> None:
    """Leave the marker out."""

    def unmarked(folder: Path, commit: checkpoints.Commit) -> None:
        return None

    put(checkpoints, "_mark", unmarked)
