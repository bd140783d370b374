"""The states of a pod as a table: (state, event) -> state. Pure."""

from enum import Enum


class PodState(Enum):
    """The state of a pod; only a READY pod answers 200."""

    COLD = "COLD"
    LOADING = "LOADING"
    READY = "READY"
    DRAINING = "DRAINING"
    GONE = "GONE"


class PodEvent(Enum):
    """An event that changes the state of a pod."""

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
    """The state of the pod does not allow the event; the message names both."""


def after(state: PodState, event: PodEvent) -> PodState:
    """Return the next state; raises WrongMoment for a pair that is not in the table."""
    following = TRANSITIONS.get((state, event))
    if following is None:
        raise WrongMoment(f"a pod that is {state.value} cannot {event.value}")
    return following
