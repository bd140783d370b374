"""What makes two requests the same operation."""

from gateway_sim.trainer_pod.ledger import OperationKey
from gateway_sim.trainer_pod.operations import fingerprint_of, key_of
from gateway_sim.trainer_pod.protocol import (
    AdamParams,
    CreateModelRequest,
    ModelRequest,
    OptimStepRequest,
    SaveWeightsRequest,
)


def test_a_field_left_out_is_the_default_said() -> None:
    """An SDK that omits a default and one that sends it say the same step."""
    terse = OptimStepRequest.model_validate({"adam_params": {"learning_rate": 0.1}, "model_id": "m", "seq_id": 1})
    full = OptimStepRequest(adam_params=AdamParams(learning_rate=0.1, beta2=0.95), model_id="m", seq_id=1)
    assert fingerprint_of(terse) == fingerprint_of(full)


def test_another_setting_or_another_kind_is_another_operation() -> None:
    """A step with another rate, and a save with the same seq_id, are not repeats."""
    asked = OptimStepRequest(adam_params=AdamParams(learning_rate=0.1), model_id="m", seq_id=1)
    faster = asked.model_copy(update={"adam_params": AdamParams(learning_rate=0.2)})
    save = SaveWeightsRequest(model_id="m", path="p", seq_id=1)
    assert len({fingerprint_of(asked), fingerprint_of(faster), fingerprint_of(save)}) == 3
    assert key_of(asked, 1) == key_of(save, 1) == OperationKey("m", 1, 1)


def test_create_and_unload_frame_the_sdks_own_numbers() -> None:
    """They carry no seq_id, and take places that the SDK, which counts from 1, never uses."""
    create = CreateModelRequest(session_id="session-1-1", model_seq_id=0, base_model="b")
    assert key_of(create, 1) == OperationKey("session-1-1:train:0", 1, 0)
    assert key_of(ModelRequest(model_id="session-1-1:train:0"), 1) == OperationKey("session-1-1:train:0", 1, -1)
