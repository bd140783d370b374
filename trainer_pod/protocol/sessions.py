"""A client's session: its configuration, beginning, heartbeat, telemetry and end.

See docs/reference/protocol.md §1, §1.5.
"""

from typing import Any, Literal

from pydantic import Field

from gateway_sim.trainer_pod.protocol.tensors import Asked, Wire


class ClientConfigRequest(Wire):
    """POST client/config and client/dynamic_config; `{}` is a valid answer to both."""

    sdk_version: str | None = None


class CreateSessionRequest(Asked):
    """POST create_session; the project and the name are labels."""

    tags: list[str] = Field(default_factory=list)
    user_metadata: dict[str, Any] | None = None
    sdk_version: str | None = None
    project_id: str | None = None
    display_name: str | None = None
    type: str | None = None


class CreateSessionResponse(Wire):
    """The answer to create_session."""

    session_id: str
    type: Literal["create_session"] = "create_session"


class FinishReason(Wire):
    """Why a client finishes its session."""

    type: Literal["success", "errored", "interrupted"]


class FinishSessionRequest(Wire):
    """POST sessions/{session_id}/finish of newer SDKs, when their client is closed; `detail` is for people."""

    reason: FinishReason
    detail: str | None = None


class FinishSessionResponse(Wire):
    """The answer to a finish: the reason that stands, which is the first one given; SDKs do not read it."""

    session_id: str
    reason: FinishReason
    type: Literal["finish_session"] = "finish_session"


class SessionHeartbeatRequest(Wire):
    """POST session_heartbeat, every 10 s (docs/reference/protocol.md §1.5)."""

    session_id: str


class SessionHeartbeatResponse(Wire):
    """The answer to session_heartbeat."""

    type: Literal["session_heartbeat"] = "session_heartbeat"


class TelemetryRequest(Wire):
    """POST telemetry; its events are not read."""

    events: list[Any] = Field(default_factory=list)
    session_id: str | None = None


class TelemetryResponse(Wire):
    """The answer to telemetry."""

    status: Literal["accepted"] = "accepted"
