"""Other stores for the route table, and other ways to read it, for timed races."""

import contextlib
from collections.abc import Iterator
from typing import Any

from gateway_sim.replicas import Replica
from gateway_sim.route_table import Route, RouteKey, dynamodb_client
from gateway_sim.scenarios.engines.virtual.engine import VirtualEngine


class ConditionalCheckFailedException(Exception):
    """A write's condition did not hold."""


class Memory:
    """The three calls that a route table makes, over a dict: what a race costs without moto."""

    class exceptions:
        """Where boto3's clients keep theirs."""

        ConditionalCheckFailedException = ConditionalCheckFailedException

    def __init__(self) -> None:
        self._items: dict[str, Any] = {}

    def create_table(self, **asked: Any) -> Any:
        """Be ready at once."""
        return {"TableDescription": {"TableStatus": "ACTIVE"}}

    def delete_table(self, **asked: Any) -> None:
        """Forget everything."""
        self._items.clear()

    def get_item(self, **asked: Any) -> Any:
        """Return an item, or nothing."""
        item = self._items.get(asked["Key"]["route"]["S"])
        return {"Item": item} if item else {}

    def put_item(self, **asked: Any) -> None:
        """Write an item unless a newer generation stands, or, for a tombstone, another one."""
        item = asked["Item"]
        name, generation = item["route"]["S"], int(item["generation"]["N"])
        before = self._items.get(name)
        stands = int(before["generation"]["N"]) if before else None
        if item["state"]["S"] == "TOMBSTONE":
            if stands != generation:
                raise ConditionalCheckFailedException
        elif stands is not None and stands > generation:
            raise ConditionalCheckFailedException
        self._items[name] = item


@contextlib.contextmanager
def in_memory() -> Iterator[None]:
    """Let virtual worlds keep their table in a dict."""
    before = VirtualEngine.dynamodb
    VirtualEngine.dynamodb = lambda self: Memory()  # type: ignore[method-assign]
    try:
        yield
    finally:
        VirtualEngine.dynamodb = before  # type: ignore[method-assign]


@contextlib.contextmanager
def looked_up_in_moto() -> Iterator[None]:
    """Let every lookup of a replica also read the table, eventually consistent, as a gateway without a feed does."""
    read = Replica.read

    def with_a_read(self: Replica, key: RouteKey, now_s: float) -> Route | None:
        """Read the table, and answer from the replica's view."""
        dynamodb_client(None).get_item(TableName="routes", Key={"route": {"S": str(key)}})
        return read(self, key, now_s)

    Replica.read = with_a_read  # type: ignore[method-assign]
    try:
        yield
    finally:
        Replica.read = read  # type: ignore[method-assign]


@contextlib.contextmanager
def as_usual() -> Iterator[None]:
    """Change nothing: writes go to moto and feed the replicas."""
    yield
