"""A loop without a wait."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.judge.requests import futures
from gateway_sim.scenarios.sim.trace import Trace


def spin(trace: Trace) -> Iterator[Violation]:
    """One future is asked for more than 20 times within a second; reported once for each future."""
    for future in futures(trace):
        if future.too_many:
            first, *_, last = future.too_many
            message = f"{future.name} was sent {len(future.too_many)} times within {last.at_s - first.at_s:.3f} s"
            yield Violation(message, last.at_s, future.too_many)
