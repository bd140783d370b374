"""The botocore clients on both sides of a hook: those that are given to readers, and those that readers have."""

import copy
import inspect
from typing import Any, NoReturn

from botocore.client import BaseClient

from gateway_sim.stale_reads.refusals import StaleReadRefused

TRANSLATIONS = {
    "dynamodb-create-params-copy": "provide-client-params.dynamodb",
    "dynamodb-condition-expression": "before-parameter-build.dynamodb",
    "dynamodb-attr-value-input": "before-parameter-build.dynamodb",
    "dynamodb-attr-value-output": "after-call.dynamodb",
}
"""The handlers, with their events, by which a resource translates between Python's values and DynamoDB's."""


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
