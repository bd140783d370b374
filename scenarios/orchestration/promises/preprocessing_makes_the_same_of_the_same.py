"""The output for a fixed batch shows whether an image preprocesses as a model was trained, whatever its name."""

from collections.abc import Iterator

from scenarios.judge.promises import Violation
from scenarios.orchestration.workloads.model_events import ImageRan
from scenarios.sim.trace import Trace


def preprocessing_makes_the_same_of_the_same(trace: Trace) -> Iterator[Violation]:
    """Preprocessing makes the same of the same: all pods of a job give one output for the golden batch."""
    first: dict[str, ImageRan] = {}
    for entry in trace.of(ImageRan):
        ran = entry.event
        known = first.setdefault(ran.job, ran)
        if ran.golden != known.golden:
            yield Violation.of(
                f"{ran.job} preprocesses the golden batch differently in {ran.purpose} than in {known.purpose}", entry
            )
