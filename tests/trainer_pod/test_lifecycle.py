"""A pod's life is the table, and nothing beside it."""

from __future__ import annotations

from itertools import product

import pytest

from trainer_pod.lifecycle import TRANSITIONS, PodEvent, PodState, WrongMoment, after


@pytest.mark.parametrize(("state", "event"), list(product(PodState, PodEvent)))
def test_every_pair_is_in_the_table_or_refused(state: PodState, event: PodEvent) -> None:
    """A pair that the table holds leads on, any other is refused in words that name it."""
    if (state, event) in TRANSITIONS:
        assert after(state, event) is TRANSITIONS[state, event]
    else:
        with pytest.raises(WrongMoment, match=f"{state.value} cannot {event.value}"):
            after(state, event)


def test_a_pod_can_be_stopped_wherever_it_stands_and_ends_gone() -> None:
    """From each state of a living pod, stop and drained lead to GONE, which nothing leaves."""
    for state in (PodState.COLD, PodState.LOADING, PodState.READY):
        assert after(after(state, PodEvent.STOP), PodEvent.DRAINED) is PodState.GONE
    assert not any(state is PodState.GONE for state, _ in TRANSITIONS)
