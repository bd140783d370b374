"""What the SDKs ask of their services and a pod has not: each is refused in one sentence that says what would do.

The status is 400, which SDKs hand on at once: they repeat a 5xx for minutes, and take a 404 for a missing route. An
operation of a model is answered by a future whose result is the refusal, because a refused dispatch leaves the client
of fireworks-ai unusable (docs/reference/protocol.md §1.8).
"""

from collections.abc import Mapping
from typing import Final

from gateway_sim.trainer_pod.refusals import Problem

_CHECKPOINT: Final = "training_runs/{run}/checkpoints/{purpose}/{name}"
_BILLING: Final = "nothing is billed here; list_user_checkpoints gives the size of each checkpoint"
_TOKENS: Final = "API keys are sent as they are here, so there is no token to give; send the key with each request"

NOT_SERVED: Final[Mapping[tuple[str, str], str]] = {
    ("POST", "sessions/search"): "sessions are not searched here; list_sessions names all of them",
    ("PUT", "sessions/{session}/project"): "there are no projects here; leave the session where it is",
    (
        "GET",
        "sessions/{session}/trace_export",
    ): "a pod exports no trace; `gateway-sim run --trace FILE` writes that of a run",
    ("GET", "audit"): "a pod keeps no audit log; `gateway-sim run --trace FILE` writes every event of a run",
    ("GET", "billing/usage/events"): _BILLING,
    ("GET", "billing/usage/checkpoints/current"): _BILLING,
    (
        "POST",
        "copy_weights",
    ): "weights are not copied here; load the path itself, or cross_job://JOB/NAME of the account",
    ("GET", f"{_CHECKPOINT}/archive"): "checkpoints are not packed for download here; load the checkpoint by its path",
    ("GET", f"{_CHECKPOINT}/external_weights_urls"): "no weights are exported here; load the checkpoint by its path",
    ("POST", "create_custom_loss"): "a pod runs no loss of a user's; forward_backward_custom runs it beside the script",
    ("POST", "retrieve_futures"): "results are not given out in groups here; ask for each by retrieve_future",
    ("POST", "cancel_future"): "accepted work is not cancelled here; leave its result unread",
    ("POST", "auth/token"): _TOKENS,
    ("GET", "auth/apikey/me"): _TOKENS,
    ("POST", "create_sampling_route"): "there is no serverless inference here; sample by create_sampling_session",
}
"""By method and path below /api/v1: why not, and what would do."""

REFUSED_OPERATIONS: Final[Mapping[str, str]] = {
    "save_weights_external": "weights are not exported here; save_weights keeps a checkpoint",
    "load_adapter": "an adapter of another format is not loaded here; load_weights loads a checkpoint that a job saved",
    "weight_sync": "there is no deployment here to send weights to; save_weights_for_sampler gives them to a sampler",
}
"""By kind of operation: why not, and what would do."""

CONTROL_PLANE: Final = (
    "this is a trainer pod; the control plane answers /v1 at the platform's own base URL, which ends before /training"
)


def not_served(asked: str, why: str) -> Problem:
    """Return the refusal of a request that the pod knows and does not serve."""
    return Problem(400, "not-served", "Not served here", f"{asked} is not served: {why}")
