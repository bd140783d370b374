"""A pod must refuse a request that was sent to it by mistake."""

from collections import Counter
from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.judge.routes import Delivery, deliveries
from gateway_sim.scenarios.sim.trace import Trace


def no_pod_takes_another_jobs_request(trace: Trace) -> Iterator[Violation]:
    """No pod takes another job's request: each request that was sent to the wrong pod was refused by it.

    A gateway may send a request to the wrong pod after an address is reused, but the pod must apply no gradient of it
    (docs/reference/stories.md §4 C2).
    """
    taken: Counter[tuple[str, str]] = Counter()
    last: dict[tuple[str, str], Delivery] = {}
    for one in deliveries(trace):
        if one.refused:
            # a second refusal is of a repetition, and excuses no later request
            taken[one.asked, one.found] = max(taken[one.asked, one.found] - 1, 0)
        elif one.is_misdirected and one.up:
            taken[one.asked, one.found] += 1
            last[one.asked, one.found] = one
    for (asked, found), count in taken.items():
        if count > 0:
            shown = last[asked, found]
            yield Violation(f"{found} took {count} requests for {asked}", shown.entry.at_s, shown.witness)
