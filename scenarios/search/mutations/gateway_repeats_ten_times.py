"""A gateway that repeats a failed attempt ten times in place of once."""

from gateway_sim.repeats import RepeatRule
from gateway_sim.scenarios.search.mutations import Guard, Original, replacing
from gateway_sim.scenarios.world import gateway_traffic

part = "gateway"
guards = [
    Guard("retry-storm-across-layers", "exactly-once", "not-found", "requests per call stay within a budget"),
]


@replacing(gateway_traffic, "RepeatRule")
def break_it(rule: Original, retries: int, *times_s: float) -> RepeatRule:
    """Repeat more often."""
    made: RepeatRule = rule(10 * retries, *times_s)
    return made
