"""The published SDKs train through the gateway, unmodified, and the pod does what this project's own client asks of it.

`make test-sdk` runs these; each SDK is skipped where it is not installed.
"""

from dataclasses import replace
from typing import Any

import pytest

from gateway_sim.client.events import CallSent
from gateway_sim.control_plane.events import JobMoved
from gateway_sim.control_plane.jobs.states import JobState
from gateway_sim.miss_policies.route_not_ready import RouteNotReady
from gateway_sim.proxy import Proxy
from gateway_sim.scenarios.engines.live import pods
from gateway_sim.scenarios.engines.live.sdks.environments import SdkEnvironment
from gateway_sim.scenarios.world.account import ACCOUNT, JOB
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.pods import BASE_MODEL
from gateway_sim.trainer_pod.config import PodConfig
from gateway_sim.trainer_pod.engine import TrainingModel
from gateway_sim.trainer_pod.events import GradientsAccumulated, OperationAccepted, StateLoaded, StepApplied
from gateway_sim.trainer_pod.text import batch
from tests.sdk.conftest import QUICK, Told, by_our_client, by_the_sdk

pytestmark = pytest.mark.sdk
TRAIN = {"do": "train"}
COMPRESSING = {"tinker-0.38"}
"""SDKs that send zstd when the pod asks for it."""


async def restart(world: Any) -> None:
    """Pause the job and resume it: a new incarnation of its pod, without the models of the one before."""
    await world.reconciler.pause(ACCOUNT, JOB)
    world.reconciler.resume(ACCOUNT, JOB)
    await world.until(JobMoved, state=JobState.RUNNING.value, incarnation=2)


def test_twenty_steps_with_a_checkpoint_and_a_resume_end_in_the_same_weights(environment: SdkEnvironment) -> None:
    """Ten steps, a checkpoint, three steps that the restart loses, and ten more in a new pod: the loss falls."""
    before = [*[TRAIN] * 10, {"do": "save", "name": "half"}, *[TRAIN] * 3]
    after = [{"do": "load", "with_optimizer": True, "step": 10, "path": "half"}, *[TRAIN] * 10]
    told = by_the_sdk(environment, before, after, between=restart)
    assert told.error is None, told.error
    losses = [line["loss"] for line in told.of("forward_backward")]
    assert sum(losses[-5:]) < 0.9 * sum(losses[:5]), losses
    assert [entry.event.step for entry in told.trace.of(StepApplied)] == [*range(1, 14), *range(11, 21)]
    assert [entry.event.incarnation for entry in told.trace.of(StateLoaded)] == [2]
    ours = by_our_client([*before, {"do": "load", "step": 10}, *[TRAIN] * 10])
    assert told.weights == ours.weights == by_our_client([TRAIN] * 20).weights


def test_each_sdk_asks_the_routes_that_its_profile_says(environment: SdkEnvironment) -> None:
    """From connect to the first step, in order and no other: what the virtual client sends is what the SDK sends."""

    def asked(told: Told) -> list[str]:
        routes = [entry.event.path.removeprefix("/api/v1/") for entry in told.trace.of(CallSent)]
        start = routes.index("healthz") + 1
        return [route for route in routes[start:] if route not in ("session_heartbeat", "telemetry")]

    real = by_the_sdk(environment, [TRAIN])
    assert real.error is None, real.error
    assert asked(real) == asked(by_our_client([TRAIN], sdk=environment.name))


def test_a_loss_of_ones_own_gives_the_gradients_of_the_built_in_one(environment: SdkEnvironment) -> None:
    """forward_backward_custom with cross_entropy written out: the SDK differentiates, and the weights are the same."""
    told = by_the_sdk(environment, [{"do": "train", "custom": True}] * 3)
    assert told.error is None, told.error
    assert told.weights == by_our_client([TRAIN] * 3).weights


def test_a_result_that_went_with_its_pod_ends_the_run_and_nobody_spins(environment: SdkEnvironment) -> None:
    """The poller is held while there is no route; the new pod says that the result is lost, and the SDK takes it."""

    async def lose_the_pod(world: World) -> None:
        await world.until(OperationAccepted, kind="forward_backward")
        await restart(world)

    slow = replace(QUICK, forward_backward_s=30.0, steps=1)
    patient = RouteNotReady(retry_after_s=1.0, hold_poll_s=1.0)
    told = by_the_sdk(environment, [TRAIN], settings=slow, gateway=patient, beside=lose_the_pod)
    assert told.error is not None
    assert told.error["type"] == "RequestFailedError", told.error
    assert "was lost when incarnation 1 of job-1 ended" in told.error["message"]
    polls = [entry for entry in told.trace.of(CallSent) if entry.event.leg == "poll"]
    assert 1 <= len(polls) < 20
    assert not list(told.trace.of(StepApplied))


@pytest.mark.parametrize("loss", ["importance_sampling", "ppo", "cispo", "dro"])
def test_each_loss_moves_the_weights_as_it_does_for_our_client(environment: SdkEnvironment, loss: str) -> None:
    """Fields, losses and settings arrive whole: same weights, and others than those of cross_entropy."""
    script = [{**TRAIN, "loss": loss, "sampled": {"logprobs": -5.0, "advantages": 0.5}}] * 3
    told = by_the_sdk(environment, script)
    assert told.error is None, told.error
    # cispo's default clip depends on the SDK's generation
    ours = by_our_client(script, sdk=environment.name)
    assert told.weights == ours.weights != by_our_client([TRAIN] * 3).weights


@pytest.mark.parametrize("loss", ["importance_sampling", "ppo", "cispo"])
def test_a_batch_that_lacks_what_a_loss_needs_is_the_users_failure(environment: SdkEnvironment, loss: str) -> None:
    """The pod names the field, and nothing is accumulated."""
    told = by_the_sdk(environment, [{"do": "train", "loss": loss}])
    assert told.error is not None
    assert told.error["type"] == "RequestFailedError"
    assert "logprobs is missing: this loss needs it" in told.error["message"]
    assert not list(told.trace.of(GradientsAccumulated))


def test_the_other_verbs_are_answered(environment: SdkEnvironment) -> None:
    """forward, get_info, a sampler's weights, and where the SDK has them list_checkpoints and unload_model."""
    script: list[dict[str, Any]] = [
        {"do": "forward"}, {"do": "info"}, {"do": "sampler", "name": "s"}, {"do": "save", "name": "a"},
    ]  # fmt: skip
    if environment.kind == "fireworks":
        script.append({"do": "checkpoints"})
    if environment.name == "fireworks-1.2":
        script.append({"do": "unload"})
    told = by_the_sdk(environment, script)
    assert told.error is None, told.error
    assert told.of("forward")[0]["loss"] > 0
    assert told.of("info")[0]["info"].endswith(":train:0")
    assert [line["names"] for line in told.of("checkpoints")] in ([], [["a"]])
    assert not list(told.trace.of(StepApplied))


def test_a_batch_that_the_sdk_cuts_in_chunks_is_accumulated_whole(environment: SdkEnvironment) -> None:
    """More examples than one request holds: several forward_backwards, one loss, one step."""
    settings = replace(QUICK, batch=1100, length=4, steps=1)
    told = by_the_sdk(environment, [TRAIN], settings=settings)
    assert told.error is None, told.error
    chunks = list(told.trace.of(GradientsAccumulated))
    assert len(chunks) > 1
    (step,) = (entry.event for entry in told.trace.of(StepApplied))
    assert step.accumulated == len(chunks)
    model = TrainingModel(BASE_MODEL, {"rank": settings.lora_rank}, "cpu")
    whole = model.forward(batch(1, settings.batch, settings.length), "cross_entropy").metrics["loss:sum"]
    assert sum(entry.event.loss for entry in chunks) == pytest.approx(whole, rel=1e-5)
    assert told.of("forward_backward")[0]["loss"] == pytest.approx(whole, rel=1e-5)


def test_compressed_batches_and_announced_results_change_nothing(
    environment: SdkEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pod that asks for zstd and tells sizes first gets the same weights; SDKs that know neither do not mind."""
    usual = pods.pod_config

    def demanding(*told: Any) -> PodConfig:
        return replace(usual(*told), compressed_batches=True, metadata_over_bytes=64)

    monkeypatch.setattr(pods, "pod_config", demanding)
    encodings, serve = set(), Proxy.serve

    async def listen(self: Proxy, scope: Any, *door: Any) -> None:
        encodings.add(dict(scope["headers"]).get(b"content-encoding", b"identity"))
        await serve(self, scope, *door)

    monkeypatch.setattr(Proxy, "serve", listen)
    told = by_the_sdk(environment, [TRAIN] * 3)
    assert told.error is None, told.error
    assert (b"zstd" in encodings) == (environment.name in COMPRESSING), encodings
    assert told.weights == by_our_client([TRAIN] * 3).weights
