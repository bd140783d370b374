"""The output for a fixed batch shows whether two images preprocess alike, whatever their names."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.model_events import ImageRan
from gateway_sim.scenarios.sim.trace import Trace


def preprocessing_makes_the_same_of_the_same(trace: Trace) -> Iterator[Violation]:
    """Preprocessing makes the same of the same: all pods of a job have one output for the golden batch."""
    first: dict[str, ImageRan] = {}
    for entry in trace.of(ImageRan):
        ran = entry.event
        known = first.setdefault(ran.job, ran)
        if ran.golden != known.golden:
            yield Violation.of(
                f"{ran.job} preprocesses the golden batch differently in {ran.purpose} than in {known.purpose}", entry
            )
