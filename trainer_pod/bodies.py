"""Reading bodies from HTTP: JSON or protobuf, plain or compressed (docs/reference/protocol.md §1.2, §1.3)."""

from typing import TypeVar

import zstandard
from pydantic import ValidationError
from starlette.requests import Request

from gateway_sim.trainer_pod.protocol import (
    CreateFromStateRequest,
    ForwardBackwardRequest,
    ForwardRequest,
    LoadWeightsRequest,
    Wire,
    protobuf,
)
from gateway_sim.trainer_pod.refusals import Problem, malformed
from gateway_sim.trainer_pod.understood import not_understood

Body = TypeVar("Body", bound=Wire)

LARGEST_BYTES = 64 * 1024 * 1024
"""The most bytes of a body, unpacked, so that a small one cannot unpack without end."""
LARGEST_BYTES_WITHOUT_DATA = 4 * 1024 * 1024
"""The most bytes of a body that holds no examples: parsed, JSON takes twenty times its size."""
_WITH_DATA = (ForwardBackwardRequest, ForwardRequest)


async def read_json(request: Request, body: type[Body]) -> Body:
    """Return the body. Raises a 400 that names the wrong field, or a 413."""
    largest = LARGEST_BYTES if issubclass(body, _WITH_DATA) else LARGEST_BYTES_WITHOUT_DATA
    return _understood(body, await _bytes(request, largest))


async def read_known(request: Request, body: type[Body]) -> Body:
    """Return the body of a request that is answered at once. Raises a 400 that names what is not understood."""
    asked = await read_json(request, body)
    if (refusal := not_understood(asked)) is not None:
        raise malformed(refusal)
    return asked


async def read_load(request: Request) -> LoadWeightsRequest | CreateFromStateRequest:
    """Return a load_weights body: for the model that it names, or for a new one in the session that it names."""
    content = await _bytes(request, LARGEST_BYTES_WITHOUT_DATA)
    addressed = _understood(_Addressed, content)
    if addressed.model_id is None and addressed.session_id is not None:
        return _understood(CreateFromStateRequest, content)
    return _understood(LoadWeightsRequest, content)


async def read_batch(request: Request) -> ForwardBackwardRequest | ForwardRequest:
    """Return a forward_backward body in either form; in protobuf it may ask for a forward only."""
    if not request.headers.get("content-type", "").startswith(protobuf.CONTENT_TYPE):
        return await read_json(request, ForwardBackwardRequest)
    try:
        return protobuf.read_request(await _bytes(request, LARGEST_BYTES))
    except protobuf.BadBody as bad:
        raise malformed(str(bad)) from bad
    except ValidationError as unfit:
        raise malformed(_first(unfit)) from unfit


class _Addressed(Wire):
    """The part of a load_weights body that names its model."""

    model_id: str | None = None
    session_id: str | None = None


def _understood(body: type[Body], content: bytes) -> Body:
    try:
        return body.model_validate_json(content)
    except ValidationError as unfit:
        raise malformed(_first(unfit)) from unfit


def wants_protobuf(request: Request) -> bool:
    """Return whether the caller accepts a protobuf result."""
    return protobuf.CONTENT_TYPE in request.headers.get("accept", "")


async def _bytes(request: Request, largest: int) -> bytes:
    """Return a body, unpacked. Raises a 413 above `largest` bytes, packed or unpacked."""
    pieces, total = [], 0
    async for piece in request.stream():
        total += len(piece)
        if total > largest:
            raise _too_large(largest)
        pieces.append(piece)
    body = b"".join(pieces)
    match request.headers.get("content-encoding", "identity").lower():
        case "identity":
            return body
        case "zstd":
            return _unpacked(body, largest)
        case other:
            raise malformed(f"content-encoding: {other!r} is not understood here; send zstd, or none")


def _unpacked(body: bytes, largest: int) -> bytes:
    """Unpack at most one byte over the limit, whatever size the frame claims."""
    try:
        with zstandard.ZstdDecompressor().stream_reader(body) as reader:
            unpacked: bytes = reader.read(largest + 1)
            promised = zstandard.frame_content_size(body)
    except zstandard.ZstdError as error:
        raise malformed("the body is not zstd, though its content-encoding says so") from error
    if len(unpacked) > largest:
        raise _too_large(largest)
    # the reader accepts a truncated body; a batch without its last examples must not train
    if len(unpacked) < promised or not unpacked:
        raise malformed(f"the zstd body is cut short: {len(unpacked)} of {promised} bytes")
    return unpacked


def _first(unfit: ValidationError) -> str:
    first = unfit.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{'.'.join(str(part) for part in first['loc']) or 'the body'}: {first['msg']}"


def _too_large(largest: int) -> Problem:
    return Problem(413, "body-too-large", "Body too large", f"a body may have {largest} bytes here, unpacked")
