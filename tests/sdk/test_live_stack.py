"""A real SDK finds the plugin's live stack by the variables that the stack gives, and is held to its promises."""

import json
import os
import subprocess

import pytest

from gateway_sim.scenarios.apps.pytest_plugin.stack import LiveStack
from gateway_sim.scenarios.apps.pytest_plugin.worlds import worlds
from gateway_sim.scenarios.engines.live.sdks.environments import SdkEnvironment

pytestmark = pytest.mark.sdk

SCRIPT = """
import importlib, json, os, sys
kind, model, rank, batches, adam = json.loads(sys.stdin.read())
if kind == "tinker":
    import tinker
    client = tinker.ServiceClient().create_lora_training_client(base_model=model, rank=rank)
    types = tinker.types
else:
    sdk = importlib.import_module("fireworks.training.sdk")
    url, key = os.environ["TINKER_BASE_URL"], os.environ["FIREWORKS_API_KEY"]
    service = sdk.FiretitanServiceClient(base_url=url, api_key=key)
    client = service.create_training_client(base_model=model, lora_rank=rank)
    try:
        types = importlib.import_module("fireworks.training.sdk.types")
    except ModuleNotFoundError:
        types = importlib.import_module("tinker").types

def datum(told):
    tokens = [token for chunk in told["model_input"]["chunks"] for token in chunk["tokens"]]
    inputs = {name: types.TensorData(**tensor) for name, tensor in told["loss_fn_inputs"].items()}
    return types.Datum(model_input=types.ModelInput.from_ints(tokens=tokens), loss_fn_inputs=inputs)

for batch in batches:
    client.forward_backward([datum(told) for told in batch], "cross_entropy").result()
    client.optim_step(types.AdamParams(**adam)).result()
"""


def test_an_sdk_finds_the_stack_by_its_variables_and_keeps_the_promises(environment: SdkEnvironment) -> None:
    """It trains the stack's own batches to the undisturbed weights; each step that it was told of is in the trace."""
    quick = {"steps": 2, "forward_backward_s": 0.02, "optim_step_s": 0.01, "start_s": 0.1}
    stack = LiveStack(worlds([(("healthy",), quick)])[0])
    try:
        stack.open()
        told = (environment.kind, stack.base_model, stack.lora_rank, stack.batches, dict(stack.adam))
        ended = subprocess.run(
            [environment.python, "-c", SCRIPT],
            input=json.dumps(told),
            env={**os.environ, **stack.environ, "TINKER_TELEMETRY": "0", "HF_HUB_OFFLINE": "1"},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert ended.returncode == 0, ended.stderr[-800:]
        result = stack.conclude(None)
    finally:
        stack.close()
    assert (result.verdict, result.violations) == ("kept", [])
    assert result.metrics.steps_applied == 2
