"""Sampling sessions over HTTP: what each samples from, repeats, and what is refused."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gateway_sim.trainer_pod.config import PodConfig
from gateway_sim.trainer_pod.events import SamplesDrawn, SamplingFailed, SamplingSessionOpened
from gateway_sim.trainer_pod.protocol import protobuf
from gateway_sim.trainer_pod.protocol.sampling import SampleOutput

Play = Callable[[Callable[[], Any]], Any]
GREEDY = {"max_tokens": 5, "temperature": 0.0}


def asked(session_id: str, seq_id: int = 0, **more: Any) -> dict[str, Any]:
    """Return the body of an asample."""
    prompt = {"chunks": [{"type": "encoded_text", "tokens": [1, 2, 3]}]}
    told = {"sampling_session_id": session_id, "seq_id": seq_id, "prompt": prompt, "sampling_params": GREEDY}
    return told | more


async def opened(caller: Any, seq_id: int, **weights: str) -> str:
    """Open a sampling session of the caller's session, and return its id."""
    body = {"session_id": "session-1-1", "sampling_session_seq_id": seq_id, **weights}
    status, answer = await caller.post("create_sampling_session", **body)
    assert status == 200, answer
    told: str = answer["sampling_session_id"]
    return told


async def tokens(caller: Any, session_id: str, seq_id: int = 0) -> list[int]:
    """Return the tokens of one greedy sequence."""
    (sequence,) = (await caller.result("asample", **asked(session_id, seq_id)))["sequences"]
    drawn: list[int] = sequence["tokens"]
    return drawn


async def trained(caller: Any, seq_id: int) -> None:
    """Move the weights by one large step."""
    await caller.result("forward_backward", **caller.forward_backward_body(seq_id))
    await caller.result("optim_step", **caller.optim_step_body(seq_id + 1, learning_rate=0.1))


def test_a_session_samples_what_it_was_opened_on(play: Play, caller: Any) -> None:
    """The base model; a sampler's checkpoint, by its path; a training checkpoint, by its name; a model's weights.

    Training that goes on afterwards changes none of them.
    """

    async def story() -> None:
        model_id = await caller.connect()
        base = await opened(caller, 0, base_model="byte-transformer")
        untrained = await tokens(caller, base)
        await trained(caller, 1)
        save = {"model_id": model_id, "path": "one"}
        path = (await caller.result("save_weights_for_sampler", seq_id=3, **save))["path"]
        await caller.result("save_weights", seq_id=4, **save)
        kept = await caller.result("save_weights_for_sampler", model_id=model_id, seq_id=5, sampling_session_seq_id=1)
        assert kept == {"sampling_session_id": "session-1-1:sample:1", "type": "save_weights_for_sampler"}
        saved, by_name = await opened(caller, 2, model_path=path), await opened(caller, 3, model_path="one")
        one = await tokens(caller, saved)
        await trained(caller, 6)
        later = (await caller.result("save_weights_for_sampler", model_id=model_id, path="two", seq_id=8))["path"]
        assert one == await tokens(caller, by_name) == await tokens(caller, kept["sampling_session_id"])
        assert one == await tokens(caller, saved, 1)
        assert one not in (untrained, await tokens(caller, await opened(caller, 4, model_path=later)))
        assert await caller.send("GET", f"samplers/{saved}") == (
            200,
            {"sampler_id": saved, "base_model": "byte-transformer", "model_path": path},
        )
        assert [event.weights for event in caller.seen(SamplingSessionOpened)][:3] == [
            "byte-transformer", "byte-transformer", path,
        ]  # fmt: skip

    play(story)


def test_a_repeat_gets_the_first_answer_and_another_body_is_refused(play: Play, caller: Any) -> None:
    """A request that a client sends again after a lost answer draws nothing anew."""

    async def story() -> None:
        await caller.connect()
        session = await opened(caller, 0, base_model="byte-transformer")
        assert await opened(caller, 0, base_model="byte-transformer") == session
        status, envelope = await caller.post("asample", **asked(session, 4, num_samples=2))
        assert envelope["sample_sequence_ids"] == [f"{session}:4:0", f"{session}:4:1"]
        assert await caller.post("asample", **asked(session, 4, num_samples=2)) == (status, envelope)
        await caller.result("asample", **asked(session, 5))
        other = await caller.result("asample", **asked(session, 4, num_samples=3))
        assert other["category"] == "user"
        assert "was used by another request" in other["error"]
        assert [(event.seq_id, event.sequences, event.tokens) for event in caller.seen(SamplesDrawn)] == [
            (4, 2, 10), (5, 1, 5),
        ]  # fmt: skip

    play(story)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "base_model and model_path are both missing: name what to sample from"),
        ({"model_path": "tinker://alice/sampler_weights/none"}, "there is no checkpoint"),
        ({"model_path": "tinker://alice/other/none"}, "is not of the form tinker://JOB/weights/NAME"),
        ({"base_model": "gateway-sim/bytes-33"}, "has no such width"),
        ({"base_model": "byte-transformer", "shards": 2}, "shards is 2, which this pod does not understand"),
        ({"base_model": "x", "model_path": "tinker://alice/sampler_weights/one"}, "is of 'byte-transformer', not of"),
    ],
)
def test_weights_that_cannot_be_had_are_refused(play: Play, caller: Any, body: dict[str, Any], sentence: str) -> None:
    """At once, in a sentence that names them."""

    async def story() -> None:
        model_id = await caller.connect()
        await caller.result("save_weights_for_sampler", model_id=model_id, path="one", seq_id=1)
        whole = {"session_id": "session-1-1", "sampling_session_seq_id": 0, **body}
        refused = await caller.post("create_sampling_session", **whole)
        assert refused[0] == 400
        assert sentence in refused[1]["detail"]

    play(story)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"prompt": {"chunks": []}}, "prompt has 0 tokens"),
        ({"prompt_alt_tokens_k": 2}, "prompt_alt_tokens_k is 2, which this pod does not understand"),
        ({"record_stability_info": True}, "record_stability_info is True, which this pod does not understand"),
        ({"sampling_params": {"max_tokens": 1, "min_p": 0.5}}, "sampling_params.min_p is 0.5, which this pod does not"),
    ],
)
def test_a_request_that_cannot_be_sampled_fails_by_name(
    play: Play, caller: Any, body: dict[str, Any], sentence: str
) -> None:
    """As the result, as of any failed operation; the session goes on."""

    async def story() -> None:
        await caller.connect()
        session = await opened(caller, 0, base_model="byte-transformer")
        failed = await caller.result("asample", **asked(session, 0, **body))
        assert failed["category"] == "user"
        assert failed["error"].startswith(sentence)
        assert [event.error for event in caller.seen(SamplingFailed)] == [failed["error"]]
        assert len(await tokens(caller, session, 1)) == 5

    play(story)


def test_a_save_for_a_sampler_names_a_checkpoint_or_a_session(play: Play, caller: Any) -> None:
    """Without both there is nothing to keep it under."""

    async def story() -> None:
        model_id = await caller.connect()
        failed = await caller.result("save_weights_for_sampler", model_id=model_id, seq_id=1)
        assert failed["error"].startswith("path and sampling_session_seq_id are both missing")

    play(story)


def test_a_session_ends_with_its_pod(play: Play, caller: Any, config: PodConfig, open_caller: Any) -> None:
    """The next incarnation does not know it; a finished session opens none."""

    async def story() -> None:
        await caller.connect()
        session = await opened(caller, 0, base_model="byte-transformer")
        await caller.post("sessions/session-1-1/finish", reason={"type": "success"})
        body = {"session_id": "session-1-1", "sampling_session_seq_id": 1, "base_model": "byte-transformer"}
        assert (await caller.post("create_sampling_session", **body))[0] == 410
        after = open_caller(replace(config, incarnation=2))
        await after.connect()
        assert await after.post("asample", **asked(session)) == (
            404,
            {
                "type": "urn:gateway-sim:unknown-sampler", "title": "Unknown sampling session", "status": 404,
                "detail": f"this pod never opened sampling session {session!r}",
            },
        )  # fmt: skip

    play(story)


def test_requests_take_their_turn_and_a_pod_that_stops_draws_nothing_more(
    play: Play, config: PodConfig, open_caller: Any
) -> None:
    """Of three requests of 5 s each, the pod is stopped while it computes the second."""

    async def story() -> None:
        caller = open_caller(replace(config, sample_s=5.0))
        await caller.connect()
        session = await opened(caller, 0, base_model="byte-transformer")
        for seq_id in range(3):
            await caller.post("asample", **asked(session, seq_id))
        await asyncio.sleep(9.0)
        await caller.pod.stop()
        await asyncio.sleep(20.0)
        assert [event.seq_id for event in caller.seen(SamplesDrawn)] == [0]

    play(story)


def test_newer_sdks_get_the_result_in_protobuf(play: Play, caller: Any) -> None:
    """A position without scores holds NaN, or token 0 with the logprob -99999."""

    async def story() -> None:
        await caller.connect()
        session = await opened(caller, 0, base_model="byte-transformer")
        more = {"prompt_logprobs": True, "topk_prompt_logprobs": 2, "topk_sample_logprobs": 3}
        plain = await caller.result("asample", **asked(session, 0, **more))
        written = protobuf.message_class("SampleResponse")()
        written.ParseFromString(protobuf.write_samples(SampleOutput.model_validate(plain)))
        (sequence,) = written.sequences
        assert sequence.stop_reason == 1
        assert np.frombuffer(sequence.tokens, "<i4").tolist() == plain["sequences"][0]["tokens"]
        assert np.frombuffer(sequence.logprobs, "<f4").tolist() == pytest.approx(plain["sequences"][0]["logprobs"])
        assert (sequence.topk_sampled_logprobs.length, sequence.topk_sampled_logprobs.k) == (5, 3)
        scores = np.frombuffer(written.prompt_logprobs, "<f4")
        assert np.isnan(scores[0])
        assert scores[1:].tolist() == pytest.approx(plain["prompt_logprobs"][1:])
        top = written.topk_prompt_logprobs
        assert np.frombuffer(top.token_ids, "<i4").reshape(top.length, top.k)[0].tolist() == [0, 0]
        assert np.frombuffer(top.logprobs, "<f4").reshape(top.length, top.k)[0].tolist() == [-99999.0, -99999.0]

    play(story)


def test_the_further_clients_of_a_session_are_numbered(play: Play, caller: Any) -> None:
    """Each session by itself; the client that opened it has 0."""

    async def story() -> None:
        await caller.connect()
        first, second = [await opened(caller, number, base_model="byte-transformer") for number in range(2)]
        joined = [await caller.post("join_sampling_session", sampling_session_id=one) for one in (first, first, second)]
        assert [answer["client_counter"] for _, answer in joined] == [1, 2, 1]
        assert (await caller.post("join_sampling_session", sampling_session_id="none"))[0] == 404

    play(story)
