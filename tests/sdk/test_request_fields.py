"""Every field of the SDKs' request types is read by the pod or refused by name, and none is ignored in silence."""

import pytest
from pydantic import BaseModel

from gateway_sim.trainer_pod import protocol
from gateway_sim.trainer_pod.losses import LOSSES, UNDEFINED
from gateway_sim.trainer_pod.protocol import sampling
from tests.sdk.pod_scripts import PodScript

pytestmark = pytest.mark.sdk

COMPARED: dict[str, tuple[type[BaseModel], ...]] = {
    "AdamOptimizerConfig": (protocol.OptimizerConfig,),
    "AdamParams": (protocol.AdamParams,),
    "ClientConfigRequest": (protocol.ClientConfigRequest,),
    "CreateModelRequest": (protocol.CreateModelRequest,),
    "CreateSamplingSessionRequest": (sampling.CreateSamplingSessionRequest,),
    "CreateSessionRequest": (protocol.CreateSessionRequest,),
    "Datum": (protocol.Datum,),
    "DimuonOptimizerConfig": (protocol.OptimizerConfig,),
    "EncodedTextChunk": (protocol.EncodedTextChunk,),
    "ForwardBackwardInput": (protocol.ForwardBackwardInput,),
    "ForwardBackwardRequest": (protocol.ForwardBackwardRequest,),
    "ForwardRequest": (protocol.ForwardRequest,),
    "FutureRetrieveRequest": (protocol.RetrieveFutureRequest,),
    "GetInfoRequest": (protocol.ModelRequest,),
    "JoinSamplingSessionRequest": (sampling.JoinSamplingSessionRequest,),
    "LoadWeightsRequest": (protocol.LoadWeightsRequest, protocol.CreateFromStateRequest),
    "LoraConfig": (protocol.LoraConfig,),
    "ModelInput": (protocol.ModelInput,),
    "OptimStepRequest": (protocol.OptimStepRequest,),
    "OptimizerConfigBase": (protocol.OptimizerConfig,),
    "SampleRequest": (sampling.SampleRequest,),
    "SamplingParams": (sampling.SamplingParams,),
    "SaveWeightsForSamplerRequest": (protocol.SaveWeightsForSamplerRequest,),
    "SaveWeightsRequest": (protocol.SaveWeightsRequest,),
    "SessionHeartbeatRequest": (protocol.SessionHeartbeatRequest,),
    "TelemetryBatch": (protocol.TelemetryRequest,),
    "TelemetrySendRequest": (protocol.TelemetryRequest,),
    "TensorData": (protocol.TensorData,),
    "UnloadModelRequest": (protocol.ModelRequest,),
}
"""The pod's types of what the SDKs send, by the SDKs' names."""
REFUSED = {
    ("CreateModelRequest", "projection_head_dim"),
    ("DimuonOptimizerConfig", "version"),
    ("LoadWeightsRequest", "weights_access_token"),
    ("LoraConfig", "init_method"),
    ("ModelInput", "routing_matrices"),
    ("ModelInput", "routing_matrix_format"),
    ("ModelInput", "routing_references"),
    ("ModelInput", "sampling_mask_references"),
    ("ModelInput", "top_sampling_references"),
    ("OptimStepRequest", "optim_params"),  # on the wire it is adam_params, or optimizer_params, which is refused
    ("SampleRequest", "base_model"),
    ("SampleRequest", "model_path"),
    ("SampleRequest", "record_stability_info"),
    ("SampleRequest", "target_prompt_logprobs"),
    ("TensorData", "sparse_col_indices"),
    ("TensorData", "sparse_crow_indices"),
}
"""Fields of the SDKs' request types that the pod does not declare, and so refuses by name."""
WITHOUT_EFFECT = {
    ("SessionHeartbeatRequest", "type"),
    *((kind, name) for kind in ("TelemetryBatch", "TelemetrySendRequest") for name in ("platform", "process_uuid")),
    *((kind, "sdk_version") for kind in ("TelemetryBatch", "TelemetrySendRequest")),
}
"""Fields that the pod need not read: the route says the type already, and telemetry is not read at all."""
NOT_SENT = {
    # of routes that are refused as a whole: trainer_pod/not_served.py
    "CopyWeightsRequest", "CreateCustomLossRequest", "FuturesRetrieveRequest", "GetBillingUsageRequest",
    "GetCurrentCheckpointStorageUsageRequest", "SaveWeightsExternalRequest", "SessionSearchRequest",
    # within them
    "CustomLossInput", "SamplingSessionFuturesTarget",
    # refused as optimizer_params, and as chunks that are no encoded text
    "DimuonParams", "OptimParamsBase", "DmelChunk", "ImageAssetPointerChunk", "ImageChunk",
    # of an answer
    "ModelData",
}  # fmt: skip
"""Types of which the pod reads no field."""
FIELDS = """
import dataclasses, importlib, inspect, pkgutil
ENDINGS = ("Request", "Config", "Base", "Params", "Input", "Datum", "Chunk", "Data", "Batch", "Target")
for module in pkgutil.walk_packages(types.__path__, types.__name__ + "."):
    for name, kind in vars(importlib.import_module(module.name)).items():
        if inspect.isclass(kind) and name.endswith(ENDINGS) and kind.__module__.startswith(types.__name__):
            fields = list(getattr(kind, "model_fields", {}))
            if dataclasses.is_dataclass(kind):
                fields += [field.name for field in dataclasses.fields(kind)]
            fields = fields or list(getattr(kind, "__annotations__", {}))
            said[name] = sorted({*said.get(name, ()), *(f for f in fields if not f.startswith("_"))})
"""


@pytest.mark.parametrize("sdk", ["tinker-0.15", "tinker-0.18", "tinker-0.38", "fireworks-1.2"])
def test_every_field_of_the_sdks_request_types_is_read_or_refused(script: PodScript, sdk: str) -> None:
    """A new type or field of an SDK is either declared by the pod or listed here as refused, and nothing else."""
    said = script(sdk, FIELDS)
    assert {"CreateModelRequest", "ForwardBackwardInput", "SaveWeightsRequest"} <= set(said)
    assert set(said) <= set(COMPARED) | NOT_SENT, "the pod has no type of its own for one of the SDK's"
    for name in sorted(set(said) - NOT_SENT):
        declared = {field for body in COMPARED[name] for field in body.model_fields}
        unread = {(name, field) for field in said[name] if field not in declared}
        assert unread <= REFUSED | WITHOUT_EFFECT, name
        refuses = all(body.model_config.get("extra") == "allow" for body in COMPARED[name])
        assert refuses or unread <= WITHOUT_EFFECT, f"{name}: the pod would ignore {unread} in silence"


@pytest.mark.parametrize("sdk", ["tinker-0.15", "tinker-0.18", "tinker-0.38", "fireworks-1.2"])
def test_each_loss_that_an_sdk_names_is_computed_or_refused_by_its_name(script: PodScript, sdk: str) -> None:
    """By the SDK's own list of names; "custom" stands for the caller's, which no name reaches."""
    said = script(
        sdk,
        """
        from typing import get_args

        def client():
            if not sdk_is_fireworks():
                return lora(service_client())
            service = sdk.FiretitanServiceClient(base_url=base_url, api_key="fw_test")
            return service.create_training_client(base_model="gateway-sim/bytes-32", lora_rank=2)

        said["names"] = list(get_args(types.LossFnType))
        for name in said["names"]:
            inputs = {"target_tokens": [2, 3, 4]}
            if name != "cross_entropy":
                inputs.update(logprobs=[-1.0] * 3, advantages=[1.0] * 3)
            datum = types.Datum(model_input=types.ModelInput.from_ints([1, 2, 3]), loss_fn_inputs=inputs)
            try:
                result(client().forward_backward([datum], name))
                said[name] = "computed"
            except Exception as error:
                said[name] = str(error)
        """,
    )
    assert {"cross_entropy", "importance_sampling", "ppo", "cispo", "dro"} <= set(said["names"])
    for name in said["names"]:
        if name in LOSSES:
            assert said[name] == "computed"
        elif (sdk, name) == ("fireworks-1.2", "reinforce"):
            # the SDK asks first whether the trainer has it
            assert "Trainer does not advertise built-in REINFORCE" in said[name]
        elif name in UNDEFINED:
            assert f"the loss '{name}' is not computed here" in said[name]
        else:
            assert name == "custom"
            assert "there is no loss 'custom'; there are cross_entropy" in said[name]
