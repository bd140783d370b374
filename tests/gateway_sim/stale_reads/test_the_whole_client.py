"""Through a StaleReadClient everything else of the client works as before, and every kind of write is seen late."""

import copy
import json
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest

from gateway_sim.lag import Fixed
from gateway_sim.stale_reads import Fresh, Lagging, Partitioned, StaleReadClient, StaleReadRefused
from tests.house import ROOT


def key(job="job-1"):
    """Return the key of a job's route."""
    return {"account": {"S": "acme"}, "job": {"S": job}}


def route(job="job-1", pod="pod:1"):
    """Return a job's route."""
    return {**key(job), "pod": {"S": pod}}


def jobs(client, **asked):
    """Return the jobs that a scan finds."""
    return [item["job"]["S"] for item in client.scan(TableName="routes", **asked)["Items"]]


WRITES = {
    "put_item": lambda client: client.put_item(TableName="routes", Item=route()),
    "update_item": lambda client: client.update_item(
        TableName="routes",
        Key=key(),
        UpdateExpression="SET pod = :p",
        ExpressionAttributeValues={":p": {"S": "pod:1"}},
    ),
    "batch_write_item": lambda client: client.batch_write_item(
        RequestItems={"routes": [{"PutRequest": {"Item": route()}}, {"DeleteRequest": {"Key": key("job-9")}}]}
    ),
    "transact_write_items": lambda client: client.transact_write_items(
        TransactItems=[{"Put": {"TableName": "routes", "Item": route()}}]
    ),
    "execute_statement": lambda client: client.execute_statement(
        Statement="INSERT INTO routes VALUE {'account': 'acme', 'job': 'job-1', 'pod': 'pod:1'}"
    ),
}


@pytest.mark.parametrize("kind", WRITES)
def test_every_kind_of_write_is_seen_late(stale_of, hand, kind):
    """A write that the StaleReadClient did not notice would be a read that is never stale."""
    reader = stale_of(Lagging(Fixed(4.0))).connect()
    WRITES[kind](reader)
    hand.now_s = 3.0
    assert (jobs(reader), jobs(reader, ConsistentRead=True)) == ([], ["job-1"])
    hand.now_s = 4.0
    assert jobs(reader) == ["job-1"]


def test_a_refused_write_changes_nobodys_past(stale_of, hand):
    """A condition that fails raises the client's own exception, and is no change."""
    reader = stale_of(Lagging(Fixed(4.0))).connect()
    reader.put_item(TableName="routes", Item=route())
    hand.now_s = 4.0
    with pytest.raises(reader.exceptions.ConditionalCheckFailedException):
        reader.put_item(
            TableName="routes", Item=route(pod="pod:2"), ConditionExpression="attribute_not_exists(account)"
        )
    hand.now_s = 20.0
    assert reader.get_item(TableName="routes", Key=key())["Item"] == route()


def test_a_write_past_the_lens_is_dated_to_the_read_that_meets_it(stale_of, dynamodb, hand):
    """Another process may write; a StaleReadClient cannot know when, and says no earlier than it can."""
    reader = stale_of(Lagging(Fixed(4.0))).connect()
    assert jobs(reader) == []
    dynamodb.put_item(TableName="routes", Item=route())
    hand.now_s = 10.0
    assert jobs(reader) == []
    hand.now_s = 14.0
    assert jobs(reader) == ["job-1"]


def test_a_batch_is_read_by_one_replica_and_in_the_tables_own_name(stale_of, hand):
    """The caller never meets the name of a table that the StaleReadClient made."""
    reader = stale_of(Lagging(Fixed(4.0))).connect()
    reader.put_item(TableName="routes", Item=route())
    wanted = {"routes": {"Keys": [key(), key("job-2")]}}
    assert reader.batch_get_item(RequestItems=wanted)["Responses"] == {"routes": []}
    strong = {"routes": {**wanted["routes"], "ConsistentRead": True}}
    assert reader.batch_get_item(RequestItems=strong)["Responses"] == {"routes": [route()]}
    hand.now_s = 4.0
    told = reader.batch_get_item(RequestItems=wanted, ReturnConsumedCapacity="TOTAL")
    assert told["Responses"] == {"routes": [route()]}
    found = reader.get_item(TableName="routes", Key=key(), ReturnConsumedCapacity="TOTAL")
    assert found["ConsumedCapacity"]["TableName"] == "routes"


def test_an_index_refuses_a_strong_read_whatever_the_emulator_does(dynamodb, hand):
    """Some emulators answer it; DynamoDB does not, and neither does the StaleReadClient."""

    def lenient(params, **_):
        asked = json.loads(params["body"])
        params["body"] = json.dumps({**asked, "ConsistentRead": False})

    dynamodb.meta.events.register("before-call.dynamodb.Scan", lenient)
    assert dynamodb.scan(TableName="routes", IndexName="by-pod", ConsistentRead=True)["Count"] == 0
    with StaleReadClient(dynamodb, [Fresh()], now=hand) as stale:
        with pytest.raises(dynamodb.exceptions.ClientError, match="not supported on global secondary indexes"):
            stale.connect().scan(TableName="routes", IndexName="by-pod", ConsistentRead=True)
        assert stale.connect().scan(TableName="routes", IndexName="by-job-pod", ConsistentRead=True)["Count"] == 0


def test_threads_may_share_a_client(stale_of):
    """As they may share a client: no thread sees half a change, and no change is lost."""
    stale = stale_of(Fresh(), Lagging(Fixed(0.0)))

    def work(number):
        client = stale.connect()
        client.put_item(TableName="routes", Item=route(f"job-{number}"))
        return client.get_item(TableName="routes", Key=key(f"job-{number}"))["Item"]["job"]["S"]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(12))) == [f"job-{number}" for number in range(12)]
    assert len(jobs(stale.connect(replica=0))) == len(jobs(stale.connect(replica=1))) == 12


def test_a_lens_leaves_nothing_behind(dynamodb, hand):
    """Its own tables are hidden while it is open, and gone when it is closed; a deleted table takes them along."""
    with StaleReadClient(dynamodb, [Fresh()], now=hand) as stale:
        reader = stale.connect()
        reader.put_item(TableName="routes", Item=route())
        assert jobs(reader) == ["job-1"]
        assert dynamodb.list_tables()["TableNames"] == ["routes", "routes_replica_0"]
        assert reader.list_tables()["TableNames"] == ["routes"]
    assert dynamodb.list_tables()["TableNames"] == ["routes"]
    with StaleReadClient(dynamodb, [Fresh()], now=hand) as stale:
        reader = stale.connect()
        assert jobs(reader) == ["job-1"]
        reader.delete_table(TableName="routes")
        assert dynamodb.list_tables()["TableNames"] == []


def test_a_lens_needs_a_replica(dynamodb, hand):
    """None is a mistake, and says so."""
    with pytest.raises(StaleReadRefused, match="a view for each replica"):
        StaleReadClient(dynamodb, [], now=hand)


def test_keys_of_numbers_are_one_key_however_they_are_written(dynamodb, hand):
    """1 and 1.0 are one number to DynamoDB, so one item with one past."""
    dynamodb.create_table(
        TableName="counted",
        KeySchema=[{"AttributeName": "n", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "n", "AttributeType": "N"}],
        BillingMode="PAY_PER_REQUEST",
    )
    with StaleReadClient(dynamodb, [Lagging(Fixed(4.0))], now=hand) as stale:
        reader = stale.connect()
        reader.put_item(TableName="counted", Item={"n": {"N": "1"}})
        hand.now_s = 4.0
        assert reader.get_item(TableName="counted", Key={"n": {"N": "1"}})["Item"] == {"n": {"N": "1"}}
        assert stale._tables._histories["counted"].key_of({"n": {"N": "1.0"}}) == stale._tables._histories[
            "counted"
        ].key_of({"n": {"N": "1"}})


def test_a_resources_client_can_be_looked_through_too(dynamodb, session, hand):
    """It speaks in Python's values instead of DynamoDB's."""
    client = session.resource("dynamodb").meta.client
    with StaleReadClient(client, [Lagging(Fixed(4.0))], now=hand) as stale:
        reader = stale.connect()
        reader.put_item(TableName="routes", Item={"account": "acme", "job": "job-1", "pod": "pod:1"})
        asked = {"TableName": "routes", "Key": {"account": "acme", "job": "job-1"}}
        assert "Item" not in reader.get_item(**asked)
        hand.now_s = 4.0
        assert reader.get_item(**asked)["Item"]["pod"] == "pod:1"


ASKED = {
    "GetItem": lambda client: client.get_item(TableName="routs", Key=key()),
    "BatchGetItem": lambda client: client.batch_get_item(RequestItems={"routs": {"Keys": [key()]}}),
    "Query": lambda client: client.query(TableName="routs", KeyConditionExpression="account = :a"),
    "Scan": lambda client: client.scan(TableName="routs"),
    "PutItem": lambda client: client.put_item(TableName="routs", Item=route()),
    "DeleteItem": lambda client: client.delete_item(TableName="routs", Key=key()),
    "ExecuteStatement": lambda client: client.execute_statement(Statement="DELETE FROM routs WHERE account = 'acme'"),
}


@pytest.mark.parametrize("operation", ASKED)
def test_a_table_that_is_not_there_is_refused_to_the_callers_own_operation(stale_of, operation):
    """As the client refuses it: the error does not show that the table was looked up first."""
    reader = stale_of(Fresh()).connect()
    with pytest.raises(reader.exceptions.ResourceNotFoundException) as refused:
        ASKED[operation](reader)
    assert refused.value.operation_name == operation
    assert f"when calling the {operation} operation" in str(refused.value)


@pytest.mark.parametrize("ttl_s", [-1.0, float("nan")])
def test_a_miss_is_not_remembered_for_less_than_no_time(dynamodb, ttl_s):
    """A cache that forgets before it knows is none that anybody means."""
    with pytest.raises(StaleReadRefused, match="it must be 0 or more"):
        StaleReadClient(dynamodb, [Fresh()], now=float, miss_ttl_s=ttl_s)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_connection_can_be_copied(stale_of, copied):
    """Test doubles copy clients, shallow or deep; the copy reads the same replica."""
    stale = stale_of(Fresh(), Partitioned(-1.0))
    stale.connect().put_item(TableName="routes", Item=route())
    connection = stale.connect()
    for twin in (copied(connection), copied(copied(connection))):
        assert twin.meta is connection.meta
        assert jobs(twin) == jobs(connection) == []
    with pytest.raises(AttributeError, match="__no_such__"):
        connection.__no_such__  # noqa: B018


def test_a_connection_cannot_be_pickled_and_says_so(stale_of):
    """No boto3 client can; a process that needs one makes its own."""
    with pytest.raises(StaleReadRefused, match=r"cannot be pickled.*in the process that reads"):
        pickle.dumps(stale_of(Fresh()).connect())


def test_a_closed_client_of_stale_reads_answers_nothing(dynamodb, hand):
    """A fresh answer instead of a stale one would let a test pass falsely."""
    with StaleReadClient(dynamodb, [Fresh()], now=hand) as stale:
        reader = stale.connect()
    with pytest.raises(StaleReadRefused, match=r"Scan: .* is closed: read inside its `with` block"):
        jobs(reader)
    assert jobs(dynamodb) == []


@pytest.mark.parametrize("given", ["routes", None, boto3], ids=repr)
def test_only_a_client_of_dynamodb_is_taken(given, hand):
    """A wrong object is refused where it is given, with what to give instead."""
    with pytest.raises(StaleReadRefused, match=r"takes boto3.client\('dynamodb'\).*its method wrap"):
        StaleReadClient(given, [Fresh()], now=hand)


def test_the_import_brings_neither_torch_nor_the_laboratory():
    """A project that tests a reader of DynamoDB trains nothing; nor does it need the libraries that can be wrapped."""
    code = "import sys, gateway_sim.stale_reads; print(*sys.modules, sep='\\n')"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    packages = {name.partition(".")[0] for name in ended.stdout.split()}
    assert "botocore" in packages
    assert not packages & {"torch", "moto", "fastapi", "aiohttp", "numpy", "pynamodb", "aiobotocore"}
    ours = {name.split(".")[1] for name in ended.stdout.split() if name.startswith("gateway_sim.")}
    assert not ours & {"scenarios", "trainer_pod", "control_plane", "client"}
