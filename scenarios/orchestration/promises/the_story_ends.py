"""A story whose work waits for itself never ends."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.sim.events import StoryHung
from gateway_sim.scenarios.sim.trace import Trace


def the_story_ends(trace: Trace) -> Iterator[Violation]:
    """The story ends: of one that does not, each task and the line at which it waits are named."""
    for entry in trace.of(StoryHung):
        waits = "; ".join(entry.event.waits) or "no task waits"
        yield Violation(f"it had not ended at {entry.event.after_s:g} s: {waits}", entry.at_s, (entry,))
