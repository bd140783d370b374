"""Whatever an image is called: what it makes of a known batch tells whether it is the one that a model knows."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.judge.promises import Violation
from scenarios.orchestration.workloads.model_events import ImageRan
from scenarios.sim.trace import Trace


def preprocessing_makes_the_same_of_the_same(trace: Trace) -> Iterator[Violation]:
    """Preprocessing makes the same of the same: of the golden batch, byte for byte, wherever a job's pods run."""
    first: dict[str, ImageRan] = {}
    for entry in trace.of(ImageRan):
        ran = entry.event
        known = first.setdefault(ran.job, ran)
        if ran.golden != known.golden:
            yield Violation(
                f"{ran.job} makes another thing of the golden batch in {ran.purpose} than in {known.purpose}",
                entry.at_s,
                (entry,),
            )
