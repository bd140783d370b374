"""Scripts of real SDKs, each in its own process, against a live pod without a gateway."""

from __future__ import annotations

import pytest

from tests.sdk.pod_scripts import PodScript

pytestmark = pytest.mark.sdk


def test_a_run_of_tinker_0_38_ends(script: PodScript) -> None:
    """Both ways to close a client return: `with`, and `close`; a second close changes nothing."""
    said = script(
        "tinker-0.38",
        """
        with service_client() as service:
            step(lora(service), 1e-2)
        service = service_client()
        step(lora(service), 1e-2)
        said["closed"] = result(service.close("success", detail="complete"))
        said["again"] = result(service.close("errored"))
        """,
    )
    assert said == {"closed": None, "again": None}


@pytest.mark.parametrize("sdk", ["tinker-0.15", "tinker-0.18", "tinker-0.38"])
def test_two_models_of_one_client_have_their_own_final(script: PodScript, sdk: str) -> None:
    """The first loads its own path after the second saved the same name, and has its own weights."""
    said = script(
        sdk,
        """
        service = service_client()
        first, second = lora(service), lora(service, train_mlp=False)
        step(first, 1e-2)
        step(second, 5e-2)
        said["before"] = loss(first), loss(second)
        paths = [result(client.save_state("final")).path for client in (first, second)]
        said["paths"] = paths
        step(first, 1e-1)
        result(first.load_state_with_optimizer(paths[0]))
        said["after"] = loss(first), loss(second)
        """,
    )
    assert said["after"] == said["before"]
    assert len(set(said["paths"])) == 2


def test_what_newer_tinkers_wish_for_is_refused_by_name(script: PodScript) -> None:
    """Another optimizer, and a per-token input of a loss that does not read it: the user's exception has the name."""
    said = script(
        "tinker-0.38",
        """
        service = service_client()
        try:
            lora(service, optimizer_config=types.DimuonOptimizerConfig())
        except Exception as error:
            said["optimizer"] = str(error)
        client = lora(service)
        inputs = {"target_tokens": [2, 3, 4], "weights": [1.0] * 3, "advantages": [1.0] * 3}
        datum = types.Datum(model_input=types.ModelInput.from_ints([1, 2, 3]), loss_fn_inputs=inputs)
        try:
            result(client.forward_backward([datum], "cross_entropy"))
        except Exception as error:
            said["input"] = str(error)
        step(client, 1e-2)
        said["trained"] = True
        """,
    )
    assert "optimizer_config" in said["optimizer"]
    assert "data[0].loss_fn_inputs.advantages is not understood" in said["input"]
    assert said["trained"]


def test_fireworks_resumes_by_a_reference_to_another_job_or_by_name(script: PodScript) -> None:
    """`resolve_checkpoint_path` with the job that saved; the pod's own job stands for the other one here."""
    said = script(
        "fireworks-1.2",
        """
        service = sdk.FiretitanServiceClient(base_url=base_url, api_key="tml-test")
        client = service.create_training_client(base_model="gateway-sim/bytes-32", lora_rank=2)
        step(client, 1e-2)
        said["saved"] = loss(client)
        result(client.save_state("step-1"))
        for name, job in (("reference", "alice"), ("name", None)):
            step(client, 1e-1)
            result(client.load_state_with_optimizer(client.resolve_checkpoint_path("step-1", source_job_id=job)))
            said[name] = loss(client)
        said["names"] = client.list_checkpoints()
        try:
            result(client.load_state(client.resolve_checkpoint_path("step-1", source_job_id="carol")))
        except Exception as error:
            said["unreachable"] = str(error)
        try:
            service.create_training_client(base_model="gateway-sim/bytes-32", lora_rank=4, lora_init_method="pissa")
        except Exception as error:
            said["adapter"] = str(error)
        """,
    )
    assert said["reference"] == said["name"] == said["saved"]
    assert said["names"] == ["step-1"]
    assert "the account has no checkpoints of a job 'carol'" in said["unreachable"]
    assert "lora_config.init_method is 'pissa'" in said["adapter"]


@pytest.mark.parametrize("sdk", ["tinker-0.38", "fireworks-1.2"])
def test_a_student_learns_from_the_most_probable_tokens_of_a_teacher(script: PodScript, sdk: str) -> None:
    """Targets of shape (N, K) with their weights: logprobs of that shape come back, and their weighted sum is the loss.

    The first column is the usual target, so its logprobs are those of a batch with one target a token.
    """
    said = script(
        sdk,
        """
        import numpy as np
        if sdk_is_fireworks():
            service = sdk.FiretitanServiceClient(base_url=base_url, api_key="tml-test")
            client = service.create_training_client(base_model="gateway-sim/bytes-32", lora_rank=2)
        else:
            client = lora(service_client())
        weights = np.array([[0.5, 0.25], [1.0, 0.0], [0.75, 0.25]], dtype=np.float32)
        inputs = {"target_tokens": np.array([[2, 7], [3, 8], [4, 9]]), "weights": weights}
        datum = types.Datum(model_input=types.ModelInput.from_ints([1, 2, 3]), loss_fn_inputs=inputs)
        plain = result(client.forward([example()], "cross_entropy")).loss_fn_outputs[0]["logprobs"]
        told = result(client.forward_backward([datum], "cross_entropy"))
        result(client.optim_step(types.AdamParams(learning_rate=1e-2)))
        after = result(client.forward([datum], "cross_entropy")).metrics["loss:sum"]
        logprobs = np.array(told.loss_fn_outputs[0]["logprobs"].data).reshape(3, 2)
        said["shape"] = list(told.loss_fn_outputs[0]["logprobs"].shape)
        said["first"], said["plain"] = logprobs[:, 0].tolist(), [float(l) for l in plain.data]
        said["loss"], said["sum"] = told.metrics["loss:sum"], -float((logprobs * weights).sum())
        said["falls"] = after < told.metrics["loss:sum"]
        """,
    )
    assert said["shape"] == [3, 2]
    assert said["first"] == pytest.approx(said["plain"], abs=1e-5)
    assert said["loss"] == pytest.approx(said["sum"], abs=1e-4)
    assert said["falls"]


@pytest.mark.parametrize("sdk", ["tinker-0.15", "tinker-0.38"])
def test_a_rest_client_lists_and_deletes_checkpoints(script: PodScript, sdk: str) -> None:
    """What rolling checkpoints do: save, list, delete by path, and ask about the weights and the run."""
    said = script(
        sdk,
        """
        service = service_client()
        client = lora(service)
        paths = [result(client.save_state(name, ttl_seconds=86400)).path for name in ("one", "two")]
        rest = service.create_rest_client()
        said["models"] = [model.model_name for model in result(service.get_server_capabilities()).supported_models]
        result(rest.delete_checkpoint_from_tinker_path(paths[0]))
        run_id = paths[0].removeprefix("tinker://").split("/")[0]
        left = result(rest.list_checkpoints(run_id)).checkpoints
        said["left"] = [checkpoint.tinker_path for checkpoint in left]
        said["two"] = paths[1]
        said["user"] = len(result(rest.list_user_checkpoints()).checkpoints)
        said["run"] = result(rest.get_training_run_by_tinker_path(paths[1])).training_run_id == run_id
        said["by_model"] = result(rest.get_training_run(client.model_id)).training_run_id == run_id
        said["runs"] = [run.training_run_id for run in result(rest.list_training_runs()).training_runs] == [run_id]
        said["rank"] = result(rest.get_weights_info_by_tinker_path(paths[1])).lora_rank
        result(rest.publish_checkpoint_from_tinker_path(paths[1]))
        result(rest.unpublish_checkpoint_from_tinker_path(paths[1]))
        again = result(service.create_training_client_from_state_with_optimizer(paths[1]))
        step(again, 1e-2)
        """,
    )
    assert said["left"] == [said["two"]]
    assert said["user"] == 1
    assert said["run"]
    assert said["by_model"]
    assert said["runs"]
    assert said["rank"] == 2
    assert "gateway-sim/bytes-32" in said["models"]


SAMPLING = """
    service = service_client()
    client = lora(service)
    step(client, 1e-2)
    prompt = types.ModelInput.from_ints([1, 2, 3])
    greedy = types.SamplingParams(max_tokens=4, temperature=0.0)
    drawn = types.SamplingParams(max_tokens=8, seed=7, temperature=1.0, top_k=20, top_p=0.9)

    def told(answer):
        return [[one.stop_reason, list(one.tokens), [round(l, 4) for l in one.logprobs]] for one in answer.sequences]

    def sampled(sampler, params, n=1, **more):
        return told(result(sampler.sample(prompt=prompt, num_samples=n, sampling_params=params, **more)))

    base = result(service.create_sampling_client(base_model="gateway-sim/bytes-32"))
    said["base"] = sampled(base, greedy)
    path = result(client.save_weights_for_sampler("first")).path
    saved = result(service.create_sampling_client(model_path=path))
    said["saved"] = sampled(saved, greedy)
    held = result(client.save_weights_and_get_sampling_client())
    said["held"] = sampled(held, greedy)
    said["twice"] = [sampled(saved, drawn, 3), sampled(held, drawn, 3)]
    stop = types.SamplingParams(max_tokens=8, temperature=0.0, stop=[said["saved"][0][1][1]])
    said["stopped"] = sampled(saved, stop)
    logprobs = result(saved.compute_logprobs(prompt))
    said["prompt"] = [None if l is None else round(l, 4) for l in logprobs]
    whole = [1, 2, 3, *said["saved"][0][1]]
    datum = types.Datum(
        model_input=types.ModelInput.from_ints(whole[:-1]),
        loss_fn_inputs={"target_tokens": whole[1:], "weights": [1.0] * (len(whole) - 1)},
    )
    forward = result(client.forward([datum], "cross_entropy")).loss_fn_outputs[0]["logprobs"]
    said["trainer"] = [round(float(l), 4) for l in forward.data]
"""


@pytest.mark.parametrize("sdk", ["tinker-0.15", "tinker-0.18", "tinker-0.38"])
def test_a_model_is_sampled_from_its_checkpoint_and_from_its_present_weights(script: PodScript, sdk: str) -> None:
    """The base model, a saved sampler and a kept one; equal weights and seeds draw equal tokens.

    The logprobs of sampler and trainer are the same model's, so that an importance ratio begins at one.
    """
    said = script(sdk, SAMPLING)
    assert said["saved"] == said["held"]
    assert said["base"] != said["saved"]
    (reason, tokens, logprobs) = said["saved"][0]
    assert (reason, len(tokens)) == ("length", 4)
    assert said["twice"][0] == said["twice"][1]
    assert len({tuple(one[1]) for one in said["twice"][0]}) > 1
    assert said["stopped"][0][0] == "stop"
    assert said["stopped"][0][1] == tokens[: len(said["stopped"][0][1])]
    assert said["prompt"][0] is None
    assert said["prompt"][1:] + logprobs == pytest.approx(said["trainer"], abs=2e-4)


@pytest.mark.parametrize("sdk", ["tinker-0.15", "tinker-0.18", "tinker-0.38"])
def test_the_tokenizer_comes_without_a_hub(script: PodScript, sdk: str) -> None:
    """Its tokens are the bytes of the text, and the text comes back."""
    said = script(
        sdk,
        """
        os.environ["HF_HUB_OFFLINE"] = "1"
        tokenizer = lora(service_client()).get_tokenizer()
        text = "Hello, w\\u00f6rld \\u2603"
        said["tokens"] = tokenizer.encode(text, add_special_tokens=False)
        said["text"] = tokenizer.decode(said["tokens"])
        """,
    )
    assert said == {"tokens": list("Hello, w\u00f6rld \u2603".encode()), "text": "Hello, w\u00f6rld \u2603"}
