"""Which part of a run a call belongs to. The legs fail differently, so every failure names its leg.

*connect* opens the session and the model, *dispatch* hands work in, *poll* fetches its result, *heartbeat* keeps the
session alive, *health* is the readiness probe, *control* is the control plane, which never passes the gateway.
"""

from typing import Final, Literal

Leg = Literal["connect", "dispatch", "poll", "heartbeat", "health", "control", "other"]

API_PREFIX: Final = "/api/v1/"
"""Every data-plane route stands under this prefix of the trainer's own URL (docs/reference/protocol.md §1)."""

LEG_OF_ROUTE: Final[dict[str, Leg]] = {
    "client/config": "connect",
    "client/dynamic_config": "connect",
    "create_session": "connect",
    "create_model": "connect",
    "forward": "dispatch",
    "forward_backward": "dispatch",
    "optim_step": "dispatch",
    "get_info": "dispatch",
    "save_weights": "dispatch",
    "load_weights": "dispatch",
    "save_weights_for_sampler": "dispatch",
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
    """Return the leg of a path, given with or without `API_PREFIX`; "other" when the protocol does not know it."""
    route = path.lstrip("/").removeprefix(API_PREFIX.lstrip("/"))
    return LEG_OF_ROUTE.get(route, "other")
