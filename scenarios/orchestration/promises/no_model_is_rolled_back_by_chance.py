"""A test that is looked at every day as if it were the only time finds losses where there are none."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.model_events import RankerRolledBack, RankerServed
from gateway_sim.scenarios.sim.trace import Trace


def no_model_is_rolled_back_by_chance(trace: Trace) -> Iterator[Violation]:
    """No model is rolled back by chance: one that was is expected to draw fewer clicks than the model before it.

    The expectation is that of the position model, summed over the days on which the model has served.
    """
    sums: dict[tuple[str, str], float] = {}
    for entry in trace.of(RankerServed, RankerRolledBack):
        event = entry.event
        model = event.table, event.date
        if isinstance(event, RankerServed):
            sums[model] = sums.get(model, 0.0) + event.click_rate - event.former_click_rate
        elif sums.get(model, 0.0) >= 0:
            yield Violation.of(
                f"the model of {event.date} of {event.table} was rolled back at the end of day {event.day}, and draws "
                "no fewer clicks than the model before it",
                entry,
            )
