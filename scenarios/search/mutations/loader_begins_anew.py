"""A run that resumes with its weights and moments, and begins the epoch's rows anew."""

from collections.abc import Mapping
from typing import Any

from gateway_sim.scenarios.search.mutations import Original, StoryGuard, replacing
from gateway_sim.trainer_pod.resumable import ResumableRun

part = "pod"
guards = [StoryGuard("preempt-resume", "every sample is trained once")]


@replacing(ResumableRun, "restore")
def break_it(restore: Original, self: ResumableRun, state: Mapping[str, Any], *, with_optimizer: bool) -> None:
    """Restore all but the loader's position."""
    keeps, self._keeps = self._keeps, tuple(part for part in self._keeps if part != "loader")
    restore(self, state, with_optimizer=with_optimizer)
    self._keeps = keeps
