"""Answers each operation of DynamoDB as one replica would."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, TypeVar

from botocore import xform_name
from botocore.exceptions import ClientError

from gateway_sim.stale_reads.item_history import Item
from gateway_sim.stale_reads.lagging_tables import LaggingTables
from gateway_sim.stale_reads.partiql import is_read, tables_of, with_table
from gateway_sim.stale_reads.refusals import StaleReadRefused

Asked = dict[str, Any]
Answer = dict[str, Any]
Pick = Callable[[], int]
"""Returns the replica that answers."""
Result = TypeVar("Result")

BROKEN = (LookupError, TypeError, AttributeError)
UNREADABLE = (ClientError, *BROKEN)
"""What finding the items of a request raises if the request is wrong or its table is not there."""


class Operations:
    """Makes the calls of readers with `client`, on the tables themselves or on a replica's copies of them."""

    def __init__(self, client: Any, tables: LaggingTables) -> None:
        self._client = client
        self._tables = tables
        self._ways: dict[str, Callable[[str, Asked, Pick], Answer]] = {
            "GetItem": self._get_item,
            "BatchGetItem": self._batch_get_item,
            "Query": self._read_many,
            "Scan": self._read_many,
            "PutItem": self._write,
            "UpdateItem": self._write,
            "DeleteItem": self._write,
            "BatchWriteItem": self._write,
            "TransactGetItems": self._pass,  # serializable, so never stale
            "TransactWriteItems": self._write,
            "ExecuteStatement": self._execute_statement,
            "BatchExecuteStatement": self._execute_batch,
            "ExecuteTransaction": self._execute_transaction,
            "CreateTable": self._replace_table,
            "DeleteTable": self._replace_table,
            "ListTables": self._list_tables,
        }

    def answer(self, model: Any, asked: Asked, pick: Pick) -> Answer:
        """Return the response to an operation, by its botocore model; raises `ClientError` as the client does.

        Raises `StaleReadRefused` for any other operation on items.
        """
        way = self._ways.get(model.name)
        if way is None and concerns_items(model):
            raise StaleReadRefused(
                f"{model.name} cannot be answered with stale items: "
                "read with GetItem, BatchGetItem, Query, Scan or ExecuteStatement, or with a client that is not wrapped"
            )
        return (way or self._pass)(model.name, asked, pick)

    def _call(self, operation: str, asked: Asked) -> Answer:
        return dict(getattr(self._client, xform_name(operation))(**asked))

    def _pass(self, operation: str, asked: Asked, pick: Pick) -> Answer:
        answer = self._call(operation, asked)
        # it may have been UpdateTable
        self._tables.forget_schema(_name(asked.get("TableName", "")))
        return answer

    def _checked(self, operation: str, asked: Asked, step: Callable[[], Result]) -> Result:
        """Return the result of a step; if it fails, raise the table's own error, which names no copy."""
        try:
            return step()
        except UNREADABLE:
            # an emulator may break where DynamoDB refuses: its failure says nothing
            with suppress(*BROKEN):
                self._call(operation, asked)
            raise

    def _get_item(self, operation: str, asked: Asked, pick: Pick) -> Answer:
        if asked.get("ConsistentRead"):
            return self._call(operation, asked)

        def read() -> Answer:
            table = _name(asked["TableName"])
            shadow = self._tables.place_of(table, pick(), [asked["Key"]])
            return _renamed(self._call(operation, {**asked, "TableName": shadow}), {shadow: table})

        return self._checked(operation, asked, read)

    def _batch_get_item(self, operation: str, asked: Asked, pick: Pick) -> Answer:
        def read() -> Answer:
            replica, wanted, names = pick(), {}, {}
            for table, keys in asked["RequestItems"].items():
                strong = keys.get("ConsistentRead")
                shadow = table if strong else self._tables.place_of(_name(table), replica, keys["Keys"])
                wanted[shadow], names[shadow] = keys, table
            return _renamed(self._call(operation, {**asked, "RequestItems": wanted}), names)

        return self._checked(operation, asked, read)

    def _read_many(self, operation: str, asked: Asked, pick: Pick) -> Answer:
        if asked.get("ConsistentRead"):
            answer = self._call(operation, asked)
            self._tables.refuse_strong(_name(asked["TableName"]), asked.get("IndexName"), operation)
            return answer

        def read() -> Answer:
            table = _name(asked["TableName"])
            shadow = self._tables.place_of(table, pick())
            return _renamed(self._call(operation, {**asked, "TableName": shadow}), {shadow: table})

        return self._checked(operation, asked, read)

    def _write(self, operation: str, asked: Asked, pick: Pick) -> Answer:
        replica, written = pick(), dict[str, list[Item]]()

        def notice() -> None:
            for table, item in _items_of(operation, asked):
                written.setdefault(table, []).append(item)
            for table, items in written.items():
                self._tables.notice(table, items)

        self._checked(operation, asked, notice)
        answer = self._call(operation, asked)
        for table, items in written.items():
            for item in items:
                self._tables.meet(table, item)
                self._tables.forget_miss(table, replica, item)
        return answer

    def _execute_statement(self, operation: str, asked: Asked, pick: Pick) -> Answer:
        statement = asked["Statement"]
        if not is_read(statement):
            return self._execute(operation, asked, [statement])
        if asked.get("ConsistentRead"):
            answer = self._call(operation, asked)
            for table, index in tables_of(statement):
                self._tables.refuse_strong(table, index, operation)
            return answer

        def read() -> Answer:
            changed, names = self._of_replica(operation, statement, pick())
            return _renamed(self._call(operation, {**asked, "Statement": changed}), names)

        return self._checked(operation, asked, read)

    def _execute_batch(self, operation: str, asked: Asked, pick: Pick) -> Answer:
        writes = [each["Statement"] for each in asked["Statements"] if not is_read(each["Statement"])]
        if len(writes) == len(asked["Statements"]):
            return self._execute(operation, asked, writes)
        if writes:
            raise StaleReadRefused(f"{operation} mixes reads and writes, which DynamoDB refuses: send two batches")

        def read() -> Answer:
            replica, names, statements = pick(), dict[str, str](), []
            for each in asked["Statements"]:
                changed = each["Statement"]
                if not each.get("ConsistentRead"):
                    # a table that is not there is an error of its statement alone
                    with suppress(ClientError):
                        changed, named = self._of_replica(operation, changed, replica)
                        names.update(named)
                statements.append({**each, "Statement": changed})
            return _renamed(self._call(operation, {**asked, "Statements": statements}), names)

        return self._checked(operation, asked, read)

    def _execute_transaction(self, operation: str, asked: Asked, pick: Pick) -> Answer:
        # serializable, so never stale
        return self._execute(operation, asked, [each["Statement"] for each in asked["TransactStatements"]])

    def _execute(self, operation: str, asked: Asked, statements: list[str]) -> Answer:
        """Execute statements that may write any items of their tables."""
        tables = {table for each in statements if not is_read(each) for table, _ in tables_of(each)}

        def notice() -> None:
            for table in sorted(tables):
                self._tables.notice_all(table)

        self._checked(operation, asked, notice)
        answer = self._call(operation, asked)
        for table in sorted(tables):
            self._tables.meet_all(table)
        return answer

    def _of_replica(self, operation: str, statement: str, replica: int) -> tuple[str, dict[str, str]]:
        """Return the statement for the replica's copy of its table, and the table's name by the copy's."""
        named = tables_of(statement)
        if len(named) != 1:
            raise StaleReadRefused(
                f'{operation}: a read that may be stale must be SELECT ... FROM "table", with one table: {statement}'
            )
        ((table, _),) = named
        shadow = self._tables.place_of(table, replica)
        return with_table(statement, shadow), {shadow: table}

    def _replace_table(self, operation: str, asked: Asked, pick: Pick) -> Answer:
        answer = self._call(operation, asked)
        self._tables.forget(_name(asked["TableName"]))
        return answer

    def _list_tables(self, operation: str, asked: Asked, pick: Pick) -> Answer:
        answer = self._call(operation, asked)
        return {**answer, "TableNames": [name for name in answer["TableNames"] if not self._tables.hides(name)]}


def concerns_items(model: Any) -> bool:
    """Say whether an operation of a botocore model takes or returns items."""
    shapes = [shape for shape in (model.input_shape, model.output_shape) if shape is not None]
    return any(_has_values(shape, {"ExpressionAttributeValueMap"}) for shape in shapes)


def _has_values(shape: Any, met: set[str]) -> bool:
    if shape.name in met:
        return False
    met.add(shape.name)
    inner = [*getattr(shape, "members", {}).values(), *(getattr(shape, part, None) for part in ("member", "value"))]
    return shape.name == "AttributeValue" or any(_has_values(each, met) for each in inner if each is not None)


def _items_of(operation: str, asked: Asked) -> Iterator[tuple[str, Item]]:
    """Give each item, or its key, that a write names, after its table."""
    if operation == "BatchWriteItem":
        parts = [(table, each) for table, requests in asked["RequestItems"].items() for each in requests]
        named = [(table, what) for table, each in parts for what in each.values()]
    elif operation == "TransactWriteItems":
        named = [(what["TableName"], what) for each in asked["TransactItems"] for what in each.values()]
    else:
        named = [(asked["TableName"], asked)]
    for table, what in named:
        yield _name(table), what["Item"] if "Item" in what else what["Key"]


def _name(table: str) -> str:
    """Return a table's name, which may be given as an ARN."""
    return table.rpartition("/")[2]


def _renamed(answer: Answer, names: dict[str, str]) -> Answer:
    """Return a read's answer with the names of the real tables instead of the replicas' copies."""
    renamed = dict(answer)
    for part in ("Responses", "UnprocessedKeys"):
        if isinstance(renamed.get(part), dict):
            renamed[part] = {names.get(name, name): found for name, found in renamed[part].items()}
    used, responses = renamed.get("ConsumedCapacity", []), renamed.get("Responses", [])
    for each in [*(used if isinstance(used, list) else [used]), *(responses if isinstance(responses, list) else [])]:
        if "TableName" in each:
            each["TableName"] = names.get(each["TableName"], each["TableName"])
    return renamed
