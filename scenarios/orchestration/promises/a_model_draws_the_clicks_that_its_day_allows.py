"""Users do not see the quality of a ranker, but they click less on what it puts first."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.model_events import RankerServed
from gateway_sim.scenarios.sim.trace import Trace

ALLOWED = 0.99


def a_model_draws_the_clicks_that_its_day_allows(trace: Trace) -> Iterator[Violation]:
    """A model draws the clicks that its day allows: on each day it serves, 99 % of those of the complete day's model.

    They are counted as visits with a click, by the position model's expectation and so without chance.
    """
    for entry in trace.of(RankerServed):
        served = entry.event
        if served.click_rate < ALLOWED * served.reference_click_rate:
            yield Violation.of(
                f"on day {served.day} {served.click_rate:.2%} of the visits that get the model of {served.date} of "
                f"{served.table} have a click, and the complete day's model would have "
                f"{served.reference_click_rate:.2%}",
                entry,
            )
