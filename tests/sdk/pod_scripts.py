"""Scripts of real SDKs, each in its own process, against a live pod without a gateway."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from gateway_sim.scenarios.engines.live.sdks.environments import SdkUnavailable, require
from gateway_sim.trainer_pod.config import PodConfig

PodScript = Callable[[str, str], dict[str, Any]]
"""Runs a script in the environment of the SDK of that name, and returns what it put into `said`."""

BEGIN = """
import json, os, sys
base_url, said = sys.argv[1], {}
if sys.argv[2].startswith("fireworks"):
    import fireworks.training.sdk as sdk
    from fireworks.training.sdk import types
else:
    import tinker
    from tinker import types

def result(value):
    return value.result() if hasattr(value, "result") else value

def sdk_is_fireworks():
    return sys.argv[2].startswith("fireworks")

def service_client():
    return tinker.ServiceClient(base_url=base_url, api_key="tml-test")

def lora(service, **settings):
    return result(service.create_lora_training_client(base_model="gateway-sim/bytes-32", rank=2, **settings))

def example():
    inputs = {"target_tokens": [2, 3, 4], "weights": [1.0, 1.0, 1.0]}
    return types.Datum(model_input=types.ModelInput.from_ints([1, 2, 3]), loss_fn_inputs=inputs)

def step(client, rate):
    result(client.forward_backward([example()], "cross_entropy"))
    result(client.optim_step(types.AdamParams(learning_rate=rate)))

def loss(client):
    return result(client.forward([example()], "cross_entropy")).metrics["loss:sum"]
"""
END = """
print("SAID " + json.dumps(said), flush=True)
os._exit(0)
"""


@contextlib.contextmanager
def beside_a_pod(tmp_path: Path) -> Iterator[PodScript]:
    """Give a live pod, and the way to run a script of an SDK against it; skip where the SDK is not installed."""
    config = json.dumps(asdict(PodConfig("acme", "alice", 1, str(tmp_path))))
    pod = subprocess.Popen(
        [sys.executable, "-m", "gateway_sim.trainer_pod", "--config", config],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert pod.stdin is not None
    assert pod.stdout is not None
    address = json.loads(pod.stdout.readline())["address"]
    assert json.loads(pod.stdout.readline())["event"] == "PodReady"

    def run(sdk: str, lines: str) -> dict[str, Any]:
        try:
            python = require(sdk).python
        except SdkUnavailable as missing:
            pytest.skip(str(missing))
        whole = BEGIN + textwrap.dedent(lines) + END
        asked = [str(python), "-c", whole, f"http://{address}", sdk]
        ran = subprocess.run(asked, capture_output=True, text=True, timeout=100, check=False)
        told = [line for line in ran.stdout.splitlines() if line.startswith("SAID ")]
        assert told, ran.stdout[-2000:] + ran.stderr[-4000:]
        said: dict[str, Any] = json.loads(told[0].removeprefix("SAID "))
        return said

    yield run
    pod.stdin.close()
    pod.stdout.close()
    pod.wait(20)
