"""A connection with a DynamoDB client's operations, whose reads may return an older state."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway_sim.stale_reads.client import StaleReadClient

Answer = dict[str, Any]
TABLE_OF_STATEMENT = re.compile(r'\b(?:FROM|INTO|UPDATE)\s+"?([\w.-]+)"?', re.IGNORECASE)


class StaleReadRefused(ValueError):
    """A call that cannot be answered with stale items; the message says what to write instead."""


class StaleConnection:
    """Has the client's methods; those that are not defined here are passed to the client unchanged.

    Strong reads, including `transact_get_items`, read the table itself.
    """

    def __init__(self, stale: StaleReadClient, pick: Callable[[], int]) -> None:
        self._stale = stale
        self._client = stale.client
        self._pick = pick

    def __getattr__(self, name: str) -> Any:
        """Return the client's own attribute: its exceptions, its waiters, operations that read no items."""
        if name.startswith("__") or name == "_client":
            # `copy.copy` looks these up before the object has attributes
            raise AttributeError(name)
        return getattr(self._client, name)

    def get_item(self, **asked: Any) -> Answer:
        """Read one item, as a replica sees it unless `ConsistentRead` is true."""
        with self._turn("GetItem"):
            if asked.get("ConsistentRead"):
                return dict(self._client.get_item(**asked))
            table = _name(asked["TableName"])
            shadow = self._stale.shadow_of(table, self._pick(), [asked["Key"]])
            return _renamed(self._client.get_item(**{**asked, "TableName": shadow}), {shadow: table})

    def batch_get_item(self, **asked: Any) -> Answer:
        """Read items of several tables; those of a table without `ConsistentRead` as one replica sees them."""
        with self._turn("BatchGetItem"):
            replica, wanted, names = self._pick(), {}, {}
            for table, keys in asked["RequestItems"].items():
                strong = keys.get("ConsistentRead")
                shadow = table if strong else self._stale.shadow_of(_name(table), replica, keys["Keys"])
                wanted[shadow], names[shadow] = keys, table
            return _renamed(self._client.batch_get_item(**{**asked, "RequestItems": wanted}), names)

    def query(self, **asked: Any) -> Answer:
        """Query a table or an index, as a replica sees it unless `ConsistentRead` is true."""
        return self._read_many(self._client.query, "Query", asked)

    def scan(self, **asked: Any) -> Answer:
        """Scan a table or an index, as a replica sees it unless `ConsistentRead` is true."""
        return self._read_many(self._client.scan, "Scan", asked)

    def get_paginator(self, operation: str) -> Any:
        """Return a paginator whose pages are read through this connection."""
        # the client's function looks the operation's method up in its `self`, which is this connection
        return self._client.get_paginator.__func__(self, operation)

    def put_item(self, **asked: Any) -> Answer:
        """Write an item; replicas see it late."""
        return self._write(self._client.put_item, "PutItem", asked, {_name(asked["TableName"]): [asked["Item"]]})

    def update_item(self, **asked: Any) -> Answer:
        """Update an item; replicas see it late."""
        return self._write(self._client.update_item, "UpdateItem", asked, {_name(asked["TableName"]): [asked["Key"]]})

    def delete_item(self, **asked: Any) -> Answer:
        """Delete an item; replicas see it late."""
        return self._write(self._client.delete_item, "DeleteItem", asked, {_name(asked["TableName"]): [asked["Key"]]})

    def batch_write_item(self, **asked: Any) -> Answer:
        """Write and delete items of several tables; replicas see it late."""
        keys = {
            _name(table): [(r.get("PutRequest") or {}).get("Item") or r["DeleteRequest"]["Key"] for r in requests]
            for table, requests in asked["RequestItems"].items()
        }
        return self._write(self._client.batch_write_item, "BatchWriteItem", asked, keys)

    def transact_write_items(self, **asked: Any) -> Answer:
        """Write in a transaction; each item has a lag of its own on each replica."""
        keys: dict[str, list[Any]] = {}
        for entry in asked["TransactItems"]:
            ((_, what),) = entry.items()
            keys.setdefault(_name(what["TableName"]), []).append(what.get("Key") or what["Item"])
        return self._write(self._client.transact_write_items, "TransactWriteItems", asked, keys)

    def execute_statement(self, **asked: Any) -> Answer:
        """Execute a PartiQL statement; one that reads must be strong, or `StaleReadRefused` is raised."""
        strong = asked.get("ConsistentRead", False)
        return self._execute(self._client.execute_statement, "ExecuteStatement", asked, [(asked["Statement"], strong)])

    def batch_execute_statement(self, **asked: Any) -> Answer:
        """Execute several PartiQL statements; those that read must be strong, or `StaleReadRefused` is raised."""
        statements = [(each["Statement"], each.get("ConsistentRead", False)) for each in asked["Statements"]]
        return self._execute(self._client.batch_execute_statement, "BatchExecuteStatement", asked, statements)

    def execute_transaction(self, **asked: Any) -> Answer:
        """Execute PartiQL statements in a transaction, which reads strongly."""
        statements = [(each["Statement"], True) for each in asked["TransactStatements"]]
        return self._execute(self._client.execute_transaction, "ExecuteTransaction", asked, statements)

    def delete_table(self, **asked: Any) -> Answer:
        """Delete a table and the replicas' copies of it."""
        with self._turn("DeleteTable"):
            self._stale.forget(_name(asked["TableName"]))
            return dict(self._client.delete_table(**asked))

    def list_tables(self, **asked: Any) -> Answer:
        """List the tables without the replicas' copies."""
        with self._turn("ListTables"):
            answer = self._client.list_tables(**asked)
            return {**answer, "TableNames": [name for name in answer["TableNames"] if not self._stale.hides(name)]}

    def _read_many(self, call: Callable[..., Any], operation: str, asked: dict[str, Any]) -> Answer:
        with self._turn(operation):
            table = _name(asked["TableName"])
            if asked.get("ConsistentRead"):
                if "IndexName" in asked:
                    self._stale.refuse_strong(table, asked["IndexName"], operation)
                return dict(call(**asked))
            shadow = self._stale.whole_shadow_of(table, self._pick())
            return _renamed(call(**{**asked, "TableName": shadow}), {shadow: table})

    def _write(
        self, call: Callable[..., Any], operation: str, asked: dict[str, Any], keys: dict[str, list[Any]]
    ) -> Answer:
        with self._turn(operation):
            return dict(self._stale.write(self._pick(), keys, lambda: call(**asked)))

    def _execute(
        self, call: Callable[..., Any], operation: str, asked: dict[str, Any], statements: list[tuple[str, bool]]
    ) -> Answer:
        for statement, strong in statements:
            if statement.lstrip()[:6].upper() == "SELECT" and not strong:
                raise StaleReadRefused(
                    "PartiQL cannot read stale items: read with get_item or query, or ConsistentRead=True"
                )
        tables = sorted({name for statement, _ in statements for name in TABLE_OF_STATEMENT.findall(statement)})
        with self._turn(operation):
            return dict(self._stale.write_somewhere(tables, lambda: call(**asked)))

    @contextlib.contextmanager
    def _turn(self, operation: str) -> Iterator[None]:
        """Lock the `StaleReadClient`; rename the operation in a `ClientError` to the caller's."""
        refusal = self._client.exceptions.ClientError
        with self._stale.lock:
            try:
                yield
            except refusal as error:
                if error.operation_name == operation:
                    raise
                raise type(error)(error.response, operation) from error


def _name(table: str) -> str:
    """Return a table's name, which may be given as an ARN."""
    return table.rpartition("/")[2]


def _renamed(answer: Any, names: dict[str, str]) -> Answer:
    """Return a read's answer with the names of the real tables instead of the replicas' copies."""
    renamed = dict(answer)
    for part in ("Responses", "UnprocessedKeys"):
        if part in renamed:
            renamed[part] = {names.get(name, name): found for name, found in renamed[part].items()}
    used = renamed.get("ConsumedCapacity")
    for each in used if isinstance(used, list) else [used] if used else []:
        each["TableName"] = names.get(each["TableName"], each["TableName"])
    return renamed
