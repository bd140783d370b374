"""A client that waits for a deleted job wastes its user's time."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.limits import AT_ONCE_S
from gateway_sim.scenarios.judge.measure import gone
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.sim.events import RunFinished, RunHung
from gateway_sim.scenarios.sim.trace import Trace


def a_gone_job_fails_fast(trace: Trace) -> Iterator[Violation]:
    """A gone job fails fast: within 2 s of a deletion the user's script has ended with the error of a refused call."""
    met = gone(trace)
    if met is None:
        return
    ended, shown = met.ended, met.witness
    if ended is None:
        yield Violation("the job was gone, and its run did not end", met.deleted.at_s, shown)
        return
    after_s = ended.at_s - met.deleted.at_s
    if isinstance(ended.event, RunFinished):
        yield Violation(f"the run reached its end {after_s:.1f} s after its job was gone", ended.at_s, shown)
    elif isinstance(ended.event, RunHung):
        yield Violation(f"the job had been gone for {after_s:.1f} s, and its run still went on", ended.at_s, shown)
    elif ended.event.status is None and ended.event.leg is None:
        # an error of the script itself does not report the deletion
        yield Violation(f"the run died of {ended.event.type}, which no refused call caused", ended.at_s, shown)
    elif after_s > AT_ONCE_S:
        yield Violation(f"the job was gone for {after_s:.1f} s before its run ended", ended.at_s, shown)
