"""The route table in DynamoDB: where each job's pod is. One of the two files that talk to boto3.

Writes are conditional on the generation, so that a late write of an old incarnation changes nothing; a withdrawn route
stays as a tombstone, so that "gone" can be told from "never seen".
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Protocol, TypeVar

from gateway_sim.events import PublishWasRefused, RoutePublished, RouteWithdrawn, StrongRead

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

T = TypeVar("T")

REGION: Final = "us-east-1"
"""The region of a table unless another is configured."""


class Blocking(Protocol):
    """Runs a call that does not await, and returns what it returns."""

    def __call__(self, call: Callable[[], T], /) -> Awaitable[T]:
        """Run `call`."""
        ...


async def inline(call: Callable[[], T]) -> T:
    """Run `call` right here: no thread, and no time on a virtual loop."""
    return call()


class RouteKey(NamedTuple):
    """Whose route: prints as `account/job`. A tuple, for it is looked up several times in every request."""

    account: str
    job: str

    def __str__(self) -> str:
        return f"{self.account}/{self.job}"


@dataclass(frozen=True)
class Route:
    """Where a job's pod is; `generation` is the job's incarnation, `address` is "host:port", empty unless READY."""

    account: str
    job: str
    generation: int
    state: Literal["PENDING", "READY", "TOMBSTONE"]
    address: str

    @property
    def key(self) -> RouteKey:
        """Whose route this is."""
        return RouteKey(self.account, self.job)


class PublishRefused(Exception):
    """A newer generation stands; nothing was written."""


@dataclass(frozen=True)
class Change:
    """A write to the table; `serial` numbers the table's changes from 0, `at_s` is the loop's time."""

    serial: int
    at_s: float
    route: Route


@dataclass
class History:
    """Every change to the table, by key and in order: the truth that replicas lag behind."""

    changes: dict[RouteKey, list[Change]] = field(default_factory=dict)
    length: int = 0

    def record(self, route: Route, at_s: float) -> None:
        """Add a change."""
        self.changes.setdefault(route.key, []).append(Change(self.length, at_s, route))
        self.length += 1

    def of(self, key: RouteKey) -> list[Change]:
        """Return the key's changes, oldest first."""
        return self.changes.get(key, [])


class RouteTable:
    """One DynamoDB table of routes, keyed by `account/job`.

    `history` follows the writes made through this object, and replicas follow it; a second process that writes to the
    same table is seen by strong reads only.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        *,
        table_name: str = "routes",
        emit: Callable[[object], None],
        blocking: Blocking = inline,
    ) -> None:
        self.table_name = table_name
        self.history = History()
        self._client = client
        self._emit = emit
        self._blocking = blocking
        self._writing = asyncio.Lock()

    async def create(self) -> None:
        """Create the table, and wait until it can be written to."""

        def call() -> None:
            made = self._client.create_table(
                TableName=self.table_name,
                KeySchema=[{"AttributeName": "route", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "route", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
            # emulators answer ACTIVE; DynamoDB itself takes some seconds
            if made["TableDescription"].get("TableStatus") != "ACTIVE":
                self._client.get_waiter("table_exists").wait(TableName=self.table_name)

        await self._blocking(call)

    async def drop(self) -> None:
        """Delete the table."""
        await self._blocking(lambda: self._client.delete_table(TableName=self.table_name))

    async def publish(self, route: Route) -> None:
        """Write a route unless a newer generation stands. Raises `PublishRefused`; the same route again is no error.

        A PENDING route of the same generation is what a READY one takes the place of.
        """
        written = await self._put(
            route, "attribute_not_exists(#r) OR #g < :g OR (#g = :g AND (#s = :p OR (#a = :a AND #s = :s)))"
        )
        if not written:
            current = await self._read(route.key)
            standing = current.generation if current else 0
            self._emit(PublishWasRefused(route.account, route.job, route.generation, standing))
            raise PublishRefused(f"{route.key} stands at generation {standing}; {route.generation} was not published")
        self._emit(RoutePublished(route.account, route.job, route.generation, route.address))

    async def withdraw(self, key: RouteKey, generation: int) -> bool:
        """Turn the route of this generation into a tombstone; False, and nothing written, when another stands."""
        tombstone = Route(key.account, key.job, generation, "TOMBSTONE", "")
        if not await self._put(tombstone, "#g = :g"):
            return False
        self._emit(RouteWithdrawn(key.account, key.job, generation))
        return True

    async def strong_read(self, key: RouteKey) -> Route | None:
        """Read the route as it stands, tombstones included; None when there never was one."""
        self._emit(StrongRead(key.account, key.job))
        return await self._read(key)

    async def _put(self, route: Route, condition: str) -> bool:
        """Write an item if the condition holds, record the change, and say whether it did."""
        values: dict[str, Any] = {
            ":g": {"N": str(route.generation)},
            ":a": {"S": route.address},
            ":s": {"S": route.state},
            ":p": {"S": "PENDING"},
        }
        names = {"#r": "route", "#g": "generation", "#a": "address", "#s": "state"}
        item = {
            "route": {"S": str(route.key)},
            "generation": values[":g"],
            "address": values[":a"],
            "state": values[":s"],
        }

        def call() -> bool:
            try:
                self._client.put_item(
                    TableName=self.table_name,
                    Item=item,
                    ConditionExpression=condition,
                    ExpressionAttributeNames={k: v for k, v in names.items() if k in condition},
                    ExpressionAttributeValues={k: v for k, v in values.items() if k in condition},
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                return False
            return True

        # one write after the other: threads may end in another order than they wrote in, and replicas would follow it
        async with self._writing:
            written = await self._blocking(call)
            if written:
                self.history.record(route, asyncio.get_running_loop().time())
        return written

    async def _read(self, key: RouteKey) -> Route | None:
        def call() -> Any:
            asked = {"route": {"S": str(key)}}
            return self._client.get_item(TableName=self.table_name, Key=asked, ConsistentRead=True).get("Item")

        item = await self._blocking(call)
        if item is None:
            return None
        return Route(key.account, key.job, int(item["generation"]["N"]), item["state"]["S"], item["address"]["S"])


@lru_cache(maxsize=8)
def dynamodb_client(endpoint_url: str | None) -> DynamoDBClient:
    """Return the process's client of this endpoint; None is AWS's own name, which moto answers while it is active.

    Making a client costs 50 ms and a session 300 ms (docs/reference/costs.md §2), so there is one for each endpoint. An
    endpoint that is named is spoken to with the caller's own AWS keys and region where the environment has them, and
    with placeholders otherwise, which emulators take; what moto answers is not signed at all.
    """
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config

    theirs = endpoint_url is not None and "AWS_ACCESS_KEY_ID" in os.environ
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint_url,
        region_name=(os.environ.get("AWS_REGION") if theirs else None) or REGION,
        aws_access_key_id=None if theirs else "gateway-sim",
        aws_secret_access_key=None if theirs else "gateway-sim",
        config=Config(
            parameter_validation=False,
            retries={"total_max_attempts": 2},
            account_id_endpoint_mode="disabled",
            user_agent="gateway-sim",
            # moto looks at no signature, and to sign takes a tenth of a call
            signature_version=UNSIGNED if endpoint_url is None else None,
        ),
    )
