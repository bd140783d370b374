"""Operations: their bodies, models, seq_ids and fingerprints. Pure."""

import hashlib
from dataclasses import dataclass

from gateway_sim.trainer_pod.ledger import CREATE_SEQ_ID, UNLOAD_SEQ_ID, OperationKey
from gateway_sim.trainer_pod.protocol import (
    CreateFromStateRequest,
    CreateModelRequest,
    ForwardBackwardRequest,
    ForwardRequest,
    LoadWeightsRequest,
    ModelRequest,
    OptimStepRequest,
    SaveWeightsForSamplerRequest,
    SaveWeightsRequest,
)

Call = (
    CreateModelRequest
    | CreateFromStateRequest
    | ForwardRequest
    | ForwardBackwardRequest
    | OptimStepRequest
    | SaveWeightsRequest
    | LoadWeightsRequest
    | SaveWeightsForSamplerRequest
    | ModelRequest
)

# The routes that are answered by a future (docs/reference/protocol.md §1), and the body of each.
OPERATIONS: dict[str, type[Call]] = {
    "create_model": CreateModelRequest,
    "forward": ForwardRequest,
    "forward_backward": ForwardBackwardRequest,
    "optim_step": OptimStepRequest,
    "save_weights": SaveWeightsRequest,
    "load_weights": LoadWeightsRequest,
    "save_weights_for_sampler": SaveWeightsForSamplerRequest,
    "unload_model": ModelRequest,
}
_KINDS: dict[type[Call], str] = {
    **{body: kind for kind, body in OPERATIONS.items()},
    CreateFromStateRequest: "load_weights",
}


@dataclass(frozen=True)
class Operation:
    """An accepted call, and the request id of its result."""

    call: Call
    request_id: str

    @property
    def kind(self) -> str:
        """The route's name."""
        return _KINDS[type(self.call)]

    @property
    def model_id(self) -> str:
        """The id of its model."""
        return model_id_of(self.call)

    @property
    def seq_id(self) -> int:
        """Its number in the model's life."""
        return seq_id_of(self.call)


def model_id_of(call: Call) -> str:
    """Return the id of a call's model; that of create_model is derived from the session, as newer SDKs do too."""
    if isinstance(call, CreateModelRequest | CreateFromStateRequest):
        return f"{call.session_id}:train:{call.model_seq_id}"
    return call.model_id


def seq_id_of(call: Call) -> int:
    """Return a call's number in the model's life."""
    match call:
        case CreateModelRequest() | CreateFromStateRequest():
            return CREATE_SEQ_ID
        case ModelRequest():
            return UNLOAD_SEQ_ID
        case _:
            return call.seq_id


def key_of(call: Call, incarnation: int) -> OperationKey:
    """Return the key that the call shares with its repeats."""
    return OperationKey(model_id_of(call), incarnation, seq_id_of(call))


def fingerprint_of(call: Call) -> str:
    """Return a text that is equal for equal calls: of the parsed body, not of the bytes that were sent."""
    return f"{_KINDS[type(call)]} {hashlib.sha256(call.model_dump_json().encode()).hexdigest()}"
