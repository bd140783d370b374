"""An ASGI application that speaks DynamoDB's JSON protocol, with stale reads, to programs in any language.

Each request is answered by a `StaleReadClient`, as the calls of a wrapped reader are. Requests are answered in threads,
one at a time: a read first updates the replica's copy.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any, Literal, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from gateway_sim.balancer import Connection
from gateway_sim.events import ReplicaAnswered
from gateway_sim.route_table import Blocking
from gateway_sim.stale_reads.client import StaleReadClient
from gateway_sim.stale_reads.refusals import StaleReadRefused
from gateway_sim.stale_reads.wire import (
    WireError,
    asked_of,
    body_of,
    error_document,
    key_id_of,
    model_of,
    replica_of,
)

T = TypeVar("T")


async def in_thread(call: Callable[[], T]) -> T:
    """Run `call` in a thread, so that the loop keeps serving."""
    return await asyncio.to_thread(call)


LONGEST_BODY = 16 * 1024 * 1024
"""DynamoDB's own limit of a request, in bytes."""


class Endpoint:
    """Answers `POST /` in DynamoDB's JSON protocol. Signatures are not checked.

    The balancer of `stale` picks the replica of a read, by the connection or, if `connection` is `caller`, by the
    access key id. A key id that ends in `REPLICA` and a number is answered by that replica. With `replica`, that one
    answers every read. `blocking` runs the call that reads, in a thread by default.
    """

    def __init__(
        self,
        stale: StaleReadClient,
        *,
        connection: Literal["socket", "caller"] = "socket",
        replica: int | None = None,
        emit: Callable[[object], None] = lambda event: None,
        blocking: Blocking = in_thread,
    ) -> None:
        self._stale = stale
        self._service = stale.client.meta.service_model
        self._by_caller = connection == "caller"
        self._replica = replica
        self._emit = emit
        self._blocking = blocking
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one HTTP request."""
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        try:
            body = await _body_of(receive)
            if body is None:
                return
            key_id = key_id_of(headers.get("authorization", ""))
            model = model_of(self._service, headers.get("x-amz-target", ""))
            pinned = replica_of(key_id, len(self._stale.views)) if self._replica is None else self._replica
            asked = asked_of(model, body)
            connection = (key_id, 0) if self._by_caller else tuple(scope.get("client") or ("", 0))
            # the client would answer one at a time as well; threads that wait for it slow the one that works
            async with self._one_at_a_time:
                status, answer, replica, stale_items = await self._blocking(
                    partial(self._answer, model, asked, connection, pinned)
                )
        except WireError as refused:
            status, answer, replica, stale_items = refused.status, json.dumps(refused.document()).encode(), None, 0
        self._emit(ReplicaAnswered(operation, replica, status, stale_items))
        told = {"content-type": "application/x-amz-json-1.0", "content-length": str(len(answer))}
        told["x-amz-crc32"] = str(zlib.crc32(answer))
        if replica is not None:
            told |= {"x-gateway-sim-replica": str(replica), "x-gateway-sim-stale-items": str(stale_items)}
        lines = [(name.encode(), value.encode()) for name, value in told.items()]
        await send({"type": "http.response.start", "status": status, "headers": lines})
        await send({"type": "http.response.body", "body": answer})

    def _answer(
        self, model: Any, asked: dict[str, Any], connection: Connection, pinned: int | None
    ) -> tuple[int, bytes, int | None, int]:
        """Return status, body, the replica that was read, if one was, and how many of its items were stale."""
        try:
            told = self._stale.answer(model, asked, connection, pinned)
        except ClientError as error:
            document = error_document(self._service, error.response)
            return error.response["ResponseMetadata"]["HTTPStatusCode"], json.dumps(document).encode(), None, 0
        except StaleReadRefused as refused:
            raise WireError("ValidationException", str(refused)) from None
        except BotoCoreError as error:
            raise WireError("InternalServerError", f"the table behind the replicas: {error}", 500) from None
        return 200, body_of(model, told.parsed), told.replica, told.stale_items


async def _body_of(receive: Any) -> bytes | None:
    """Return a request's body; None if the client has gone. Raises `WireError` if it is too long."""
    pieces, length = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        pieces.append(message.get("body", b""))
        length += len(pieces[-1])
        if length > LONGEST_BODY:
            raise WireError("SerializationException", f"the body is above {LONGEST_BODY} bytes", 413)
        if not message.get("more_body", False):
            return b"".join(pieces)
