"""A client that polls without a wait can overload the gateway."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.limits import BUSY_PER_S
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.judge.requests import futures
from gateway_sim.scenarios.sim.trace import Trace


def no_busy_polling(trace: Trace) -> Iterator[Violation]:
    """No busy polling: no future is asked for more than 20 times within a second."""
    for future in futures(trace):
        if future.too_many:
            busiest = future.busiest
            message = f"{future.name} was sent {len(busiest)} times within one second"
            yield Violation(message, busiest[-1].at_s, busiest[-BUSY_PER_S - 1 :])
