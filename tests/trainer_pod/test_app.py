"""The pod's face: who is let in, and what is said to those who are not."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import zstandard
from starlette.requests import Request

from gateway_sim import legs as gateway_legs
from gateway_sim.client.sdk import legs as client_legs
from gateway_sim.trainer_pod import bodies
from gateway_sim.trainer_pod.app import routes
from gateway_sim.trainer_pod.bodies import LARGEST_BYTES_WITHOUT_DATA, read_json
from gateway_sim.trainer_pod.config import PodConfig
from gateway_sim.trainer_pod.events import OperationAccepted, RequestBroke, RequestMisdirected, SessionFinished
from gateway_sim.trainer_pod.not_served import NOT_SERVED, REFUSED_OPERATIONS
from gateway_sim.trainer_pod.protocol.sessions import CreateSessionRequest
from gateway_sim.trainer_pod.refusals import Problem
from gateway_sim.trainer_pod.rest import ROUTES

Play = Callable[[Callable[[], Any]], Any]


def test_nothing_is_served_before_the_pod_is_ready_nor_after_it_is_gone(play: Play, caller: Any) -> None:
    """A cold pod and a stopped one answer 503, healthz included; in between healthz names the device."""

    async def story() -> None:
        assert (await caller.send("GET", "healthz"))[0] == 503
        status, problem = await caller.post("create_session")
        assert (status, problem["type"]) == (503, "urn:gateway-sim:pod-not-ready")
        await caller.pod.start()
        assert await caller.send("GET", "healthz") == (200, {"status": "ok", "device": caller.pod.device})
        await caller.pod.stop()
        assert (await caller.send("GET", "healthz"))[0] == 503

    play(story)


@pytest.mark.parametrize("asked", ["acme/alice@2", "acme/bob@1", "globex/alice@1", "acme/alice", "nonsense"])
def test_a_request_for_another_trainer_is_misdirected(play: Play, caller: Any, asked: str) -> None:
    """Another job, another account or another generation hears 421 and touches nothing (docs/architecture.md §4)."""

    async def story() -> None:
        await caller.connect()
        caller.headers = {"FIREWORKS-TRAINER": asked}
        status, problem = await caller.post("optim_step", **caller.optim_step_body(1))
        assert (status, problem["type"]) == (421, "urn:gateway-sim:misdirected-request")
        assert asked in problem["detail"]
        assert caller.last_headers["content-type"] == "application/problem+json"
        assert caller.last_headers["cache-control"] == "no-store"

    play(story)
    assert [event.asked for event in caller.seen(RequestMisdirected)] == [asked]
    assert [event.kind for event in caller.seen(OperationAccepted)] == ["create_model"]


def test_a_request_for_this_trainer_is_let_in(play: Play, caller: Any) -> None:
    """The gateway's header with this job and this generation opens the door."""

    async def story() -> None:
        await caller.pod.start()
        caller.headers = {"FIREWORKS-TRAINER": "acme/alice@1"}
        assert (await caller.send("GET", "healthz"))[0] == 200

    play(story)


def test_an_unknown_request_id_is_404_and_says_so(play: Play, caller: Any) -> None:
    """A poll for what this pod never promised cannot be taken for a missing route."""

    async def story() -> None:
        await caller.pod.start()
        status, problem = await caller.poll("req-7-1")
        assert (status, problem["type"]) == (404, "urn:gateway-sim:unknown-request")
        assert problem["detail"] == "this pod never gave out request id 'req-7-1'"

    play(story)


@pytest.mark.parametrize(
    "asked", ["req-\u00b2-1", "req-\u0661-1", "req--1-1", "req-0-1", "req-1", "1-1", "", "req-9999999999-1"]
)
def test_an_id_that_no_pod_gives_out_is_404(play: Play, caller: Any, asked: str) -> None:
    """Also one whose digits are none of ours, such as a superscript two."""

    async def story() -> None:
        await caller.pod.start()
        status, problem = await caller.poll(asked)
        assert (status, problem["type"]) == (404, "urn:gateway-sim:unknown-request")

    play(story)


def test_a_defect_of_the_pods_own_is_told_as_a_problem_and_the_pod_serves_on(
    play: Play, caller: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is raised into the server, which would close a connection that others use; the events say what it was."""

    def stumble(*_: object) -> None:
        raise RuntimeError("a part gave way")

    async def story() -> None:
        await caller.connect()
        with monkeypatch.context() as broken:
            broken.setattr(caller.pod, "get_info", stumble)
            status, problem = await caller.post("get_info", model_id=caller.model_id)
        assert (status, problem["type"]) == (500, "urn:gateway-sim:pod-defect")
        assert caller.last_headers["content-type"] == "application/problem+json"
        assert (await caller.post("get_info", model_id=caller.model_id))[0] == 200

    play(story)
    ((path, error),) = [(event.path, event.error) for event in caller.seen(RequestBroke)]
    assert (path, error) == ("/api/v1/get_info", "RuntimeError: a part gave way")


def test_an_unknown_model_or_session_is_404(play: Play, caller: Any) -> None:
    """A pod that was started anew does not know the models and sessions of the one before."""

    async def story() -> None:
        await caller.pod.start()
        caller.model_id = "session-0-1:train:0"
        assert (await caller.post("optim_step", **caller.optim_step_body(1)))[1]["type"].endswith("unknown-model")
        assert (await caller.post("session_heartbeat", session_id="session-0-1"))[0] == 404
        body = {"session_id": "session-0-1", "model_seq_id": 0, "base_model": "m"}
        assert (await caller.post("create_model", **body))[1]["type"].endswith("unknown-session")

    play(story)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"seq_id": "first"}, "seq_id"),
        ({"adam_params": {"learning_rate": -1}}, "adam_params.learning_rate"),
        ({"adam_params": {"beta1": 1.5}}, "adam_params.beta1"),
        ({"model_id": None}, "model_id"),
        ({"grad_accumulation_normalization": "mean"}, "grad_accumulation_normalization"),
    ],
)
def test_a_body_that_does_not_fit_is_400_and_names_the_field(
    play: Play, caller: Any, change: dict[str, Any], named: str
) -> None:
    """Nothing is applied, and the seq_id stays free for the right body."""

    async def story() -> None:
        await caller.connect()
        status, problem = await caller.post("optim_step", **(caller.optim_step_body(1) | change))
        assert (status, problem["status"], problem["type"]) == (400, 400, "urn:gateway-sim:malformed-body")
        assert problem["detail"].startswith(f"{named}: ")
        assert "metrics" in await caller.result("optim_step", **caller.optim_step_body(1))

    play(story)


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff"])
def test_a_body_that_is_no_json_object_is_400(play: Play, caller: Any, body: bytes) -> None:
    """The answer says that the body itself is at fault, and the pod serves on."""

    async def story() -> None:
        await caller.connect()
        for route in ("forward_backward", "create_session", "retrieve_future", "telemetry"):
            status, problem = await caller.send("POST", route, body)
            assert (status, problem["detail"].partition(":")[0]) == (400, "the body")
        assert (await caller.send("GET", "healthz"))[0] == 200

    play(story)


def test_a_chunk_the_model_cannot_read_is_named_by_its_place(play: Play, caller: Any) -> None:
    """An image among the tokens is refused where it stands."""

    async def story() -> None:
        await caller.connect()
        body = caller.forward_backward_body(1)
        body["forward_backward_input"]["data"][1]["model_input"]["chunks"] = [{"type": "image", "data": ""}]
        status, problem = await caller.post("forward_backward", **body)
        assert status == 400
        assert problem["detail"].startswith("forward_backward_input.data.1.model_input.chunks.0.type: ")

    play(story)


def test_the_small_talk_of_the_sdks_is_answered(play: Play, caller: Any) -> None:
    """Configs are empty, telemetry is accepted, heartbeats are heard, unknown keys are ignored."""
    # docs/reference/protocol.md §1

    async def story() -> None:
        await caller.connect()
        assert await caller.post("client/config", sdk_version="0.38.0") == (200, {})
        assert await caller.post("client/dynamic_config", sdk_version="0.38.0") == (200, {})
        events = {"events": [{"event": "SESSION_START"}], "platform": "Linux", "sdk_version": "x", "session_id": "s"}
        assert await caller.post("telemetry", **events) == (200, {"status": "accepted"})
        assert await caller.post("session_heartbeat", session_id="session-1-1") == (200, {"type": "session_heartbeat"})
        status, session = await caller.post("create_session", tags=["a"], project_id=None, type="create_session")
        assert (status, session) == (200, {"session_id": "session-1-2", "type": "create_session"})

    play(story)


def test_get_info_describes_the_model_at_once(play: Play, caller: Any) -> None:
    """Name, rank and device, without a future."""

    async def story() -> None:
        model_id = await caller.connect(rank=8)
        status, info = await caller.post("get_info", model_id=model_id)
        assert status == 200
        assert (info["model_id"], info["is_lora"], info["lora_rank"]) == (model_id, True, 8)
        assert info["device"] == caller.pod.device
        assert info["model_data"]["model_name"] == info["model_name"] == "byte-transformer"

    play(story)


def test_a_path_that_is_not_served_is_a_problem_too(play: Play, caller: Any) -> None:
    """Also a route that does not exist, or a method it does not take, is answered as problem+json."""

    async def story() -> None:
        await caller.pod.start()
        assert (await caller.post("resample"))[1]["detail"] == "POST /api/v1/resample: Not Found"
        assert (await caller.send("GET", "optim_step"))[0] == 405
        assert caller.last_headers["content-type"] == "application/problem+json"

    play(story)


def test_a_diverged_loss_is_an_error_that_names_its_datum(play: Play, caller: Any) -> None:
    """After a step of absurd length the logprobs are no numbers: both passes fail, and the pod serves on."""

    async def story() -> None:
        await caller.connect()
        await caller.result("forward_backward", **caller.forward_backward_body(1))
        await caller.result("optim_step", **caller.optim_step_body(2, learning_rate=1e30))
        body = caller.forward_backward_body(3)
        forward = {"forward_input": body["forward_backward_input"], "model_id": body["model_id"], "seq_id": 4}
        for route, asked in (("forward_backward", body), ("forward", forward)):
            failure = await caller.result(route, **asked)
            sentence = "data[0]: the model's log-probabilities are not finite: its weights have diverged"
            assert failure == {"error": sentence, "category": "user"}

    play(story)


OF_NO_LEG = {
    "sessions/{session_id}/finish", "samplers/{sampler_id}", "join_sampling_session", "/v1/{rest:path}",
    *(path for _, path, _ in ROUTES), *(path for _, path in NOT_SERVED), *REFUSED_OPERATIONS,
}  # fmt: skip
"""Routes outside of training: a gateway's policies treat them as paths that they do not know."""
SERVED = {route.path.removeprefix("/api/v1/") for route in routes.routes} - OF_NO_LEG  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", sorted(f"/api/v1/{path}" for path in SERVED))
def test_gateway_and_client_give_each_route_of_the_pod_one_leg(path: str) -> None:
    """Three deployables, one vocabulary: a route that either does not know would be "other" to its policies."""
    assert gateway_legs.leg_of(path.removeprefix("/")) == client_legs.leg_of(path) != "other"


def test_the_pod_serves_every_route_that_has_a_leg() -> None:
    """A leg of a route that no pod serves is a leg that no policy meets."""
    assert SERVED == set(client_legs.LEG_OF_ROUTE) == set(gateway_legs.PATHS)


def test_what_a_pod_has_not_is_refused_in_a_sentence_and_not_as_a_missing_route(play: Play, caller: Any) -> None:
    """At once with a 400, which SDKs do not repeat; for an operation by its result."""

    async def story() -> None:
        await caller.connect()
        for (method, path), why in NOT_SERVED.items():
            asked = path.format(session="session-1-1", run="alice", purpose="weights", name="a")
            status, problem = await caller.send(method, asked)
            told = f"{method} /api/v1/{asked} is not served: {why}"
            assert (status, problem["type"], problem["detail"]) == (400, "urn:gateway-sim:not-served", told)
        for kind, why in REFUSED_OPERATIONS.items():
            failure = await caller.result(kind, model_id=caller.model_id, seq_id=1)
            assert failure == {"error": f"{kind} is not served: {why}", "category": "user"}

    play(story)


def test_a_finished_session_is_final(play: Play, caller: Any) -> None:
    """The first reason stands; heartbeats and new operations get 410, and what was accepted before keeps its result."""

    async def story() -> None:
        model_id = await caller.connect()
        _, step = await caller.post("optim_step", **caller.optim_step_body(1))
        finish = "sessions/session-1-1/finish"
        status, answer = await caller.post(finish, reason={"type": "success"}, detail="done")
        assert (status, answer["reason"]) == (200, {"type": "success"})
        assert (await caller.post(finish, reason={"type": "errored"}))[1]["reason"] == {"type": "success"}
        assert "metrics" in (await caller.poll(step["request_id"]))[1]
        assert await caller.post("optim_step", **caller.optim_step_body(1)) == (200, step)
        create = {"session_id": "session-1-1", "model_seq_id": 1, "base_model": "m"}
        for route, body in (
            ("session_heartbeat", {"session_id": "session-1-1"}),
            ("optim_step", caller.optim_step_body(2)),
            ("create_model", create),
        ):
            status, problem = await caller.post(route, **body)
            assert (status, problem["type"]) == (410, "urn:gateway-sim:session-finished"), route
        assert problem["detail"] == "session 'session-1-1' was finished by its client (success)"
        assert (await caller.post("get_info", model_id=model_id))[0] == 200
        assert await caller.connect() == "session-1-2:train:0"

    play(story)
    assert [(event.reason, event.detail) for event in caller.seen(SessionFinished)] == [("success", "done")]


def test_a_finish_without_a_known_session_or_reason_is_refused(play: Play, caller: Any) -> None:
    """The answers name the session and the field."""

    async def story() -> None:
        await caller.connect()
        assert (await caller.post("sessions/session-9-9/finish", reason={"type": "success"}))[0] == 404
        status, problem = await caller.post("sessions/session-1-1/finish", reason={"type": "bored"})
        assert (status, problem["detail"].partition(":")[0]) == (400, "reason.type")

    play(story)


@pytest.mark.parametrize(
    ("pieces", "status"), [([b"{}", b" "], None), ([b" " * LARGEST_BYTES_WITHOUT_DATA, b"{}"], 413)]
)
def test_a_body_in_pieces_is_measured_as_a_whole(pieces: list[bytes], status: int | None) -> None:
    """No piece of it is too long."""
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    left = iter([*messages, {"type": "http.request", "body": b""}])

    async def receive() -> Any:
        return next(left)

    async def read() -> int | None:
        try:
            await read_json(Request({"type": "http", "headers": []}, receive), CreateSessionRequest)
        except Problem as refused:
            return refused.status
        return None

    assert asyncio.run(read()) == status


def test_sdks_are_asked_for_packed_batches_where_the_pod_wants_them(
    play: Play, config: PodConfig, open_caller: Any
) -> None:
    """By the flag of their configuration; every other flag keeps its default."""

    async def story() -> None:
        for wanted, flags in ((True, {"proto_compress_fwdbwd": True}), (False, {})):
            caller = open_caller(replace(config, compressed_batches=wanted))
            await caller.pod.start()
            assert await caller.post("client/config") == (200, flags)
            assert await caller.post("client/dynamic_config") == (200, {})

    play(story)


def test_the_size_of_a_result_is_told_in_its_place_from_one_byte_over_the_limit(
    play: Play, config: PodConfig, open_caller: Any
) -> None:
    """And only to a poll that allows it."""

    async def story() -> None:
        caller = open_caller(config)
        await caller.connect()
        request_id = (await caller.post("optim_step", **caller.optim_step_body(1)))[1]["request_id"]
        _, whole = await caller.poll(request_id)
        size = int(caller.last_headers["content-length"])
        for limit, told in ((size, whole), (size - 1, {"response_payload_size": size, "status": "complete_metadata"})):
            caller.pod.config = replace(config, metadata_over_bytes=limit)
            asked = {"request_id": request_id, "allow_metadata_only": True}
            assert await caller.post("retrieve_future", **asked) == (200, told)
            assert await caller.poll(request_id) == (200, whole)

    play(story)


def test_no_answer_may_be_kept_by_a_cache(play: Play, caller: Any) -> None:
    """Neither a result nor a refusal; each says what it is."""

    async def story() -> None:
        await caller.connect()
        for method, route, kind in (
            ("GET", "healthz", "json"), ("GET", "list_checkpoints", "json"), ("GET", "sessions", "json"),
            ("POST", "client/config", "problem+json"), ("GET", "samplers/none", "problem+json"),
        ):  # fmt: skip
            await caller.send(method, route)
            assert caller.last_headers["cache-control"] == "no-store", route
            assert caller.last_headers["content-type"] == f"application/{kind}", route

    play(story)


def test_a_body_may_have_as_many_bytes_as_its_limit(play: Play, caller: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packed and unpacked; one more is 413, and the limits are those of SECURITY.md."""
    assert (bodies.LARGEST_BYTES, bodies.LARGEST_BYTES_WITHOUT_DATA) == (64 * 2**20, 4 * 2**20)
    monkeypatch.setattr(bodies, "LARGEST_BYTES_WITHOUT_DATA", 200)

    async def story() -> None:
        await caller.pod.start()
        for length, status in ((200, 200), (201, 413)):
            body = b'{"events": []}'.ljust(length)
            for content, coding in ((body, "identity"), (zstandard.compress(body), "zstd")):
                caller.headers = {"Content-Encoding": coding}
                assert (await caller.send("POST", "telemetry", content))[0] == status, coding

    play(story)
