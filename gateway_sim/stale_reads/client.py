"""The public face: gives readers of DynamoDB replicas that lag."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from gateway_sim.balancer import Balancer, Connection, PerConnection, RoundRobin
from gateway_sim.replicas import View
from gateway_sim.stale_reads.call_hook import CallHook
from gateway_sim.stale_reads.connection import connected, events_of, require_blocking_client, untranslated
from gateway_sim.stale_reads.lagging_tables import LaggingTables
from gateway_sim.stale_reads.operations import Operations
from gateway_sim.stale_reads.refusals import StaleReadRefused
from gateway_sim.stale_reads.shadow_table import Shown

Reader = TypeVar("Reader")


@dataclass(frozen=True)
class Told:
    """The answer to a call: parsed as by botocore, the replica that was read (None: the table), its stale items."""

    parsed: dict[str, Any]
    replica: int | None
    stale_items: int


class StaleReadClient:
    """Makes the reads of any DynamoDB reader lag; `views` has one view for each replica and may be changed.

    `client` is a boto3 client, which makes the requests of all readers. `now` returns seconds, `seed` decides every
    lag, `miss_ttl_s` is how long a replica caches a miss (0: not at all). For a table in `shown_by`, a function decides
    what a replica shows: it gets the replica, the item's key (`ItemHistory.key_of`) and the time, and returns the item
    or None. It is as thread-safe as the client.
    With `only_writer`, no client but this object's readers writes the tables or changes their keys and indexes; each
    call then needs fewer requests. `keep_s` bounds the memory: a state of an item is dropped once it was replaced more
    than `keep_s` seconds ago and no replica can show it through its view. A view that shows an older time later shows
    the oldest state that was kept.
    Raises `StaleReadRefused` for another kind of client, without a view, or for a negative number of seconds.
    """

    def __init__(
        self,
        client: Any,
        views: Sequence[View],
        *,
        now: Callable[[], float],
        seed: int = 0,
        balancer: Balancer | None = None,
        miss_ttl_s: float = 0.0,
        shown_by: Mapping[str, Shown] | None = None,
        only_writer: bool = False,
        keep_s: float = math.inf,
    ) -> None:
        require_blocking_client(client)
        if not views:
            raise StaleReadRefused("stale reads need a view for each replica, and there is none: write [Fresh()]")
        for name, seconds in (("miss_ttl_s", miss_ttl_s), ("keep_s", keep_s)):
            if not seconds >= 0:
                raise StaleReadRefused(f"{name} is {seconds:g}; it must be 0 or more")
        self.client = client
        self.views = list(views)
        self._lock = threading.RLock()
        own = untranslated(client)
        self._tables = LaggingTables(
            own,
            lambda replica: self.views[replica],
            now,
            seed,
            miss_ttl_s,
            shown_by or {},
            only_writer=only_writer,
            keep_s=keep_s,
            replicas=lambda: len(self.views),
        )
        self._operations = Operations(own, self._tables)
        self._balancer = balancer or PerConnection(RoundRobin())
        self._wrapped: list[tuple[CallHook, Any]] = []
        self._closed = False

    def __enter__(self) -> StaleReadClient:
        """Return this object; leaving the block closes it."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close it."""
        self.close()

    def connect(self, replica: int | None = None) -> Any:
        """Return a boto3 client whose reads may be stale, a connection of its own; the client given does not change.

        The balancer picks the replica unless `replica` is given.
        """
        hook, reader = self._hook(replica), connected(self.client)
        hook.register(reader.meta.events)
        return reader

    def wrap(self, reader: Reader, replica: int | None = None) -> Reader:
        """Make the reads of `reader` stale until this object is closed, and return it.

        A reader is a client, resource, table or session of boto3, aioboto3, botocore or aiobotocore, or a model or
        connection of PynamoDB. All its calls are made by the client given to this object. Each client is a connection;
        a session's are those that it makes from now on. Raises `StaleReadRefused` for anything else.
        """
        hook, events = self._hook(replica), events_of(reader)
        hook.register(events)
        self._wrapped.append((hook, events))
        return reader

    def answer(self, model: Any, asked: dict[str, Any], connection: Connection, replica: int | None = None) -> Told:
        """Answer a call of an operation, by its botocore model, with parameters that botocore has validated.

        The balancer picks the replica for the connection unless `replica` is given. Raises what the client raises, and
        `StaleReadRefused` for what cannot be answered with stale items.
        """

        def pick() -> int:
            return self._balancer.pick(connection, len(self.views)) if replica is None else replica

        with self._lock:
            if self._closed:
                raise StaleReadRefused(
                    f"{model.name}: the StaleReadClient of this client is closed: read inside its `with` block"
                )
            self._tables.read_from, self._tables.stale_items = None, 0
            parsed = self._operations.answer(model, asked, pick)
            return Told(parsed, self._tables.read_from, self._tables.stale_items)

    def states(self) -> int:
        """Return how many states of items are kept, of all tables."""
        with self._lock:
            return self._tables.states()

    def close(self) -> None:
        """Unwrap the readers and delete the replicas' copies; the real tables do not change."""
        with self._lock:
            self._closed = True
            for hook, events in self._wrapped:
                hook.unregister(events)
            self._wrapped.clear()
            self._tables.forget_all()

    def _hook(self, replica: int | None) -> CallHook:
        if replica is not None and not 0 <= replica < len(self.views):
            raise StaleReadRefused(f"there is no replica {replica}; they are numbered 0 to {len(self.views) - 1}")

        def answer(model: Any, asked: dict[str, Any], connection: Connection) -> dict[str, Any]:
            return self.answer(model, asked, connection, replica).parsed

        return CallHook(answer)
