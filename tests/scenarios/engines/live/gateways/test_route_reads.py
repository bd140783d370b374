"""The DynamoDB endpoint of an instance: its replica's past, strong reads as the world allows them, and no write."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from gateway_sim.events import StrongRead
from gateway_sim.lag import Fixed
from gateway_sim.primary import TablePrimary
from gateway_sim.replicas import Fresh, Lagging, Replica
from gateway_sim.route_table import Route, RouteTable, dynamodb_client
from gateway_sim.scenarios.engines.live.gateways.requests import Requests
from gateway_sim.scenarios.engines.live.gateways.route_reads import RouteReads, RouteTableWritten
from gateway_sim.scenarios.sim.events import StrongReadFailed
from gateway_sim.scenarios.world.faulty_primary import FaultyPrimary
from gateway_sim.stale_reads.endpoint import Endpoint

TABLE = "routes"
ROUTE = Route("acme", "job-1", 1, "READY", "tap:1")
KEY = {"route": {"S": "acme/job-1"}}
ITEM = {**KEY, "generation": {"N": "1"}, "state": {"S": "READY"}, "address": {"S": "tap:1"}}
GET = {"TableName": TABLE, "Key": KEY}
STRONG = {**GET, "ConsistentRead": True}


class Read:
    """A world of two replicas, of which the second lags for ever, and an endpoint for each."""

    def __init__(self, table: RouteTable, told: list[Any]) -> None:
        self.told = told
        self.ended: list[Exception] = []
        self.primary = FaultyPrimary(TablePrimary(table, 0.0), told.append)
        views = (Fresh(), Lagging(Fixed(1000.0)))
        world: Any = SimpleNamespace(
            table=table,
            replicas=[Replica(f"gw-{n}", table.history, view, random.Random(0)) for n, view in enumerate(views)],
            primary=self.primary,
            engine=SimpleNamespace(dynamodb=lambda: dynamodb_client(None)),
            trace=SimpleNamespace(emitter=lambda name: told.append),
            end=self.ended.append,
        )
        self.reads = RouteReads(world, Requests(told.append))
        self._endpoints = [Endpoint(self.reads, replica=n) for n in range(2)]

    async def ask(self, operation: str, asked: Any, replica: int = 1) -> tuple[int, Any]:
        """Send an operation as an instance does; return the status and the document."""
        transport = httpx.ASGITransport(self._endpoints[replica])
        async with httpx.AsyncClient(transport=transport, base_url="http://dynamodb") as client:
            target = {"x-amz-target": f"DynamoDB_20120810.{operation}"}
            answer = await client.post("/", headers=target, content=json.dumps(asked))
        await asyncio.sleep(0)
        return answer.status_code, answer.json()


def played(story: Callable[[Read], Awaitable[None]]) -> None:
    """Play a story with one READY route in the table."""

    async def play() -> None:
        told = list[Any]()
        table = RouteTable(dynamodb_client(None), table_name=TABLE, emit=print)
        await table.create()
        read = Read(table, told)
        try:
            await table.publish(ROUTE)
            await story(read)
        finally:
            read.reads.close()
            await table.drop()

    asyncio.run(play())


@pytest.mark.parametrize(
    ("operation", "asked", "items"),
    [
        ("GetItem", GET, lambda answer: [answer["Item"]] if "Item" in answer else []),
        ("BatchGetItem", {"RequestItems": {TABLE: {"Keys": [KEY]}}}, lambda answer: answer["Responses"][TABLE]),
        ("Scan", {"TableName": TABLE}, lambda answer: answer["Items"]),
        ("Query", {"TableName": TABLE, "KeyConditionExpression": "#r = :r", "ExpressionAttributeNames":
                   {"#r": "route"}, "ExpressionAttributeValues": {":r": KEY["route"]}}, lambda answer: answer["Items"]),
        ("ExecuteStatement", {"Statement": f'SELECT * FROM "{TABLE}"'}, lambda answer: answer["Items"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_each_instance_reads_the_past_of_its_own_replica(operation: str, asked: Any, items: Any) -> None:
    """However it reads; the second one's replica has not seen the route."""

    async def story(read: Read) -> None:
        assert items((await read.ask(operation, asked, 0))[1]) == [ITEM]
        assert items((await read.ask(operation, asked, 1))[1]) == []
        assert read.ended == []

    played(story)


@pytest.mark.parametrize(
    ("operation", "asked", "item"),
    [
        ("GetItem", STRONG, lambda answer: answer["Item"]),
        ("BatchGetItem", {"RequestItems": {TABLE: {"Keys": [KEY], "ConsistentRead": True}}},
         lambda answer: answer["Responses"][TABLE][0]),
        ("TransactGetItems", {"TransactItems": [{"Get": GET}]}, lambda answer: answer["Responses"][0]["Item"]),
    ],
    ids=["GetItem", "BatchGetItem", "TransactGetItems"],
)  # fmt: skip
def test_a_strong_read_is_fresh_and_in_the_trace(operation: str, asked: Any, item: Any) -> None:
    """With the job that it reads."""

    async def story(read: Read) -> None:
        assert item((await read.ask(operation, asked))[1]) == ITEM
        assert read.told == [StrongRead("acme", "job-1")]

    played(story)


def test_a_strong_read_of_the_whole_table_is_in_the_trace() -> None:
    """It names no job."""

    async def story(read: Read) -> None:
        assert (await read.ask("Scan", {"TableName": TABLE, "ConsistentRead": True}))[1]["Items"] == [ITEM]
        assert read.told == [StrongRead("", "")]

    played(story)


@pytest.mark.parametrize(
    ("way", "status", "said"),
    [
        ("index", 400, "com.amazon.coral.validate#ValidationException"),
        ("partition", 500, "InternalServerError"),
        ("dax", 200, ""),
        ("global-replica", 200, ""),
    ],
)
def test_a_strong_read_that_proves_nothing(way: str, status: int, said: str) -> None:
    """Refused as DynamoDB does, or answered by the instance's replica; eventual reads go on, and it heals."""

    async def story(read: Read) -> None:
        heal = read.primary.block(way)
        found, answer = await read.ask("GetItem", STRONG)
        assert found == status
        assert "Item" not in answer
        assert said.rpartition("#")[2] in answer.get("__type", "")
        assert isinstance(read.told[-1], StrongReadFailed)
        assert (await read.ask("GetItem", GET, 0))[1] == {"Item": ITEM}
        heal()
        assert (await read.ask("GetItem", STRONG))[1] == {"Item": ITEM}

    played(story)


STATEMENTS = [
    f"INSERT INTO {TABLE} VALUE {{'route': 'x'}}",
    f"UPDATE \"{TABLE}\" SET state='READY' WHERE route='acme/job-1'",
    f"  delete from \"{TABLE}\" where route='acme/job-1'",
]


@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        ("PutItem", {"TableName": TABLE, "Item": KEY}),
        ("UpdateItem", {**GET, "UpdateExpression": "REMOVE address"}),
        ("DeleteItem", GET),
        ("DeleteItem", {**GET, "TableName": f"arn:aws:dynamodb:us-east-1:123456789012:table/{TABLE}"}),
        ("BatchWriteItem", {"RequestItems": {TABLE: [{"DeleteRequest": {"Key": KEY}}]}}),
        ("TransactWriteItems", {"TransactItems": [{"Delete": GET}]}),
        ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": TABLE, "Item": KEY}}]}),
        *(("ExecuteStatement", {"Statement": statement}) for statement in STATEMENTS),
        *(("BatchExecuteStatement", {"Statements": [{"Statement": statement}]}) for statement in STATEMENTS),
        *(("ExecuteTransaction", {"TransactStatements": [{"Statement": statement}]}) for statement in STATEMENTS),
        ("DeleteTable", {"TableName": TABLE}),
        ("UpdateTable", {"TableName": TABLE, "BillingMode": "PAY_PER_REQUEST"}),
        ("UpdateTimeToLive",
         {"TableName": TABLE, "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "state"}}),
    ],
)  # fmt: skip
def test_a_write_to_the_route_table_is_refused_and_ends_the_run(operation: str, asked: Any) -> None:
    """In a sentence that names the instance and the operation; the route is as it was."""

    async def story(read: Read) -> None:
        status, answer = await read.ask(operation, asked)
        assert (status, "AccessDeniedException" in answer["__type"]) == (400, True)
        [ended] = read.ended
        assert isinstance(ended, RouteTableWritten)
        assert str(ended).startswith(
            f"gateway instance gw-1 sent {operation} to the route table routes; a gateway only"
        )
        assert (await read.ask("GetItem", STRONG))[1] == {"Item": ITEM}

    played(story)


def test_a_table_of_the_gateways_own_is_written_and_read_freshly() -> None:
    """Its locks, for example: no replica lags there, and no event tells of it."""

    async def story(read: Read) -> None:
        made = {
            "TableName": "mine", "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}], "BillingMode": "PAY_PER_REQUEST",
        }  # fmt: skip
        assert (await read.ask("CreateTable", made))[0] == 200
        item = {"k": {"S": "routes"}}
        assert (await read.ask("PutItem", {"TableName": "mine", "Item": item}))[0] == 200
        assert (await read.ask("GetItem", {"TableName": "mine", "Key": item, "ConsistentRead": True}, 0))[1] == {
            "Item": item
        }
        assert (await read.ask("GetItem", {"TableName": "mine", "Key": item}, 1))[1] == {"Item": item}
        assert (read.ended, read.told) == ([], [])

    played(story)


def test_a_table_may_be_described_and_statements_may_select() -> None:
    """They change nothing."""

    async def story(read: Read) -> None:
        select = {"Statement": f"select * from \"{TABLE}\" where route='acme/job-1'"}
        for operation, asked in (
            ("DescribeTable", {"TableName": TABLE}),
            ("ListTables", {}),
            ("DescribeTimeToLive", {"TableName": TABLE}),
            ("BatchExecuteStatement", {"Statements": [{**select, "ConsistentRead": True}]}),
        ):
            assert (await read.ask(operation, asked))[0] == 200, operation
        assert read.ended == []
        assert [type(event) for event in read.told] == [StrongRead]

    played(story)
