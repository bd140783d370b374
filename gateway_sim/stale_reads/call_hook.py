"""Answers the calls of a botocore client in its place, through the events that every call of it emits.

Clients, resources, paginators, waiters, PynamoDB and aiobotocore all reach `_make_api_call`. It emits
`before-parameter-build` with the parameters, which a resource has translated by then, and `before-call` once they have
been validated. A handler of `before-call` may return the response; botocore then raises the error of a refused call
itself. So a client with a hook sends nothing, and what it is about to send has bypassed the hook.
"""

from __future__ import annotations

import asyncio
import inspect
import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn
from weakref import WeakKeyDictionary

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError

from gateway_sim.stale_reads.refusals import StaleReadRefused

if TYPE_CHECKING:
    from gateway_sim.balancer import Connection

NOTE = "gateway_sim.stale_reads"
"""The place of the parameters in a call's context."""

_numbers = itertools.count(1)


class CallHook:
    """Passes each call of the clients that share an emitter of events to `answer(model, asked, connection)`.

    Each client is a connection, for the balancer. If several hooks are registered, the last answers.
    """

    def __init__(self, answer: Callable[[Any, dict[str, Any], Connection], dict[str, Any]]) -> None:
        self._answer = answer
        self._connections: WeakKeyDictionary[Any, Connection] = WeakKeyDictionary()

    def register(self, events: Any) -> None:
        """Begin to answer."""
        for event, handler in self._handlers():
            events.register_last(event, handler)

    def unregister(self, events: Any) -> None:
        """End it."""
        for event, handler in self._handlers():
            events.unregister(event, handler)

    def _handlers(self) -> list[tuple[str, Callable[..., Any]]]:
        return [
            ("before-parameter-build.dynamodb", self._note),
            ("before-call.dynamodb", self._before_call),
            ("before-send.dynamodb", self._before_send),
        ]

    def _note(self, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        context[NOTE] = (self, params)

    def _before_call(self, model: Any, context: dict[str, Any], request_signer: Any, **_: Any) -> Any:
        hook, asked = context[NOTE]
        if hook is not self:
            return None
        if request_signer not in self._connections:
            self._connections[request_signer] = ("stale-reads", next(_numbers))
        connection = self._connections[request_signer]
        if inspect.iscoroutinefunction(request_signer.sign):
            # aiobotocore awaits what a handler returns; the event loop must not wait for a client that blocks
            return asyncio.to_thread(self._respond, model, asked, connection)
        return self._respond(model, asked, connection)

    def _before_send(self, event_name: str, **_: Any) -> NoReturn:
        raise StaleReadRefused(
            f"{event_name.rpartition('.')[2]} was sent without botocore's _make_api_call, so its items could not "
            "be stale: call the client's own methods; PynamoDB does so from 6.0 on"
        )

    def _respond(self, model: Any, asked: dict[str, Any], connection: Connection) -> tuple[AWSResponse, Any]:
        try:
            parsed: Any = self._answer(model, asked, connection)
            status = 200
        except ClientError as error:
            parsed = error.response
            status = parsed["ResponseMetadata"]["HTTPStatusCode"]
        # botocore reads the status alone; its own Stubber answers so too
        return AWSResponse("", status, HTTPHeaders(), None), parsed
