"""An incomplete day gives a worse model, which its offline quality does not show."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.model_events import ModelJudged
from gateway_sim.scenarios.sim.trace import Trace

ALLOWED = 0.99


def a_model_is_as_good_as_its_day_allows(trace: Trace) -> Iterator[Violation]:
    """A model is as good as its day allows: it has 99 % of the next day's NDCG of one trained on the complete day."""
    for entry in trace.of(ModelJudged):
        judged = entry.event
        mean, best = (sum(hours) / len(hours) for hours in (judged.quality, judged.reference_quality))
        if mean < ALLOWED * best:
            yield Violation.of(
                f"the model of {judged.date} of {judged.table} has an NDCG of {mean:.4f} on the next day, "
                f"and the whole day would have given {best:.4f}",
                entry,
            )
