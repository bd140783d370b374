"""The leg of a training run that a request belongs to, by its path. Pure."""

from typing import Final, Literal

Leg = Literal["connect", "dispatch", "sample", "poll", "heartbeat", "health", "other"]

API = "api/v1/"

# The client has the same table: gateway and client are deployed apart, and neither may import the other.
# tests/gateway_sim/test_legs.py compares the two.
_LEGS: dict[str, Leg] = {
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
BEGINS_A_RUN: Final = API + "create_session"
"""The request that begins a run at a pod; every later request belongs to a run that the pod has."""
PATHS: Final = tuple(_LEGS)
"""The routes that SDKs call, below `API`."""


def leg_of(path: str) -> Leg:
    """Return the leg of a pod path such as "api/v1/optim_step"; "other" for a path that no SDK calls."""
    # docs/architecture.md §4
    return _LEGS.get(path.removeprefix(API), "other") if path.startswith(API) else "other"
