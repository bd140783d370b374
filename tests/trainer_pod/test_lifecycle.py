"""A pod's life is a table, and every pair that is not in it is refused."""

from itertools import product

import pytest

from gateway_sim.trainer_pod.lifecycle import TRANSITIONS, PodEvent, PodState, WrongMoment, after

ALLOWED = {
    "COLD": {"start": "LOADING", "stop": "DRAINING"},
    "LOADING": {"loaded": "READY", "stop": "DRAINING"},
    "READY": {"stop": "DRAINING"},
    "DRAINING": {"drained": "GONE"},
    "GONE": {},
}
"""What may happen to a pod in each state, and where it leads, written down a second time."""


@pytest.mark.parametrize(("state", "event"), list(product(PodState, PodEvent)))
def test_each_event_in_each_state_leads_where_the_table_says_or_is_refused(state: PodState, event: PodEvent) -> None:
    """Twenty pairs: those allowed lead to their state, the others are refused in words that name both."""
    leads_to = ALLOWED[state.name].get(event.value)
    if leads_to is not None:
        assert after(state, event) is PodState[leads_to]
        return
    with pytest.raises(WrongMoment, match=rf"^a pod that is {state.name} cannot {event.value}$"):
        after(state, event)


def test_the_table_holds_no_pair_that_this_page_does_not() -> None:
    """A transition added to the table is added here too, or this says so."""
    assert len(TRANSITIONS) == sum(len(events) for events in ALLOWED.values())
