"""The route table in DynamoDB, with the address of each job's pod. One of the two files that use boto3.

Writes are conditional on the generation, so that a late write of an old incarnation changes nothing. A withdrawn route
stays as a tombstone, which distinguishes a deleted job from an unknown one.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Protocol, TypeVar

from gateway_sim.events import PublishWasRefused, RouteDraining, RoutePublished, RouteWithdrawn, StrongRead

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

T = TypeVar("T")

REGION: Final = "us-east-1"
"""The region of a table unless another is configured."""


class Blocking(Protocol):
    """Runs a blocking call and returns its result."""

    def __call__(self, call: Callable[[], T], /) -> Awaitable[T]:
        """Run `call`."""
        ...


async def inline(call: Callable[[], T]) -> T:
    """Run `call` in this thread, which takes no time on a virtual loop."""
    return call()


class RouteKey(NamedTuple):
    """A job of an account; its text is `account/job`. A tuple, since each request looks it up several times."""

    account: str
    job: str

    def __str__(self) -> str:
        return f"{self.account}/{self.job}"


@dataclass(frozen=True)
class Route:
    """The route to a job's pod; `generation` is the job's incarnation, `address` is "host:port", empty unless READY.

    `endpoints` are all addresses of a pod that has several; `address` is the first of them. A `draining` pod is READY:
    it serves the runs that it has, and takes no new one, until it is stopped. A copy of a READY route may be believed
    until the time of day `lease_until_s` (0: for ever). EXPIRED is never in the table: it is what a reader makes of a
    READY copy whose lease has ended by its clock.
    """

    account: str
    job: str
    generation: int
    state: Literal["PENDING", "READY", "TOMBSTONE", "EXPIRED"]
    address: str
    draining: bool = False
    endpoints: tuple[str, ...] = ()
    lease_until_s: float = 0.0

    @property
    def key(self) -> RouteKey:
        """The key of the route."""
        return RouteKey(self.account, self.job)


def item_of(route: Route) -> dict[str, Any]:
    """Return the route's item in the table; `draining`, `endpoints` and `lease_until` are there only if set."""
    marked: dict[str, Any] = {"draining": {"BOOL": True}} if route.draining else {}
    if route.endpoints:
        marked["endpoints"] = {"L": [{"S": address} for address in route.endpoints]}
    if route.lease_until_s:
        marked["lease_until"] = {"N": f"{route.lease_until_s:.3f}"}
    return {
        "route": {"S": str(route.key)},
        "generation": {"N": str(route.generation)},
        "address": {"S": route.address},
        "state": {"S": route.state},
        **marked,
    }


class PublishRefused(Exception):
    """The table holds a newer generation; nothing was written."""


@dataclass(frozen=True)
class Change:
    """A write to the table; `serial` numbers the table's changes from 0, `at_s` is the loop's time."""

    serial: int
    at_s: float
    route: Route


@dataclass
class History:
    """Every change to the table, by key and in order; replicas lag behind it."""

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

    `history` records the writes made through this object; replicas read it. Writes of another process to the same table
    are visible to strong reads only.
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
        self._amending = asyncio.Lock()

    async def create(self) -> None:
        """Create the table, and wait until it accepts writes."""

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
        """Write a route unless the table has a newer generation. Raises `PublishRefused`.

        Publishing the same route again is no error. A READY route replaces a PENDING one of the same generation.
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

    async def drain(self, key: RouteKey, generation: int) -> bool:
        """Mark the READY route of this generation as draining; return False if the table has another route."""
        if not await self._amend(key, generation, draining=True):
            return False
        self._emit(RouteDraining(key.account, key.job, generation))
        return True

    async def renew(self, key: RouteKey, generation: int, lease_until_s: float) -> bool:
        """Set the end of the lease of this generation's READY route; return False if the table has another route."""
        return await self._amend(key, generation, lease_until_s=lease_until_s)

    async def withdraw(self, key: RouteKey, generation: int) -> bool:
        """Replace the route of this generation by a tombstone; return False if the table has another generation."""
        tombstone = Route(key.account, key.job, generation, "TOMBSTONE", "")
        if not await self._put(tombstone, "#g = :g"):
            return False
        self._emit(RouteWithdrawn(key.account, key.job, generation))
        return True

    async def strong_read(self, key: RouteKey) -> Route | None:
        """Read the current route or tombstone; None if there never was one."""
        self._emit(StrongRead(key.account, key.job))
        return await self._read(key)

    async def _amend(self, key: RouteKey, generation: int, **changes: Any) -> bool:
        # one change at a time, or a renewal would undo a mark that was set since it read the route
        async with self._amending:
            current = await self._read(key)
            if current is None or current.generation != generation or current.state != "READY":
                return False
            return await self._put(replace(current, **changes), "#g = :g AND #a = :a AND #s = :s")

    async def _put(self, route: Route, condition: str) -> bool:
        """Write an item if the condition holds; record the change and return True if it did."""
        values: dict[str, Any] = {
            ":g": {"N": str(route.generation)},
            ":a": {"S": route.address},
            ":s": {"S": route.state},
            ":p": {"S": "PENDING"},
        }
        names = {"#r": "route", "#g": "generation", "#a": "address", "#s": "state"}

        def call() -> bool:
            try:
                self._client.put_item(
                    TableName=self.table_name,
                    Item=item_of(route),
                    ConditionExpression=condition,
                    ExpressionAttributeNames={k: v for k, v in names.items() if k in condition},
                    ExpressionAttributeValues={k: v for k, v in values.items() if k in condition},
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                return False
            return True

        # one write at a time: threads may return in another order than they wrote in, and `history` must not
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
        draining = item.get("draining", {}).get("BOOL", False)
        lease_until_s = float(item.get("lease_until", {}).get("N", 0))
        generation, state, address = item["generation"]["N"], item["state"]["S"], item["address"]["S"]
        endpoints = tuple(one["S"] for one in item.get("endpoints", {}).get("L", ()))
        return Route(key.account, key.job, int(generation), state, address, draining, endpoints, lease_until_s)


@lru_cache(maxsize=8)
def dynamodb_client(endpoint_url: str | None) -> DynamoDBClient:
    """Return the process's client of this endpoint; None is AWS's own, which moto replaces while it is active.

    A client costs 50 ms and a session 300 ms (docs/reference/costs.md §2), so each endpoint has one. For a named
    endpoint it uses the AWS keys and region of the environment, or placeholders, which emulators accept. Requests to
    moto are not signed.
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
            # AWS_ENDPOINT_URL_DYNAMODB may name the endpoint that `gateway-sim dynamodb` serves
            ignore_configured_endpoint_urls=True,  # type: ignore[call-arg]  # the stubs lack it
            # moto checks no signature, and signing takes a tenth of a call
            signature_version=UNSIGNED if endpoint_url is None else None,
        ),
    )
