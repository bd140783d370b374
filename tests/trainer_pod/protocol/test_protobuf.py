"""Protobuf and zstd at the pod's door: read like JSON, and refused whole when they are broken.

See docs/reference/protocol.md §1.3.
"""

import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
import zstandard

from gateway_sim.trainer_pod.app import PodApp
from gateway_sim.trainer_pod.config import PodConfig
from gateway_sim.trainer_pod.events import GradientsAccumulated, OperationAccepted, OperationRepeated
from gateway_sim.trainer_pod.protocol import Datum
from gateway_sim.trainer_pod.protocol.protobuf import (
    CONTENT_TYPE,
    MOST_UNFOLDED,
    BadBody,
    Room,
    message_class,
    read_request,
)
from gateway_sim.trainer_pod.text import batch

ForwardBackwardRequestMessage = message_class("ForwardBackwardRequest")
ForwardBackwardOutputMessage = message_class("ForwardBackwardOutput")
FLOAT32, INT64, BFLOAT16 = 1, 2, 4
Play = Callable[[Callable[[], Any]], Any]


def as_protobuf(model_id: str, seq_id: int, data: Sequence[Datum], **more: Any) -> Any:
    """Return the message that says the same as a JSON forward_backward of cross_entropy."""
    message = ForwardBackwardRequestMessage(model_id=model_id, seq_id=seq_id, loss_fn="cross_entropy", **more)
    for datum in data:
        told = message.data.add()
        for chunk in datum.model_input.chunks:
            told.model_input.add().encoded_text.tokens = array.array("i", chunk.tokens).tobytes()
        for name, tensor in datum.loss_fn_inputs.items():
            field = told.loss_fn_inputs[name]
            code, field.dtype = ("q", INT64) if tensor.dtype == "int64" else ("f", FLOAT32)
            field.dense = array.array(code, tensor.data).tobytes()
            field.shape.extend(tensor.shape or [])
    return message


async def post_protobuf(caller: Any, body: bytes, **headers: str) -> Any:
    """Post a forward_backward in protobuf and return status and answer."""
    caller.headers = {"Content-Type": CONTENT_TYPE, **{k.replace("_", "-"): v for k, v in headers.items()}}
    try:
        return await caller.send("POST", "forward_backward", body)
    finally:
        caller.headers = {}


def test_the_same_batch_in_protobuf_and_in_json_is_the_same_operation(play: Play, caller: Any) -> None:
    """A repeat in the other encoding gets the first one's id: what counts is what was understood."""

    async def story() -> None:
        await caller.connect()
        body = as_protobuf(caller.model_id, 1, batch(0, 2, 16)).SerializeToString()
        status, first = await post_protobuf(caller, body)
        assert status == 200
        assert await caller.post("forward_backward", **caller.forward_backward_body(1)) == (200, first)

    play(story)
    assert len(caller.seen(OperationRepeated)) == 1


def test_a_result_is_protobuf_where_that_is_accepted_and_says_the_same(play: Play, caller: Any) -> None:
    """Values, offsets in bytes, and metrics read back equal to the JSON result."""

    async def story() -> None:
        await caller.connect()
        data = [*batch(0, 1, 16), *batch(1, 1, 9)]
        result = await caller.result("forward_backward", **caller.forward_backward_body(1, data))
        raw = await fetch(caller, "req-1-2", CONTENT_TYPE)
        assert caller.last_headers["content-type"] == CONTENT_TYPE
        read = ForwardBackwardOutputMessage.FromString(raw)
        assert dict(read.metrics) == result["metrics"]
        (record,) = read.loss_fn_outputs
        field = record.fields["logprobs"]
        offsets = array.array("q", field.offsets)
        assert (record.num_datums, list(offsets), field.dtype) == (2, [0, 64, 100], FLOAT32)
        values = array.array("f", field.data).tolist()
        assert [values[:16], values[16:]] == [output["logprobs"]["data"] for output in result["loss_fn_outputs"]]

    play(story)


def test_forward_only_leaves_no_gradient(play: Play, caller: Any) -> None:
    """Newer SDKs send a forward to forward_backward, with a flag."""

    async def story() -> None:
        await caller.connect()
        body = as_protobuf(caller.model_id, 1, batch(0, 2, 16), forward_only=True).SerializeToString()
        _, promised = await post_protobuf(caller, body)
        assert "loss_fn_outputs" in (await caller.poll(promised["request_id"]))[1]

    play(story)
    assert caller.seen(OperationAccepted)[-1].kind == "forward"
    assert not caller.seen(GradientsAccumulated)


@pytest.mark.parametrize(
    ("break_it", "place"),
    [
        (lambda m: b"\xff\xff\xff", "the body is not"),
        (lambda m: setattr(m, "model_id", ""), "model_id: "),
        (lambda m: m.data[1].model_input.add().MergeFromString(b"\x12\x00"), "data[1].model_input: only encoded text"),
        (lambda m: m.data[0].model_input.add().SetInParent(), "data[0].model_input: only encoded text"),
        (lambda m: setattr(m.data[0].model_input[0].encoded_text, "tokens", b"123"), "data[0].model_input: 3 bytes"),
        (lambda m: setattr(m.data[1].loss_fn_inputs["weights"], "dtype", 9), "data[1].loss_fn_inputs.weights: dtype 9"),
        (
            lambda m: m.data[1].loss_fn_inputs["weights"].shape.append(3),
            "data[1].loss_fn_inputs.weights: a tensor of shape [16, 3]",
        ),
        (
            lambda m: m.data[0].loss_fn_inputs["weights"].ClearField("dense"),
            "data[0].loss_fn_inputs.weights: a tensor of shape [16] cannot hold 0",
        ),
    ],
)
def test_a_broken_protobuf_body_is_400_names_the_place_and_applies_nothing(
    play: Play, caller: Any, break_it: Callable[[Any], Any], place: str
) -> None:
    """The seq_id stays free for the right body."""

    async def story() -> None:
        await caller.connect()
        message = as_protobuf(caller.model_id, 1, batch(0, 2, 16))
        broken = break_it(message)
        content = broken if isinstance(broken, bytes) else message.SerializeToString()
        status, problem = await post_protobuf(caller, content)
        assert (status, problem["type"]) == (400, "urn:gateway-sim:malformed-body")
        assert problem["detail"].startswith(place)
        assert caller.last_headers["content-type"] == "application/problem+json"
        sound = as_protobuf(caller.model_id, 1, batch(0, 2, 16)).SerializeToString()
        assert (await post_protobuf(caller, sound))[0] == 200

    play(story)
    assert [event.seq_id for event in caller.seen(OperationAccepted)] == [0, 1]


def test_sparse_and_half_precision_values_are_written_out() -> None:
    """Rows of a sparse tensor are filled with zeros; a bfloat16 is the upper half of a float32."""
    message = as_protobuf("m", 1, batch(0, 1, 4))
    sparse = message.data[0].loss_fn_inputs["sparse"]
    sparse.dtype = FLOAT32
    sparse.sparse_csr.values = array.array("f", [1.5, 2.5]).tobytes()
    sparse.sparse_csr.crow_indices = array.array("q", [0, 1, 2]).tobytes()
    sparse.sparse_csr.col_indices = array.array("q", [2, 0]).tobytes()
    sparse.shape.extend([2, 3])
    half = message.data[0].loss_fn_inputs["half"]
    half.dtype, half.dense = BFLOAT16, array.array("H", [0x3FC0, 0xC000]).tobytes()
    inputs = read_request(message.SerializeToString()).forward_backward_input.data[0].loss_fn_inputs
    assert inputs["sparse"].data == [0, 0, 1.5, 2.5, 0, 0]
    assert inputs["half"].data == [1.5, -2.0]
    sparse.sparse_csr.col_indices = array.array("q", [3, 0]).tobytes()
    with pytest.raises(BadBody, match=r"data\[0\]\.loss_fn_inputs\.sparse: "):
        read_request(message.SerializeToString())


SPARSE_MESSES = {
    "a negative size": ([-1, 2], [0, 1, 2], [0, 0]),
    "row ends beyond the values": ([2, 3], [0, 5, 2], [2, 0]),
    "row ends that go back": ([2, 3], [0, 2, 1], [2, 0]),
    "row ends below zero": ([2, 3], [0, -1, 2], [2, 0]),
    "row ends that begin late": ([2, 3], [1, 1, 2], [2, 0]),
    "too few rows": ([2, 3], [0, 2], [2, 0]),
    "no rows at all": ([2, 3], [], [2, 0]),
    "a column beyond the shape": ([2, 3], [0, 1, 2], [3, 0]),
    "more rows than there is room for": ([2**40, 2**40], [0, 1, 2], [0, 0]),
    "more columns than there is room for": ([2, 2**40], [0, 1, 2], [0, 0]),
    "one dimension": ([6], [0, 1, 2], [2, 0]),
    "three dimensions": ([2, 3, 1], [0, 1, 2], [2, 0]),
}


@pytest.mark.parametrize(("shape", "row_ends", "columns"), SPARSE_MESSES.values(), ids=SPARSE_MESSES.keys())
def test_sparse_indices_that_lead_nowhere_are_400_and_nothing_is_applied(
    play: Play, caller: Any, shape: list[int], row_ends: list[int], columns: list[int]
) -> None:
    """The field is named, and the next request is served."""

    async def story() -> None:
        await caller.connect()
        message = as_protobuf(caller.model_id, 1, batch(0, 1, 4))
        sparse = message.data[0].loss_fn_inputs["sparse"]
        sparse.dtype = FLOAT32
        sparse.sparse_csr.values = array.array("f", [1.5, 2.5]).tobytes()
        sparse.sparse_csr.crow_indices = array.array("q", row_ends).tobytes()
        sparse.sparse_csr.col_indices = array.array("q", columns).tobytes()
        sparse.shape.extend(shape)
        status, problem = await post_protobuf(caller, message.SerializeToString())
        assert (status, problem["type"]) == (400, "urn:gateway-sim:malformed-body")
        assert problem["detail"].startswith("data[0].loss_fn_inputs.sparse: ")
        assert (await caller.send("GET", "healthz"))[0] == 200

    play(story)
    assert [event.seq_id for event in caller.seen(OperationAccepted)] == [0]


def test_a_small_body_does_not_unfold_without_end() -> None:
    """Each tensor may be large, and all of a body's together may not."""
    message = as_protobuf("m", 1, batch(0, 1, 4))
    for number in range(3):
        sparse = message.data[0].loss_fn_inputs[f"sparse-{number}"]
        sparse.dtype = FLOAT32
        sparse.sparse_csr.crow_indices = array.array("q", [0, 0]).tobytes()
        sparse.shape.extend([1, MOST_UNFOLDED // 2])
    with pytest.raises(BadBody, match="may unfold to"):
        read_request(message.SerializeToString())


def test_zstd_is_unpacked_and_broken_zstd_is_400(play: Play, caller: Any) -> None:
    """A frame that is none, or is cut short, applies nothing; an unknown encoding says so."""

    async def story() -> None:
        await caller.connect()
        packed = zstandard.ZstdCompressor().compress(
            as_protobuf(caller.model_id, 1, batch(0, 2, 16)).SerializeToString()
        )
        for wrong in (b"nonsense", packed[: len(packed) // 2]):
            status, problem = await post_protobuf(caller, wrong, Content_Encoding="zstd")
            assert (status, problem["type"]) == (400, "urn:gateway-sim:malformed-body"), wrong
        many = as_protobuf(caller.model_id, 1, [*batch(0, 8, 64)] * 200).SerializeToString()
        cut = zstandard.ZstdCompressor(level=-50).compress(many)[:-3]
        status, problem = await post_protobuf(caller, cut, Content_Encoding="zstd")
        assert (status, "cut short" in problem["detail"]) == (400, True)
        status, problem = await post_protobuf(caller, packed, Content_Encoding="br")
        assert (status, "'br'" in problem["detail"]) == (400, True)
        assert (await post_protobuf(caller, packed, Content_Encoding="zstd"))[0] == 200

    play(story)
    assert [event.seq_id for event in caller.seen(OperationAccepted)] == [0, 1]


def test_a_body_above_the_limit_is_413_packed_or_not(play: Play, caller: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also a small frame that unpacks into a large body is refused, and nothing is applied."""
    monkeypatch.setattr("gateway_sim.trainer_pod.bodies.LARGEST_BYTES", 4096)
    monkeypatch.setattr("gateway_sim.trainer_pod.bodies.LARGEST_BYTES_WITHOUT_DATA", 2048)

    async def story() -> None:
        await caller.connect()
        large = as_protobuf(caller.model_id, 1, batch(0, 2, 16)).SerializeToString() + bytes(8192)
        for body, encoding in ((large, "identity"), (zstandard.ZstdCompressor().compress(large), "zstd")):
            status, problem = await post_protobuf(caller, body, Content_Encoding=encoding)
            assert (status, problem["type"]) == (413, "urn:gateway-sim:body-too-large")
        assert (await caller.send("POST", "telemetry", bytes(3000)))[0] == 413

    play(story)
    assert [event.kind for event in caller.seen(OperationAccepted)] == ["create_model"]


def test_a_large_result_is_announced_once_to_a_client_that_asks(
    play: Play, config: PodConfig, open_caller: Callable[[PodConfig], Any]
) -> None:
    """With allow_metadata_only the size comes first, and the result when it is asked for again without."""
    caller = open_caller(replace(config, metadata_over_bytes=100))

    async def story() -> None:
        await caller.connect()
        result = await caller.result("forward_backward", **caller.forward_backward_body(1))
        _, told = await caller.post("retrieve_future", request_id="req-1-2", allow_metadata_only=True)
        assert told["status"] == "complete_metadata"
        assert told["response_payload_size"] >= 100
        assert await caller.post("retrieve_future", request_id="req-1-2", allow_metadata_only=False) == (200, result)
        _, small = await caller.post("retrieve_future", request_id="req-1-1", allow_metadata_only=True)
        assert small["type"] == "create_model"

    play(story)


def test_a_future_of_an_earlier_incarnation_is_a_failure_and_not_an_unknown(
    play: Play, config: PodConfig, open_caller: Callable[[PodConfig], Any]
) -> None:
    """The SDK ends its wait and tells the user why: no spin, and no 404 that reads like a missing route."""
    caller = open_caller(replace(config, incarnation=3))

    async def story() -> None:
        await caller.pod.start()
        status, lost = await caller.poll("req-2-7")
        assert (status, lost["category"]) == (200, "unknown")
        assert "incarnation 2" in lost["error"]
        assert (await caller.poll("req-3-7"))[0] == 404
        assert (await caller.poll("req-4-7"))[0] == 404

    play(story)


def test_a_checkpoint_becomes_a_model_without_a_create_model(play: Play, caller: Any) -> None:
    """The load of newer SDKs: session and number in place of a model id, and the id that they derive themselves."""

    async def story() -> None:
        model_id = await caller.connect(rank=2)
        await caller.result("forward_backward", **caller.forward_backward_body(1))
        await caller.result("optim_step", **caller.optim_step_body(2))
        saved = await caller.result("save_weights", model_id=model_id, path="here", seq_id=3)
        session = model_id.partition(":")[0]
        body = {"session_id": session, "model_seq_id": 1, "path": saved["path"], "optimizer": True}
        made = await caller.result("load_weights", **body)
        assert made["model_id"] == f"{session}:train:1"
        assert (await caller.post("get_info", model_id=made["model_id"]))[1]["lora_rank"] == 2
        first = await caller.result("forward", **forward_body(model_id, 4))
        assert await caller.result("forward", **forward_body(made["model_id"], 1)) == first
        other = {**body, "model_seq_id": 2, "base_model": "another"}
        assert "not of 'another'" in (await caller.result("load_weights", **other))["error"]
        nowhere = {**body, "model_seq_id": 3, "path": "nowhere"}
        assert "there is no checkpoint" in (await caller.result("load_weights", **nowhere))["error"]

    play(story)


def forward_body(model_id: str, seq_id: int) -> dict[str, Any]:
    """Return the body of a forward on the text."""
    told = {"data": [datum.model_dump() for datum in batch(0, 2, 16)], "loss_fn": "cross_entropy"}
    return {"forward_input": told, "model_id": model_id, "seq_id": seq_id}


async def fetch(caller: Any, request_id: str, accept: str) -> bytes:
    """Poll for a result and return its bytes."""
    sent: list[dict[str, Any]] = []
    body = b'{"request_id": "%s"}' % request_id.encode()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/api/v1/retrieve_future", "raw_path": b"/api/v1/retrieve_future", "query_string": b"",
        "headers": [(b"accept", accept.encode())], "client": ("127.0.0.1", 1), "server": ("pod", 80),
    }  # fmt: skip
    await PodApp(caller.pod)(scope, receive, send)
    caller.last_headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return b"".join(part.get("body", b"") for part in sent[1:])


NUMBERS = {
    "ForwardBackwardRequest": "model_id seq_id data loss_fn loss_fn_config forward_only loss_fn_config_v2",
    "LossConfigValue": "number text",
    "Datum": "model_input loss_fn_inputs model_input_spans loss_fn_input_spans",
    "Chunk": "encoded_text",
    "EncodedTextChunk": "tokens",
    "Tensor": "dense sparse_csr dtype shape",
    "SparseCsr": "values crow_indices col_indices",
    "ForwardBackwardOutput": "loss_fn_output_type loss_fn_outputs metrics",
    "ArrayRecord": "type_tag fields num_datums",
    "BatchedTensor": "data offsets dtype trailing_shape",
    "SampleResponse": "sequences prompt_logprobs topk_prompt_logprobs prompt_cache_hit_tokens",
    "SampledSequence": "stop_reason tokens logprobs topk_sampled_logprobs",
    "TopkLogprobs": "token_ids logprobs k length",
}
"""The fields of each message in the order of their numbers, from 1 (docs/reference/protocol.md §1.3)."""


@pytest.mark.parametrize("name", NUMBERS)
def test_a_message_has_the_numbers_of_the_sdks(name: str) -> None:
    """On the wire there are only the numbers: another one would be skipped as unknown."""
    fields = {field.name: field.number for field in message_class(name).DESCRIPTOR.fields}
    assert fields == {field: number for number, field in enumerate(NUMBERS[name].split(), 1)}


def test_settings_of_a_loss_come_in_either_form_and_the_newer_one_counts() -> None:
    """A text in it is kept as one, for the refusal that names it."""
    message = as_protobuf("m", 1, batch(0, 1, 4), loss_fn_config={"beta": 0.5, "clip": 1.0})
    message.loss_fn_config_v2["beta"].number = 0.25
    message.loss_fn_config_v2["kind"].text = "x"
    read = read_request(message.SerializeToString())
    assert read.forward_backward_input.loss_fn_config == {"beta": 0.25, "clip": 1.0, "kind": "x"}
    assert read_request(as_protobuf("m", 1, []).SerializeToString()).forward_backward_input.loss_fn_config is None


def test_a_sparse_tensor_may_unfold_to_all_the_room_of_a_body() -> None:
    """The last value that fits is taken, and then none."""
    room = Room(10)
    room.take("a", 4)
    room.take("b", 6)
    room.take("c", 0)
    with pytest.raises(BadBody, match="d: 1 values are more than a body's sparse tensors may unfold to"):
        room.take("d", 1)
    assert MOST_UNFOLDED == 16 * 2**20
