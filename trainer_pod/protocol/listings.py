"""What SDKs ask about training runs and checkpoints, outside of any training (docs/reference/protocol.md §1.6)."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from gateway_sim.trainer_pod.protocol.tensors import Asked, Wire


class Cursor(Wire):
    """The part of a list that an answer holds."""

    offset: int
    limit: int
    total_count: int


class Checkpoint(Wire):
    """One committed checkpoint; `checkpoint_id` is the end of its path, `weights/NAME` or `sampler_weights/NAME`."""

    checkpoint_id: str
    checkpoint_type: Literal["training", "sampler"]
    time: datetime
    tinker_path: str
    size_bytes: int
    public: bool
    user_metadata: dict[str, str] | None = None
    expires_at: datetime | None = None


class CheckpointsListResponse(Wire):
    """The checkpoints of a run in the order of their saves, or those of the job with the newest first."""

    checkpoints: list[Checkpoint]
    cursor: Cursor | None = None


class TrainingRun(Wire):
    """One training run. `last_request_time` is the time of its last checkpoint, or of 1970: the pod reads no clock."""

    training_run_id: str
    base_model: str
    model_owner: str
    is_lora: bool
    lora_rank: int | None = None
    corrupted: bool = False
    last_request_time: datetime
    last_checkpoint: Checkpoint | None = None
    last_sampler_checkpoint: Checkpoint | None = None


class TrainingRunsResponse(Wire):
    """The training runs of the job, the job's own first."""

    training_runs: list[TrainingRun]
    cursor: Cursor


class ListSessionsResponse(Wire):
    """The answer to GET sessions: ids, the newest first."""

    sessions: list[str]


class GetSessionResponse(Wire):
    """The answer to GET sessions/ID: the training runs and sampling sessions of a client's session, and its labels."""

    training_run_ids: list[str]
    sampler_ids: list[str]
    user_metadata: dict[str, Any] | None = None
    display_name: str | None = None


class WeightsInfoRequest(Asked):
    """POST weights_info."""

    tinker_path: str


class WeightsInfoResponse(Wire):
    """What a model must be to load a checkpoint."""

    base_model: str
    is_lora: bool
    lora_rank: int | None = None
    train_unembed: bool | None = None
    train_mlp: bool | None = None
    train_attn: bool | None = None


class TtlRequest(Asked):
    """PUT …/ttl: seconds from now, one hour to ten years; null keeps the checkpoint."""

    ttl_seconds: int | None = Field(default=None, ge=3600, le=315_360_000)


class SupportedModel(Wire):
    """A base model that the pod trains."""

    model_name: str
    max_context_length: int
    trainable: bool
    sampleable: bool


class ServerCapabilitiesResponse(Wire):
    """The answer to get_server_capabilities: examples, for a name gives the width (`gateway-sim/bytes-64`)."""

    supported_models: list[SupportedModel]
