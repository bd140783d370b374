"""A retry must not hide a real failure."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.limits import AT_ONCE_S
from gateway_sim.scenarios.judge.measure import run_end
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.sim.events import RunFailed
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.trainer_pod.events import OperationFailed


def a_broken_trainer_is_not_masked(trace: Trace) -> Iterator[Violation]:
    """A broken trainer is not masked: the user gets the trainer's own error message, within 2 s of the failure."""
    broke, ended = next(trace.of(OperationFailed), None), run_end(trace)
    if broke is None or (ended is not None and ended.at_s < broke.at_s):
        return
    error = broke.event.error
    if ended is None or not isinstance(ended.event, RunFailed):
        yield Violation.of(f"the trainer failed with {error!r}, and the user got no error", broke)
        return
    shown = (broke, ended)
    if error not in ended.event.message:
        yield Violation(f"the trainer failed with {error!r}, the user got {ended.event.message!r}", ended.at_s, shown)
    elif (after_s := ended.at_s - broke.at_s) > AT_ONCE_S:
        yield Violation(f"the user got the error {after_s:.1f} s after the trainer failed", ended.at_s, shown)
