"""One batch, two steps; or one step, two batches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from scenarios.judge.anomalies import Witness
from scenarios.judge.measure import applied_again
from scenarios.sim.trace import Entry, Trace
from trainer_pod.events import GradientsAccumulated, StepApplied

Model = tuple[str, str, int, str]


def doubled_step(trace: Trace) -> Iterator[Witness]:
    """The weights move other than once for a batch: on too many gradients, on a part of them, or again on none."""
    again = {id(entry) for entry, _ in applied_again(trace)}
    gradients: dict[Model, list[Entry]] = defaultdict(list)
    before: dict[Model, Entry] = {}
    asked: dict[tuple[Model, int], Entry] = {}
    for entry in trace.of(GradientsAccumulated, StepApplied):
        event = entry.event
        model = (event.account, event.job, event.incarnation, event.model_id)
        if isinstance(event, GradientsAccumulated):
            gradients[model].append(entry)
            continue
        of_step, last = gradients.pop(model, []), before.get(model)
        first = asked.setdefault((model, event.seq_id), entry)
        if id(entry) in again:
            led = of_step or ([last] if last else [])
            yield Witness(f"step {event.step} moved the weights on {event.accumulated} batches", (*led, entry))
        elif first is not entry:
            yield Witness(f"request {event.seq_id} moved the weights a second time", (first, entry))
        before[model] = entry
