"""A request's body: not too large, unpacked, and understood; or the problem that says what is wrong with it."""

from __future__ import annotations

from typing import TypeVar

import zstandard
from fastapi import Request
from pydantic import ValidationError

from trainer_pod.problems import malformed, too_large
from trainer_pod.protocol import (
    CreateFromStateRequest,
    ForwardBackwardRequest,
    ForwardRequest,
    LoadWeightsRequest,
    Wire,
)
from trainer_pod.protocol.protobuf import CONTENT_TYPE, Unreadable, read_forward_backward_request

Body = TypeVar("Body", bound=Wire)


async def read(request: Request, body: type[Body], limit: int) -> Body:
    """Return a JSON body of at most `limit` bytes, or raise the problem that names the field which does not fit."""
    return _understand(body, await _unpacked(request, limit))


async def read_forward_backward(request: Request, limit: int) -> ForwardBackwardRequest | ForwardRequest:
    """Return a forward_backward body, by its content type protobuf or JSON; protobuf may say that it is a forward."""
    content = await _unpacked(request, limit)
    if not request.headers.get("content-type", "").startswith(CONTENT_TYPE):
        return _understand(ForwardBackwardRequest, content)
    try:
        return read_forward_backward_request(content)
    except Unreadable as unreadable:
        raise malformed(str(unreadable)) from unreadable


class _Addressed(Wire):
    """How a load_weights says which model it is about."""

    model_id: str | None = None
    session_id: str | None = None


async def read_load(request: Request, limit: int) -> LoadWeightsRequest | CreateFromStateRequest:
    """Return a load_weights body: into a model that it names, or, naming a session instead, into a new one."""
    content = await _unpacked(request, limit)
    addressed = _understand(_Addressed, content)
    if addressed.model_id is None and addressed.session_id is not None:
        return _understand(CreateFromStateRequest, content)
    return _understand(LoadWeightsRequest, content)


def _understand(body: type[Body], content: bytes) -> Body:
    try:
        return body.model_validate_json(content)
    except ValidationError as unfit:
        first = unfit.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "the body"
        raise malformed(f"{field}: {first['msg']}") from unfit


async def _unpacked(request: Request, limit: int) -> bytes:
    content = await _received(request, limit)
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding == "identity":
        return content
    if encoding != "zstd":
        raise malformed(f"the body: content-encoding {encoding!r} is not read here, only zstd")
    try:
        # one byte more than the limit is enough to know that there is too much
        with zstandard.ZstdDecompressor().stream_reader(content, read_across_frames=True) as reader:
            unpacked = reader.read(limit + 1)
    except zstandard.ZstdError as broken:
        raise malformed(f"the body: it is no zstd: {broken}") from broken
    if len(unpacked) > limit:
        raise too_large(limit)
    if not unpacked and content:
        raise malformed("the body: its zstd frame is cut short")
    return unpacked


async def _received(request: Request, limit: int) -> bytes:
    """Receive a body and stop as soon as it is too large; one that announces so is not received at all."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise too_large(limit)
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise too_large(limit)
        parts.append(part)
    return b"".join(parts)
