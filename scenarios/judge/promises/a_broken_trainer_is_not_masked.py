"""A retry that hides a real failure is worse than the failure."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.judge.measure import AT_ONCE_S
from scenarios.judge.promises import Violation
from scenarios.sim.events import RunFailed, RunFinished, RunHung
from scenarios.sim.trace import Trace
from trainer_pod.events import OperationFailed


def a_broken_trainer_is_not_masked(trace: Trace) -> Iterator[Violation]:
    """A broken trainer is not masked: the user hears the trainer's own words, within 2 s of them."""
    broke = next(trace.of(OperationFailed), None)
    if broke is None:
        return
    ended = next(trace.of(RunFinished, RunFailed, RunHung), None)
    if ended is not None and ended.at_s < broke.at_s:
        return
    if ended is None or not isinstance(ended.event, RunFailed):
        yield Violation(f"the trainer failed with {broke.event.error!r}, and the user was never told", broke.at_s)
    elif broke.event.error not in ended.event.message:
        yield Violation(f"the trainer said {broke.event.error!r}, the user heard {ended.event.message!r}", ended.at_s)
    elif ended.at_s - broke.at_s > AT_ONCE_S:
        yield Violation(f"the user was told {ended.at_s - broke.at_s:.1f} s after the trainer failed", ended.at_s)
