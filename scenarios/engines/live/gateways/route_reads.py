"""The route table as the instances of a gateway read it: each one the past of its own replica."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

from gateway_sim.balancer import Connection
from gateway_sim.events import StrongRead
from gateway_sim.replicas import Fresh
from gateway_sim.route_table import RouteKey, item_of
from gateway_sim.scenarios.engines.live.gateways.requests import Requests
from gateway_sim.scenarios.sim.errors import GatewaySimError
from gateway_sim.scenarios.world.builder import World
from gateway_sim.stale_reads import StaleReadClient
from gateway_sim.stale_reads.client import Told
from gateway_sim.stale_reads.item_history import Item, ItemKey

PARTIQL: Final = ("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction")
READS: Final = ("GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems", *PARTIQL)
"""The operations that read items; PartiQL's do if all statements select."""
FRESH: Final = ("TransactGetItems", "ExecuteTransaction")
"""The operations that are always strongly consistent."""


class RouteTableWritten(GatewaySimError):
    """An instance of a gateway tried to write to the route table, which only the control plane may write."""


class RouteReads(StaleReadClient):
    """Answers the reads of a gateway's instances: of the route table by the world's replicas, of other tables freshly.

    Strong reads fail while a fault of the world blocks them; where a fault makes them prove nothing, a replica answers.
    A write to the route table is refused, as by the rights that a platform gives its gateway, and ends the run.
    """

    def __init__(self, world: World, requests: Requests) -> None:
        self._world = world
        self._requests = requests
        self._loop = asyncio.get_running_loop()
        self._table = world.table.table_name
        views = [Fresh() for _ in world.replicas]
        super().__init__(world.engine.dynamodb(), views, now=self._loop.time, shown_by={self._table: self._shown})

    def answer(self, model: Any, asked: dict[str, Any], connection: Connection, replica: int | None = None) -> Told:
        """Answer an operation of the instance that reads as `replica`."""
        if self._table in _tables(asked):
            if _writes(model.name, asked):
                self._refuse_write(model.name, replica)
            if model.name in READS and _is_strong(model.name, asked):
                asked = self._strongly(model.name, asked)
        return super().answer(model, asked, connection, replica)

    def _shown(self, replica: int, key: ItemKey, now_s: float) -> Item | None:
        """Return the item that a replica sees."""
        account, _, job = key[0].removeprefix("S ").partition("/")
        route_key, seen_by = RouteKey(account, job), self._world.replicas[replica]
        route = seen_by.read(route_key, now_s)
        self._loop.call_soon_threadsafe(self._requests.showed, seen_by.name, route_key, route)
        return item_of(route) if route else None

    def _strongly(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Return the parameters of a strong read, of an eventual one if a fault makes it such. Raises `ClientError`."""
        primary = self._world.primary
        if (way := primary.refused) is not None:
            self._loop.call_soon_threadsafe(primary.failed, way)
            if way == "index":
                raise _error("ValidationException", f"Consistent reads are not supported: {operation}", 400, operation)
            raise _error("InternalServerError", "the table's primary cannot be reached", 500, operation)
        for account, job in _keys(asked, self._table):
            self._loop.call_soon_threadsafe(self._world.trace.emitter("table"), StrongRead(account, job))
        if primary.ways and operation not in FRESH:
            self._loop.call_soon_threadsafe(primary.failed, primary.ways[0])
            return _eventual(asked)
        return asked

    def _refuse_write(self, operation: str, replica: int | None) -> None:
        name = self._world.replicas[replica or 0].name
        written = RouteTableWritten(
            f"gateway instance {name} sent {operation} to the route table {self._table}; "
            "a gateway only reads routes, the control plane writes them"
        )
        self._loop.call_soon_threadsafe(self._world.end, written)
        raise _error("AccessDeniedException", str(written), 400, operation)


def _tables(asked: Mapping[str, Any]) -> set[str]:
    """Return the tables that an operation's parameters name."""
    actions = [each for action in asked.get("TransactItems", ()) for each in action.values()]
    words = " ".join(each.get("Statement", "") for each in _statements(asked))
    named = {asked.get("TableName"), *asked.get("RequestItems", ()), *(each.get("TableName") for each in actions)}
    # an ARN ends with the table's name
    return {name.rpartition("/")[2] for name in named if name} | set(words.replace('"', " ").replace("'", " ").split())


def _statements(asked: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return what may have a statement of PartiQL: the parameters, and the parts of a batch or a transaction."""
    return asked, *asked.get("Statements", ()), *asked.get("TransactStatements", ())


def _writes(operation: str, asked: Mapping[str, Any]) -> bool:
    """Say whether an operation changes a table; one that this file does not know does, unless it describes."""
    if operation in PARTIQL:
        written = [each["Statement"] for each in _statements(asked) if "Statement" in each]
        return not all(statement.lstrip().lower().startswith("select") for statement in written)
    return operation not in READS and not operation.startswith(("Describe", "List"))


def _is_strong(operation: str, asked: Mapping[str, Any]) -> bool:
    batches = asked.get("RequestItems", {}).values()
    each = [*_statements(asked), *(batch for batch in batches if isinstance(batch, Mapping))]
    return operation in FRESH or any(one.get("ConsistentRead") for one in each)


def _eventual(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters without `ConsistentRead`."""
    kept = {name: value for name, value in asked.items() if name != "ConsistentRead"}
    if statements := asked.get("Statements"):
        kept["Statements"] = [_eventual(statement) for statement in statements]
    if batches := asked.get("RequestItems"):
        kept["RequestItems"] = {table: _eventual(batch) for table, batch in batches.items()}
    return kept


def _keys(asked: Mapping[str, Any], table: str) -> Iterator[tuple[str, str]]:
    """Yield account and job of each route that a read names; a query or scan names none, and yields one empty pair."""
    gets = [action["Get"] for action in asked.get("TransactItems", ()) if "Get" in action]
    keys: Sequence[Any] = [
        *([asked["Key"]] if "Key" in asked else []),
        *asked.get("RequestItems", {}).get(table, {}).get("Keys", ()),
        *(get["Key"] for get in gets if get["TableName"] == table),
    ]
    for key in keys:
        account, _, job = key.get("route", {}).get("S", "").partition("/")
        yield account, job
    if not keys:
        yield "", ""


def _error(code: str, message: str, status: int, operation: str) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, operation)
