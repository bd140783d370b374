"""The leg of a run that a call belongs to. Legs fail differently, so each failure has its leg.

*connect* opens session and model, *dispatch* submits work, *sample* asks for sequences, *poll* fetches the result of
either, *heartbeat* keeps the session alive, *health* is the readiness probe. *control* calls go to the control plane,
not through the gateway.
"""

from typing import Final, Literal

Leg = Literal["connect", "dispatch", "sample", "poll", "heartbeat", "health", "control", "other"]

API_PREFIX: Final = "/api/v1/"
"""The prefix of every data-plane route below the trainer's URL (docs/reference/protocol.md §1)."""

LEG_OF_ROUTE: Final[dict[str, Leg]] = {
    "client/config": "connect",
    "client/dynamic_config": "connect",
    "create_session": "connect",
    "create_model": "connect",
    "create_sampling_session": "connect",
    "forward": "dispatch",
    "forward_backward": "dispatch",
    "optim_step": "dispatch",
    "get_info": "dispatch",
    "save_weights": "dispatch",
    "load_weights": "dispatch",
    "save_weights_for_sampler": "dispatch",
    "asample": "sample",
    "list_checkpoints": "dispatch",
    "unload_model": "dispatch",
    "retrieve_future": "poll",
    "session_heartbeat": "heartbeat",
    "telemetry": "heartbeat",
    "healthz": "health",
}
"""The leg of each route of docs/reference/protocol.md §1, by its path below `API_PREFIX`; tests compare it with the
gateway's own.
"""


def leg_of(path: str) -> Leg:
    """Return the leg of a path, given with or without `API_PREFIX`; "other" for a path outside the protocol."""
    route = path.lstrip("/").removeprefix(API_PREFIX.lstrip("/"))
    return LEG_OF_ROUTE.get(route, "other")
