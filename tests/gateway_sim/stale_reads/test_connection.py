"""Every way to a table through boto3 is stale: clients, resources, sessions, pages, waiters; none bypasses the lag."""

import boto3
import botocore.session
import pytest
from boto3.dynamodb.conditions import Attr, Key

from gateway_sim.lag import Fixed
from gateway_sim.stale_reads import Fresh, Lagging, Partitioned, StaleConnection, StaleReadRefused

KEY = {"account": {"S": "acme"}, "job": {"S": "job-1"}}
ROUTE = {**KEY, "pod": {"S": "pod:1"}}
SEEN = ((3.9, 0), (4.0, 1))
"""How many routes a reader sees at which second, 4 s after they were written."""
REGION = "us-east-1"


@pytest.fixture
def stale(stale_of):
    """Give a table with one replica, which lags by 4 s."""
    return stale_of(Lagging(Fixed(4.0)))


CLIENTS = {
    "a connection": lambda stale, session: stale.connect(),
    "a wrapped client": lambda stale, session: stale.wrap(session.client("dynamodb")),
    "the client itself": lambda stale, session: stale.wrap(stale.client),
    "a client of a wrapped session": lambda stale, session: stale.wrap(boto3.Session(region_name=REGION)).client(
        "dynamodb"
    ),
    "a client of botocore": lambda stale, session: stale.wrap(botocore.session.get_session()).create_client(
        "dynamodb", REGION
    ),
}
TABLES = {
    "a wrapped resource": lambda stale, session: stale.wrap(session.resource("dynamodb")).Table("routes"),
    "a wrapped table": lambda stale, session: stale.wrap(session.resource("dynamodb").Table("routes")),
    "a table of a wrapped session": lambda stale, session: (
        stale.wrap(boto3.Session(region_name=REGION)).resource("dynamodb").Table("routes")
    ),
}


@pytest.mark.parametrize("kind", CLIENTS)
def test_a_client_reads_late(stale, session, hand, kind):
    """Items, pages and transactions; what it writes is there for others at once."""
    reader = CLIENTS[kind](stale, session)
    reader.put_item(TableName="routes", Item=ROUTE)
    for hand.now_s, seen in SEEN:
        assert ("Item" in reader.get_item(TableName="routes", Key=KEY)) == seen
        pages = reader.get_paginator("scan").paginate(TableName="routes")
        assert sum(page["Count"] for page in pages) == seen
        assert reader.get_item(TableName="routes", Key=KEY, ConsistentRead=True)["Item"] == ROUTE
        transaction = reader.transact_get_items(TransactItems=[{"Get": {"TableName": "routes", "Key": KEY}}])
        assert transaction["Responses"] == [{"Item": ROUTE}]


@pytest.mark.parametrize("kind", TABLES)
def test_a_table_of_a_resource_reads_late(stale, session, hand, kind):
    """In Python's values, with conditions, batches and a batch writer."""
    table = TABLES[kind](stale, session)
    item = {"account": "acme", "job": "job-1", "pod": "pod:1"}
    key = {"account": "acme", "job": "job-1"}
    with table.batch_writer() as batch:
        batch.put_item(Item=item)
    resource = stale.wrap(session.resource("dynamodb"))
    for hand.now_s, seen in SEEN:
        assert table.get_item(Key=key).get("Item") == (item if seen else None)
        assert table.query(KeyConditionExpression=Key("account").eq("acme"))["Count"] == seen
        assert table.query(IndexName="by-pod", KeyConditionExpression=Key("pod").eq("pod:1"))["Count"] == seen
        assert table.scan(FilterExpression=Attr("pod").begins_with("pod"))["Items"] == [item] * seen
        found = resource.batch_get_item(RequestItems={"routes": {"Keys": [key]}})["Responses"]
        assert found == {"routes": [item] * seen}
        assert table.get_item(Key=key, ConsistentRead=True)["Item"] == item


def test_waiters_and_descriptions_are_the_clients_own(stale, session):
    """They read no items; the copies are in no list."""
    reader = stale.connect()
    reader.put_item(TableName="routes", Item=ROUTE)
    assert reader.scan(TableName="routes")["Count"] == 0
    reader.get_waiter("table_exists").wait(TableName="routes")
    assert [page["TableNames"] for page in reader.get_paginator("list_tables").paginate()] == [["routes"]]
    assert [table.name for table in stale.wrap(session.resource("dynamodb")).tables.all()] == ["routes"]


def test_a_connection_is_a_client_of_boto3(stale):
    """What asks for one gets one."""
    reader = stale.connect()
    assert isinstance(reader, botocore.client.BaseClient)
    assert isinstance(reader, StaleConnection)
    assert reader.meta.service_model.service_name == "dynamodb"
    assert reader.can_paginate("query")


def test_what_is_wrapped_is_as_before_when_the_block_ends(stale_of, dynamodb):
    """A wrapped client outlives the stale reads; one that a wrapped session made refuses, as it cannot be reached."""
    stale = stale_of(Partitioned(-1.0))
    client, session = boto3.client("dynamodb", region_name=REGION), boto3.Session(region_name=REGION)
    of_session = stale.wrap(session).client("dynamodb")
    stale.wrap(client).put_item(TableName="routes", Item=ROUTE)
    assert client.scan(TableName="routes")["Count"] == of_session.scan(TableName="routes")["Count"] == 0
    stale.close()
    assert client.scan(TableName="routes")["Count"] == session.client("dynamodb").scan(TableName="routes")["Count"] == 1
    with pytest.raises(StaleReadRefused, match="Scan: the StaleReadClient of this client is closed"):
        of_session.scan(TableName="routes")


def test_each_client_of_a_session_is_a_connection(stale_of):
    """The balancer pins each to a replica; one can be given."""
    stale = stale_of(Fresh(), Partitioned(-1.0))
    session = stale.wrap(boto3.Session(region_name=REGION))
    readers = [session.client("dynamodb") for _ in range(3)]
    readers[0].put_item(TableName="routes", Item=ROUTE)
    assert [reader.scan(TableName="routes")["Count"] for reader in readers * 2] == [1, 0, 1] * 2
    assert stale.wrap(readers[0], replica=1).scan(TableName="routes")["Count"] == 0


def test_the_last_wrap_answers(stale_of, session):
    """Of one object or of two; when the last is closed, the one before answers again."""
    first, second = stale_of(Partitioned(-1.0)), stale_of(Fresh())
    reader = second.wrap(first.wrap(session.client("dynamodb")))
    reader.put_item(TableName="routes", Item=ROUTE)
    first.wrap(session.client("dynamodb")).scan(TableName="routes")
    assert reader.scan(TableName="routes")["Count"] == 1
    second.close()
    reader.put_item(TableName="routes", Item={**ROUTE, "job": {"S": "job-2"}})
    assert reader.scan(TableName="routes")["Count"] == 1
    first.close()
    assert reader.scan(TableName="routes")["Count"] == 2


@pytest.mark.parametrize(
    "reader", ["routes", boto3, lambda: boto3.client("sts", region_name=REGION)], ids=["text", "module", "call"]
)
def test_what_cannot_be_wrapped_is_refused(stale, reader):
    """With what can."""
    given = reader() if callable(reader) else reader
    with pytest.raises(StaleReadRefused, match=r"cannot be wrapped: wrap takes a client, resource, table or session"):
        stale.wrap(given)
