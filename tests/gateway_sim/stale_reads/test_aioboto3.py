"""aioboto3 and aiobotocore read late, and the event loop does not wait meanwhile.

Skipped without aiobotocore: each version of it accepts a few versions of botocore only, usually older than that of
`constraints.txt`. `pip install aioboto3` into an environment of its own brings the boto3 that it accepts.
"""

import asyncio

import pytest

from gateway_sim.lag import Fixed
from gateway_sim.stale_reads import Lagging, StaleReadClient, StaleReadRefused

aiobotocore_session = pytest.importorskip("aiobotocore.session")

KEY = {"account": {"S": "acme"}, "job": {"S": "job-1"}}
ROUTE = {**KEY, "pod": {"S": "pod:1"}}
SEEN = ((3.9, 0), (4.0, 1))
"""How many routes a reader sees at which second, 4 s after they were written."""


@pytest.fixture
def stale(stale_of):
    """Give a table with one replica, which lags by 4 s."""
    return stale_of(Lagging(Fixed(4.0)))


def client_of(session):
    """Return a client of a session of aiobotocore, to be entered."""
    return session.create_client("dynamodb", region_name="us-east-1")


async def counts(client):
    """Return how many routes a get, a query, pages of a scan and a statement see."""
    item = await client.get_item(TableName="routes", Key=KEY)
    query = await client.query(
        TableName="routes",
        KeyConditionExpression="account = :a",
        ExpressionAttributeValues={":a": {"S": "acme"}},
    )
    pages = [page["Count"] async for page in client.get_paginator("scan").paginate(TableName="routes")]
    statement = await client.execute_statement(Statement="SELECT * FROM routes")
    return [int("Item" in item), query["Count"], sum(pages), len(statement["Items"])]


@pytest.mark.parametrize("wrapped", ["client", "session"])
def test_a_client_of_aiobotocore_reads_late(stale, hand, wrapped):
    """Wrapped itself, or made by a wrapped session; the table may even be moto's, in process."""

    async def story():
        session = aiobotocore_session.get_session()
        if wrapped == "session":
            stale.wrap(session)
        async with client_of(session) as client:
            if wrapped == "client":
                stale.wrap(client)
            await client.put_item(TableName="routes", Item=ROUTE)
            for hand.now_s, seen in SEEN:
                assert await counts(client) == [seen] * 4
                assert (await client.get_item(TableName="routes", Key=KEY, ConsistentRead=True))["Item"] == ROUTE
            with pytest.raises(client.exceptions.ConditionalCheckFailedException):
                await client.put_item(
                    TableName="routes", Item=ROUTE, ConditionExpression="attribute_not_exists(account)"
                )
            await client.get_waiter("table_exists").wait(TableName="routes")

    asyncio.run(story())


def test_a_resource_of_aioboto3_reads_late(stale, hand):
    """In Python's values."""
    aioboto3 = pytest.importorskip("aioboto3")

    async def story():
        async with stale.wrap(aioboto3.Session(region_name="us-east-1")).resource("dynamodb") as resource:
            table = await resource.Table("routes")
            item, key = {"account": "acme", "job": "job-1", "pod": "pod:1"}, {"account": "acme", "job": "job-1"}
            async with table.batch_writer() as batch:
                await batch.put_item(Item=item)
            for hand.now_s, seen in SEEN:
                assert (await table.get_item(Key=key)).get("Item") == (item if seen else None)
                assert (await table.scan())["Items"] == [item] * seen

    asyncio.run(story())


def test_the_event_loop_runs_while_a_call_is_answered(dynamodb, hand):
    """The table may be served by the same loop: a call that blocked it would never end."""

    async def story():
        begun = asyncio.Event()
        loop = asyncio.get_running_loop()

        def waits(**_):
            asyncio.run_coroutine_threadsafe(begun.wait(), loop).result(timeout=30)

        dynamodb.meta.events.register("before-call.dynamodb.ListTables", waits)
        with StaleReadClient(dynamodb, [Lagging(Fixed(4.0))], now=hand) as stale:
            async with client_of(stale.wrap(aiobotocore_session.get_session())) as client:
                listed = asyncio.create_task(client.list_tables())
                await asyncio.sleep(0)
                begun.set()
                assert (await listed)["TableNames"] == ["routes"]

    asyncio.run(story())


def test_the_client_that_makes_the_requests_must_be_boto3s(hand):
    """An aiobotocore client is wrapped, not given."""

    async def story():
        async with client_of(aiobotocore_session.get_session()) as client:
            with pytest.raises(StaleReadRefused, match=r"got one of aiobotocore.*to its method wrap"):
                StaleReadClient(client, [Lagging(Fixed(4.0))], now=hand)

    asyncio.run(story())
