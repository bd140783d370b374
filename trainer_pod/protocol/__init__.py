"""The vocabulary that client and pod share: the bodies of the pod's routes, tinker-compatible.

See docs/reference/protocol.md §1 to §1.2.

`tensors` holds the training example, `settings` how a model is adapted and its weights are moved, `sessions` the
session of a client, `sampling` what a sampler is asked, and `protobuf` the bodies that newer SDKs send in protobuf;
import that where it is needed. Neither torch nor Starlette is imported here.
"""

from typing import Any, Literal

from gateway_sim.trainer_pod.protocol.sessions import ClientConfigRequest as ClientConfigRequest
from gateway_sim.trainer_pod.protocol.sessions import CreateSessionRequest as CreateSessionRequest
from gateway_sim.trainer_pod.protocol.sessions import CreateSessionResponse as CreateSessionResponse
from gateway_sim.trainer_pod.protocol.sessions import FinishReason as FinishReason
from gateway_sim.trainer_pod.protocol.sessions import FinishSessionRequest as FinishSessionRequest
from gateway_sim.trainer_pod.protocol.sessions import FinishSessionResponse as FinishSessionResponse
from gateway_sim.trainer_pod.protocol.sessions import SessionHeartbeatRequest as SessionHeartbeatRequest
from gateway_sim.trainer_pod.protocol.sessions import SessionHeartbeatResponse as SessionHeartbeatResponse
from gateway_sim.trainer_pod.protocol.sessions import TelemetryRequest as TelemetryRequest
from gateway_sim.trainer_pod.protocol.sessions import TelemetryResponse as TelemetryResponse
from gateway_sim.trainer_pod.protocol.settings import AdamParams as AdamParams
from gateway_sim.trainer_pod.protocol.settings import LoraConfig as LoraConfig
from gateway_sim.trainer_pod.protocol.settings import OptimizerConfig as OptimizerConfig
from gateway_sim.trainer_pod.protocol.tensors import Asked as Asked
from gateway_sim.trainer_pod.protocol.tensors import Datum as Datum
from gateway_sim.trainer_pod.protocol.tensors import EncodedTextChunk as EncodedTextChunk
from gateway_sim.trainer_pod.protocol.tensors import ModelInput as ModelInput
from gateway_sim.trainer_pod.protocol.tensors import TensorData as TensorData
from gateway_sim.trainer_pod.protocol.tensors import Wire as Wire

Normalization = Literal["num_loss_tokens", "num_sequences", "none"]
QueueState = Literal["active", "paused_capacity", "paused_rate_limit"]
Category = Literal["user", "server", "unknown"]


class OperationBody(Asked):
    """What every operation may carry; SDKs name the operation in `type`, as its route does."""

    type: str | None = None


class CreateModelRequest(OperationBody):
    """POST create_model; requests with equal (session_id, model_seq_id) are repeats. No `lora_config` is rank 0.

    A `base_only` model is the base model as it is, for its log-probabilities: nothing of it is trained.
    """

    session_id: str
    model_seq_id: int
    base_model: str
    lora_config: LoraConfig | None = None
    optimizer_config: OptimizerConfig | None = None
    base_only: bool | None = None
    user_metadata: dict[str, Any] | None = None


class ModelRequest(OperationBody):
    """POST get_info and unload_model, which name a model only."""

    model_id: str


class ForwardBackwardInput(Asked):
    """A batch and the loss to take of it."""

    data: list[Datum]
    loss_fn: str
    loss_fn_config: dict[str, float | str | bool] | None = None

    @property
    def settings(self) -> dict[str, float]:
        """The loss's settings; the pod refuses those that are no numbers."""
        return {name: value for name, value in (self.loss_fn_config or {}).items() if isinstance(value, float)}


class ForwardRequest(OperationBody):
    """POST forward."""

    forward_input: ForwardBackwardInput
    model_id: str
    seq_id: int


class ForwardBackwardRequest(OperationBody):
    """POST forward_backward."""

    forward_backward_input: ForwardBackwardInput
    model_id: str
    seq_id: int


class OptimStepRequest(OperationBody):
    """POST optim_step."""

    adam_params: AdamParams
    model_id: str
    seq_id: int
    grad_accumulation_normalization: Normalization | None = None


class SaveWeightsRequest(OperationBody):
    """POST save_weights: `path` is a name; `overwrite` false refuses to replace a checkpoint of that name.

    The pod lists the end of `ttl_seconds`, and keeps the checkpoint: its jobs end before.
    """

    model_id: str
    path: str
    seq_id: int
    overwrite: bool | None = None
    ttl_seconds: int | None = None
    user_metadata: dict[str, str] | None = None


class LoadWeightsRequest(OperationBody):
    """POST load_weights; with `optimizer` true the optimizer's state comes along, else it starts anew."""

    model_id: str
    path: str
    seq_id: int
    optimizer: bool = False
    optimizer_config: OptimizerConfig | None = None


class CreateFromStateRequest(OperationBody):
    """POST load_weights of newer SDKs: create a model as the checkpoint at `path` says, without a create_model.

    A `base_model` must be the checkpoint's own. The pod knows a repeat as it does create_model's.
    """

    session_id: str
    model_seq_id: int
    path: str
    optimizer: bool = False
    base_model: str | None = None
    optimizer_config: OptimizerConfig | None = None
    user_metadata: dict[str, Any] | None = None


class SaveWeightsForSamplerRequest(OperationBody):
    """POST save_weights_for_sampler: a "snapshot", which newer SDKs say by `kind`.

    Without a `path` it opens the sampling session `sampling_session_seq_id`, which keeps the weights in memory.
    fireworks asks for a `checkpoint_type`: "base", or "delta" of the one before; the pod saves whole weights for both.
    """

    model_id: str
    path: str | None = None
    seq_id: int
    sampling_session_seq_id: int | None = None
    kind: str | None = None
    checkpoint_type: str | None = None
    ttl_seconds: int | None = None
    user_metadata: dict[str, str] | None = None


class RetrieveFutureRequest(Wire):
    """POST retrieve_future: one poll for one result."""

    request_id: str
    allow_metadata_only: bool = False


class FutureEnvelope(Wire):
    """The immediate answer to every operation (docs/reference/protocol.md §1.1).

    The answer to an asample has `sample_sequence_ids`, the ids of the sequences that will be drawn, in their order.
    """

    request_id: str
    model_id: str | None = None
    sample_sequence_ids: list[str] | None = None


class TryAgain(Wire):
    """The body of a 408: the result is not there yet, poll again (docs/reference/protocol.md §1.2)."""

    request_id: str
    queue_state: QueueState = "active"
    type: Literal["try_again"] = "try_again"


class RequestFailed(Wire):
    """The result of an operation that failed, delivered with status 200 (docs/reference/protocol.md §1.2)."""

    error: str
    category: Category


class CompleteMetadata(Wire):
    """In place of a large result: it is there and has so many bytes; ask again without `allow_metadata_only`."""

    response_payload_size: int
    status: Literal["complete_metadata"] = "complete_metadata"


class CreateModelResult(Wire):
    """The result of create_model."""

    model_id: str
    type: Literal["create_model"] = "create_model"


class ForwardBackwardOutput(Wire):
    """The result of forward and forward_backward: per datum `logprobs` of shape (N,); metrics as `name:reduction`."""

    loss_fn_output_type: str
    loss_fn_outputs: list[dict[str, TensorData]]
    metrics: dict[str, float]


class OptimStepOutput(Wire):
    """The result of optim_step; metrics as `name:reduction`."""

    metrics: dict[str, float] | None = None


class SaveWeightsResult(Wire):
    """The result of save_weights."""

    path: str
    type: Literal["save_weights"] = "save_weights"


class LoadWeightsResult(Wire):
    """The result of load_weights."""

    path: str
    model_id: str | None = None
    type: Literal["load_weights"] = "load_weights"


class SaveWeightsForSamplerResult(Wire):
    """The result of save_weights_for_sampler: the path of a checkpoint, or the id of a sampling session."""

    path: str | None = None
    sampling_session_id: str | None = None
    type: Literal["save_weights_for_sampler"] = "save_weights_for_sampler"


class UnloadModelResult(Wire):
    """The result of unload_model."""

    model_id: str
    type: Literal["unload_model"] = "unload_model"


class ModelDescription(Wire):
    """The part of get_info that names the base model.

    `tokenizer_id` is the folder of the tokenizer whose tokens are bytes, which `transformers` reads without a hub; None
    for a model of another vocabulary, whose user has the tokenizer.
    """

    model_name: str
    tokenizer_id: str | None = None
    arch: str = "byte-transformer"


class GetInfoResponse(Wire):
    """The answer to get_info, at once; `device` is this pod's addition."""

    model_id: str
    model_name: str
    is_lora: bool
    lora_rank: int
    device: str
    model_data: ModelDescription
    type: Literal["get_info"] = "get_info"


class ListCheckpointsResponse(Wire):
    """The answer to list_checkpoints: names, in order."""

    checkpoints: list[str]
