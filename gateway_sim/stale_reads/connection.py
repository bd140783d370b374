"""Answers the calls of a botocore client in its place, through the events that every call of it emits.

Clients, resources, paginators, waiters, PynamoDB and aiobotocore all reach `_make_api_call`. It emits
`before-parameter-build` with the parameters, which a resource has translated by then, and `before-call` once they have
been validated. A handler of `before-call` may return the response; botocore then raises the error of a refused call
itself. So a client with a hook sends nothing, and what it is about to send has bypassed the hook.
"""

from __future__ import annotations

import asyncio
import copy
import inspect
import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn
from weakref import WeakKeyDictionary

from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError

from gateway_sim.stale_reads.refusals import StaleReadRefused

if TYPE_CHECKING:
    from gateway_sim.balancer import Connection

NOTE = "gateway_sim.stale_reads"
"""The place of the parameters in a call's context."""

TRANSLATIONS = {
    "dynamodb-create-params-copy": "provide-client-params.dynamodb",
    "dynamodb-condition-expression": "before-parameter-build.dynamodb",
    "dynamodb-attr-value-input": "before-parameter-build.dynamodb",
    "dynamodb-attr-value-output": "after-call.dynamodb",
}
"""The handlers, with their events, by which a resource translates between Python's values and DynamoDB's."""

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
            status = parsed.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        # botocore reads the status alone; its own Stubber answers so too
        return AWSResponse("", status, HTTPHeaders(), None), parsed


class StaleConnection:
    """A boto3 client whose reads may be stale; copies of it, shallow or deep, are the same connection."""

    def __copy__(self) -> Any:
        return _twin(self, type(self))

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return _twin(self, type(self))

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise StaleReadRefused(
            "a client with stale reads cannot be pickled, as no boto3 client can: "
            "make a StaleReadClient in the process that reads"
        )


def connected(client: Any) -> Any:
    """Return a `StaleConnection` that sends as `client` does; its events have no hook yet."""
    return _detached(client, type(type(client).__name__, (StaleConnection, type(client)), {}))


def untranslated(client: Any) -> Any:
    """Return a client for DynamoDB's own values that sends as `client`, which may be a resource's, does."""
    plain = _detached(client, type(client))
    for handler, event in TRANSLATIONS.items():
        plain.meta.events.unregister(event, unique_id=handler)
    return plain


def require_blocking_client(client: Any) -> None:
    """Raise `StaleReadRefused` for what is no boto3 or botocore client of DynamoDB."""
    if not _is_client(client):
        raise StaleReadRefused(
            f"StaleReadClient takes boto3.client('dynamodb'), and got {_name_of(client)}: "
            "give it a client of the same tables, and pass your own object to its method wrap"
        )
    if inspect.iscoroutinefunction(client._request_signer.sign):
        raise StaleReadRefused(
            "StaleReadClient takes a boto3 client, and got one of aiobotocore: "
            "give it boto3.client('dynamodb') of the same tables, and pass the aiobotocore client to its method wrap"
        )


def events_of(reader: Any) -> Any:
    """Return the emitter of the events of a reader's client; raises `StaleReadRefused` for an unknown reader."""
    found = reader
    if isinstance(found, type) and hasattr(found, "_get_connection"):
        found = found._get_connection()  # a model of PynamoDB
    if type(found).__module__.startswith("pynamodb."):
        found = getattr(found, "connection", found)  # a table's connection, which has a connection
        found = found.client
    elif hasattr(found, "get_component"):
        return found.get_component("event_emitter")  # a session of botocore or aiobotocore
    elif hasattr(found, "client") and hasattr(found, "events"):
        return found.events  # a session of boto3 or aioboto3
    found = getattr(getattr(found, "meta", None), "client", found)  # a resource, or a table of one
    if not _is_client(found):
        raise StaleReadRefused(
            f"{_name_of(reader)} cannot be wrapped: wrap takes a client, resource, table or session of boto3, "
            "aioboto3, botocore or aiobotocore, for DynamoDB, or a model or connection of PynamoDB from 6.0 on"
        )
    return found.meta.events


def _twin(client: Any, kind: type) -> Any:
    """Return a client of a kind that has the parts of `client`."""
    other: Any = object.__new__(kind)
    other.__dict__.update(client.__dict__)
    return other


def _detached(client: Any, kind: type) -> Any:
    """Return a client of a kind that sends as `client` does and has handlers of events of its own."""
    other, events = _twin(client, kind), copy.copy(client.meta.events)
    other.meta, other._endpoint = copy.copy(client.meta), copy.copy(client._endpoint)
    other.meta.events = other._endpoint._event_emitter = events
    return other


def _is_client(found: Any) -> bool:
    return isinstance(found, BaseClient) and found.meta.service_model.service_name == "dynamodb"


def _name_of(found: Any) -> str:
    kind = found if isinstance(found, type) else type(found)
    return f"{kind.__module__}.{kind.__qualname__}"
