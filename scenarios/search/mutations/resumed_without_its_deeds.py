"""An exactly-once that loads its checkpoint and does not repeat the operations after it."""

from gateway_sim.client.exactly_once.journal import Journal, LoggedOperation
from gateway_sim.scenarios.search.mutations import Guard, Original, replacing

part = "client policy exactly-once"
guards = [Guard("preempted-not-gone", "exactly-once", "not-found", "the surviving chain is every step once")]


@replacing(Journal, "to_repeat")
def break_it(_: Original, self: Journal) -> list[LoggedOperation]:
    """Repeat only operations without an answer."""
    return [operation for operation in self.operations if not operation.done]
