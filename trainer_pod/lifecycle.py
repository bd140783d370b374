"""The life of a pod as a table: (state, event) -> state."""

from __future__ import annotations

from enum import Enum


class PodState(Enum):
    """Where a pod is in its life; only a READY pod answers 200."""

    COLD = "COLD"
    LOADING = "LOADING"
    READY = "READY"
    DRAINING = "DRAINING"
    GONE = "GONE"


class PodEvent(Enum):
    """What happens to a pod."""

    START = "start"
    LOADED = "loaded"
    STOP = "stop"
    DRAINED = "drained"


TRANSITIONS: dict[tuple[PodState, PodEvent], PodState] = {
    (PodState.COLD, PodEvent.START): PodState.LOADING,
    (PodState.LOADING, PodEvent.LOADED): PodState.READY,
    (PodState.COLD, PodEvent.STOP): PodState.DRAINING,
    (PodState.LOADING, PodEvent.STOP): PodState.DRAINING,
    (PodState.READY, PodEvent.STOP): PodState.DRAINING,
    (PodState.DRAINING, PodEvent.DRAINED): PodState.GONE,
}


class WrongMoment(RuntimeError):
    """The pod is not in a state in which this can happen."""


def after(state: PodState, event: PodEvent) -> PodState:
    """Return the state that follows; raises WrongMoment for a pair that the table does not hold."""
    following = TRANSITIONS.get((state, event))
    if following is None:
        raise WrongMoment(f"a pod that is {state.value} cannot {event.value}")
    return following
