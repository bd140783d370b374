"""A user whose run cannot go on must get an error."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.limits import IN_TIME_S
from gateway_sim.scenarios.judge.measure import first_refusal
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.sim.events import RunFailed, RunHung, RunStarted, StepAcknowledged
from gateway_sim.scenarios.sim.trace import Trace


def the_caller_is_answered_in_time(trace: Trace) -> Iterator[Violation]:
    """The caller is answered in time: a run that cannot go on ends with an error within 125 s of the first refusal.

    For a run that was never refused and never ends, the time counts from its start or its last acknowledged step.
    """
    for n, entry in enumerate(trace.entries):
        if not isinstance(entry.event, RunFailed | RunHung):
            continue
        # an answer that came after the end is not the caller's any more
        heard = trace.first(n)
        refused, progress = first_refusal(heard), [*heard.of(RunStarted, StepAcknowledged)]
        hung = isinstance(entry.event, RunHung)
        refused_s = entry.at_s - refused.at_s if refused else 0.0
        if refused and refused_s > IN_TIME_S:
            how = "and got no error" if hung else "before its error"
            yield Violation.of(f"the caller was refused for {refused_s:.0f} s {how}", refused, entry)
        elif hung and refused_s == 0:
            last = progress[-1:]
            silent_s = entry.at_s - (last[0].at_s if last else 0.0)
            if silent_s > IN_TIME_S:
                yield Violation.of(f"the caller got no answer in {silent_s:.0f} s", *last, entry)
