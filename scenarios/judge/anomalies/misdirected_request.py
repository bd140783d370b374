"""A gateway sends a request to the wrong pod."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.judge.routes import Delivery, deliveries
from gateway_sim.scenarios.sim.trace import Trace


def misdirected_request(trace: Trace) -> Iterator[Violation]:
    """A request is sent by a route that has ended, or to another job's pod, or a pod refuses it as misdirected.

    Repeats by the same job and incarnation count once, until another of its requests goes to the right pod.
    """
    sent: dict[str, Delivery] = {}
    told: set[str] = set()
    for one in deliveries(trace):
        asked, at_s = one.asked, one.entry.at_s
        if not one.refused:
            sent[asked] = one
            told.discard(asked)
        elif asked in told:
            continue
        if one.refused:
            shown = (sent[asked].entry, one.entry) if asked in sent else (one.entry,)
            yield Violation(f"a request for {asked} came to {one.found}, which refused it", at_s, shown)
        elif one.is_misdirected:
            told.add(asked)
            yield Violation(f"a request for {asked} was sent to {one.found}", at_s, one.witness)
        elif one.ended is not None:
            told.add(asked)
            message = f"{asked} had ended {at_s - one.ended.at_s:.3f} s before a request was sent there"
            yield Violation(message, at_s, (one.ended, one.entry))
