"""The places of an answer, the other axis of the conformance table."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A request of a training run: its route, and the route that must have been requested before it.

    `works`: the pod works for it, which it need not do twice. `of_sampler`: a sampling client sends it; an SDK whose
    users sample elsewhere has no such cell.
    """

    name: str
    leg: str
    route: str
    after: str | None = None
    works: bool = False
    of_sampler: bool = False


PLACES: Mapping[str, Place] = {
    place.name: place
    for place in (
        Place("client/config", "connect", "client/config"),
        Place("create_session", "connect", "create_session"),
        Place("create_model", "connect", "create_model"),
        Place("create_model's result", "poll", "retrieve_future"),
        Place("get_info", "dispatch", "get_info"),
        Place("forward_backward", "dispatch", "forward_backward", works=True),
        Place("optim_step", "dispatch", "optim_step", works=True),
        Place("save_state", "dispatch", "save_weights", works=True),
        Place("forward_backward's result", "poll", "retrieve_future", after="forward_backward"),
        Place("create_sampling_session", "connect", "create_sampling_session", of_sampler=True),
        Place("asample", "sample", "asample", works=True, of_sampler=True),
        Place("asample's result", "poll", "retrieve_future", after="asample", of_sampler=True),
        Place("session_heartbeat", "heartbeat", "session_heartbeat"),
    )
}
QUICK_PLACES = ("create_session", "forward_backward", "forward_backward's result")
