"""What the user's scripts were told is done, each held against the model that it was told of. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scenarios.sim.events import MemberAcknowledged, StepAcknowledged
from scenarios.sim.trace import Entry, Trace
from trainer_pod.events import StepApplied

Model = tuple[str, str, str]
"""Account, job, model id: pods of two jobs number their models alike."""


@dataclass(frozen=True)
class Heard:
    """Word to one script that a step is done, and the last step that its model had applied by then, if any."""

    word: Entry
    applied: Entry | None

    @property
    def stands(self) -> int:
        """How many steps the model had applied."""
        return self.applied.event.step if self.applied else 0

    @property
    def unfounded(self) -> bool:
        """Say whether the model had not come that far."""
        return bool(self.stands < self.word.event.step)

    @property
    def told(self) -> str:
        """Say what was told, and to whom where there are several."""
        event = self.word.event
        whom = f" to {event.member}" if isinstance(event, MemberAcknowledged) else ""
        return f"step {event.step} was acknowledged{whom}"


def heard(trace: Trace) -> Iterator[Heard]:
    """Yield each word of a step that a script got; what a herd was told as one its members were told before.

    Whoever does not know its model, as a real SDK's script, is held against whichever applied a step last.
    """
    applied: dict[Model, Entry] = {}
    last: Entry | None = None
    members = trace.reached(MemberAcknowledged)
    for entry in trace.of(StepApplied, StepAcknowledged, MemberAcknowledged):
        event = entry.event
        if isinstance(event, StepApplied):
            applied[event.account, event.job, event.model_id] = last = entry
        elif event.model_id is not None:
            yield Heard(entry, applied.get((event.account, event.job, event.model_id)))
        elif not members:
            yield Heard(entry, last)


def final_models(trace: Trace) -> set[Model]:
    """Return the model that each member of a herd was told of last; none where one script trains."""
    last = {entry.event.member: entry.event for entry in trace.of(MemberAcknowledged)}
    return {(event.account, event.job, event.model_id) for event in last.values()}
