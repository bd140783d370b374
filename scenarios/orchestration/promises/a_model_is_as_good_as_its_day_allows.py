"""Less than the day gives a model that is worse than it need be, whatever its offline judgement says."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.judge.promises import Violation
from scenarios.orchestration.workloads.model_events import ModelJudged
from scenarios.sim.trace import Trace

ALLOWED = 0.99


def a_model_is_as_good_as_its_day_allows(trace: Trace) -> Iterator[Violation]:
    """A model is as good as its day allows: on the next day it has 99 % of the NDCG of one trained on the whole day."""
    for entry in trace.of(ModelJudged):
        judged = entry.event
        mean, best = (sum(hours) / len(hours) for hours in (judged.quality, judged.reference_quality))
        if mean < ALLOWED * best:
            yield Violation(
                f"the model of {judged.date} of {judged.table} has an NDCG of {mean:.4f} on the next day, "
                f"and the whole day would have given {best:.4f}",
                entry.at_s,
                (entry,),
            )
