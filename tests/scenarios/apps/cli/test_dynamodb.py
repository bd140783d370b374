"""`gateway-sim dynamodb`: a DynamoDB endpoint with stale reads, read by boto3, PynamoDB and a library of locks.

The second replica lags by an hour, so a read of it is stale until the admin interface heals it.
"""

import argparse
import asyncio
import json
import re
import secrets
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError
from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model
from python_dynamodb_lock.python_dynamodb_lock import DynamoDBLockClient, DynamoDBLockError

from benchmarks.dynamodb_clients import CLIENTS, drive
from benchmarks.rows.dynamodb_endpoint import FLAT_MIB, added_mib, loaded_for
from gateway_sim.lag import Exponential, Fixed, SimpleDbStep, Uniform
from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.apps.cli.dynamodb import PORT
from gateway_sim.scenarios.apps.serve.dynamodb import law_of
from tests.scenarios.apps.serving import serving

COMMAND = [sys.executable, "-m", "gateway_sim", "dynamodb", "--json", "--port", "0"]
HOUR = ["--replicas", "2", "--lag", "fixed:3600"]
FRESH, STALE = "LABREPLICA0", "LABREPLICA1"


@pytest.fixture(scope="module")
def served() -> Iterator[dict[str, Any]]:
    """Serve; a termination ends it well."""
    with serving([*COMMAND, *HOUR]) as line:
        yield json.loads(line)


def test_ctrl_c_ends_it_in_a_scripts_background_too() -> None:
    """A script that sends SIGINT to what it started with `&` finds nothing running after it."""
    with serving([*COMMAND, *HOUR], signal.SIGINT) as line:
        endpoint = json.loads(line)["endpoint"]
    with pytest.raises(httpx.ConnectError):
        httpx.get(endpoint)


@pytest.fixture(scope="module")
def session() -> boto3.Session:
    """Return one session for all tests, which is slow to make."""
    return boto3.Session(region_name="us-east-1")


@pytest.fixture
def keys_of(served: dict[str, Any]) -> Callable[[str], dict[str, str]]:
    """Return what a boto3 client needs to read with a key id; no replica is cut off or healed at the start."""
    httpx.delete(f"{served['endpoint']}/admin/replicas/1/view")
    return lambda key_id: {
        "endpoint_url": served["endpoint"], "aws_access_key_id": key_id, "aws_secret_access_key": "any",
    }  # fmt: skip


@pytest.fixture
def client_of(session: boto3.Session, keys_of: Any) -> Callable[[str], Any]:
    """Return a client of boto3 that reads with a key id."""
    made: dict[str, Any] = {}

    def client(key_id: str) -> Any:
        if key_id not in made:
            made[key_id] = session.client("dynamodb", **keys_of(key_id))
        return made[key_id]

    return client


@pytest.fixture
def table(client_of: Any) -> str:
    """Return the name of a new table, keyed by account and job, with a local and a global index by pod."""
    name = f"routes-{secrets.token_hex(3)}"
    keyed = [{"AttributeName": "account", "KeyType": "HASH"}]
    client_of(FRESH).create_table(
        TableName=name,
        KeySchema=[*keyed, {"AttributeName": "job", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("account", "job", "pod")],
        LocalSecondaryIndexes=[
            {
                "IndexName": "local",
                "KeySchema": [*keyed, {"AttributeName": "pod", "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-pod",
                "KeySchema": [{"AttributeName": "pod", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    # the states from before the first read have no lag
    for key_id in (FRESH, STALE):
        assert client_of(key_id).scan(TableName=name)["Items"] == []
    return name


def heal(served: dict[str, Any]) -> None:
    """Let the second replica see every write at once."""
    assert httpx.put(f"{served['endpoint']}/admin/replicas/1/view", json={"kind": "fresh"}).status_code == 200


def key_of(number: int = 0) -> dict[str, Any]:
    """Return the key of a route."""
    return {"account": {"S": "acme"}, "job": {"S": f"job-{number}"}}


def seen(client: Any, table: str) -> dict[str, int]:
    """Return how many routes each kind of eventually consistent read shows."""
    values = {"ExpressionAttributeValues": {":a": {"S": "acme"}}, "KeyConditionExpression": "account = :a"}
    by_pod = {"ExpressionAttributeValues": {":p": {"S": "pod:1"}}, "KeyConditionExpression": "pod = :p"}

    def pages(operation: str, **words: Any) -> int:
        found = client.get_paginator(operation).paginate(
            TableName=table, PaginationConfig={"PageSize": 2}, **words
        )  # fmt: skip
        return sum(len(page["Items"]) for page in found)

    batch = client.batch_get_item(RequestItems={table: {"Keys": [key_of(n) for n in range(5)]}})
    return {
        "get": int("Item" in client.get_item(TableName=table, Key=key_of())),
        "batch": len(batch["Responses"][table]),
        "query": pages("query", **values),
        "scan": pages("scan"),
        "local": pages("query", IndexName="local", **values),
        "global": pages("query", IndexName="by-pod", **by_pod),
        "partiql": len(client.execute_statement(Statement=f'SELECT * FROM "{table}"')["Items"]),
    }


ALL = {"get": 1, "batch": 5, "query": 5, "scan": 5, "local": 5, "global": 5, "partiql": 5}


@pytest.mark.slow
def test_every_eventual_read_is_stale_on_the_second_replica_and_fresh_when_it_is_healed(
    served: dict[str, Any], client_of: Any, table: str
) -> None:
    """By key, in a batch, by query, scan, both kinds of index and PartiQL, and through pages of two."""
    for number in range(5):
        client_of(STALE).put_item(TableName=table, Item={**key_of(number), "pod": {"S": "pod:1"}})
    assert seen(client_of(FRESH), table) == ALL
    assert seen(client_of(STALE), table) == dict.fromkeys(ALL, 0)
    heal(served)
    assert seen(client_of(STALE), table) == ALL


def test_strong_reads_and_transactions_are_fresh(client_of: Any, table: str) -> None:
    """On a replica that has seen nothing; a strong read of a global index is refused as by AWS."""
    stale = client_of(STALE)
    stale.transact_write_items(TransactItems=[{"Put": {"TableName": table, "Item": {**key_of(), "b": {"B": b"\xff"}}}}])
    assert "Item" not in stale.get_item(TableName=table, Key=key_of())
    assert stale.get_item(TableName=table, Key=key_of(), ConsistentRead=True)["Item"]["b"] == {"B": b"\xff"}
    assert len(stale.scan(TableName=table, ConsistentRead=True)["Items"]) == 1
    read = stale.transact_get_items(TransactItems=[{"Get": {"TableName": table, "Key": key_of()}}])
    assert "Item" in read["Responses"][0]
    with pytest.raises(ClientError, match="not supported on global secondary indexes") as refused:
        stale.scan(TableName=table, IndexName="by-pod", ConsistentRead=True)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_a_condition_that_fails_is_the_sdks_own_error(client_of: Any, table: str) -> None:
    """With the item that it returns, and the reasons of a transaction."""
    put = {"TableName": table, "Item": key_of(), "ConditionExpression": "attribute_not_exists(job)"}
    client = client_of(STALE)
    client.put_item(**put)
    with pytest.raises(client.exceptions.ConditionalCheckFailedException) as refused:
        client.put_item(**put, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert refused.value.response["Item"] == key_of()
    with pytest.raises(client.exceptions.TransactionCanceledException) as cancelled:
        client.transact_write_items(TransactItems=[{"Put": put}])
    assert cancelled.value.response["CancellationReasons"][0]["Code"] == "ConditionalCheckFailed"


def test_the_copies_of_the_replicas_are_not_listed(client_of: Any, table: str) -> None:
    """They are the endpoint's own."""
    names = client_of(STALE).list_tables()["TableNames"]
    assert (table in names, [name for name in names if "replica" in name]) == (True, [])


def test_many_clients_at_once_get_answers_without_an_error(client_of: Any, table: str) -> None:
    """Each writes a key of its own and reads it strongly, stale and fresh."""
    fresh, stale = client_of(FRESH), client_of(STALE)

    def turn(number: int) -> tuple[bool, bool, bool]:
        fresh.put_item(TableName=table, Item=key_of(number))
        reads = [(fresh, True), (fresh, False), (stale, False)]
        found = ["Item" in c.get_item(TableName=table, Key=key_of(number), ConsistentRead=s) for c, s in reads]
        return found[0], found[1], found[2]

    with ThreadPoolExecutor(CLIENTS) as threads:
        assert set(threads.map(turn, range(CLIENTS))) == {(True, True, False)}


@pytest.mark.slow
def test_fifty_clients_write_and_read_without_an_error_and_replaced_states_are_dropped() -> None:
    """Of 300 states, the newest of each item is left, and one that is dropped by the next call."""
    with serving([*COMMAND, "--lag", "fixed:0", "--history", "0"]) as line:
        url = json.loads(line)["endpoint"]
        told = asyncio.run(drive(url, STALE, turns=6, items=1))
        assert (told.answers, told.errors) == (2 * 6 * CLIENTS, [])
        kept = re.search(r"^gateway_sim_dynamodb_states (.*)$", httpx.get(f"{url}/metrics").text, re.MULTILINE)
        assert kept is not None
        assert CLIENTS <= float(kept[1]) <= 2 * CLIENTS


@pytest.mark.slow
def test_fifty_clients_for_a_minute_get_no_error_and_the_memory_is_flat() -> None:
    """The second half of the minute adds less than 5 MiB to the process."""
    minute = loaded_for(60.0)
    assert (minute["errors"], minute["answers"] > CLIENTS) == ([], True)
    assert added_mib(minute["mib"]) <= FLAT_MIB, minute["mib"]


def test_the_admin_cuts_off_and_heals_a_replica(served: dict[str, Any], client_of: Any, table: str) -> None:
    """What it had seen stays; its OpenAPI and its metrics are on the same port."""
    url, stale = served["endpoint"], client_of(STALE)
    heal(served)
    stale.put_item(TableName=table, Item=key_of(0))
    assert httpx.put(f"{url}/admin/replicas/1/view", json={"kind": "partitioned"}).status_code == 200
    stale.put_item(TableName=table, Item=key_of(1))
    assert stale.scan(TableName=table)["Items"] == [key_of(0)]
    told = httpx.delete(f"{url}/admin/replicas/1/view").json()
    body = {"kind": "lagging", "law": "fixed", "lag_s": 3600.0}
    assert told == {"replica": 1, "view": body}
    assert [one["replica"] for one in httpx.get(f"{url}/admin/replicas").json()["replicas"]] == [0, 1]
    assert "/admin/replicas/{replica}/view" in httpx.get(f"{url}/openapi.json").json()["paths"]
    assert 'gateway_sim_dynamodb_stale_items_total{replica="1"}' in httpx.get(f"{url}/metrics").text


def test_what_the_page_shows_is_so(served: dict[str, Any]) -> None:
    """Its lines of curl, on this port, and the variables that are printed."""
    page = (Path(__file__).parents[4] / "docs" / "stale-reads.md").read_text()
    lines = re.findall(r"^curl .*$", page, re.MULTILINE)
    assert len(lines) == 3
    for line in lines:
        told = shlex.split(line.replace(f"http://127.0.0.1:{PORT}", served["endpoint"]))
        curl = argparse.ArgumentParser()
        curl.add_argument("url")
        curl.add_argument("-X", default="GET")
        curl.add_argument("-H", default="accept: */*")
        curl.add_argument("-d", default="")
        asked = curl.parse_args(told[1:])
        answer = httpx.request(asked.X, asked.url, content=asked.d, headers=[asked.H.split(": ")])
        assert answer.status_code == 200, line
    for name, value in served["environ"].items():
        assert f"export {name}={value}".replace(served["endpoint"], f"http://127.0.0.1:{PORT}") in page


@pytest.mark.parametrize(
    ("replica", "body", "status", "sentence"),
    [
        ("7", {"kind": "fresh"}, 404, "there is no replica 7; they are numbered 0 to 1"),
        ("x", {"kind": "fresh"}, 400, 'replica is "x"; it takes a whole number'),
        ("1", {"kind": "lagging", "law": "fixed"}, 400, "law fixed takes lag_s"),
        ("1", {"kind": "late"}, 400, 'kind is "late"; it takes fresh, partitioned, lagging'),
    ],
)
def test_the_admin_refuses_in_a_sentence(
    served: dict[str, Any], replica: str, body: Any, status: int, sentence: str
) -> None:
    """As problem+json."""
    refused = httpx.put(f"{served['endpoint']}/admin/replicas/{replica}/view", json=body)
    assert (refused.status_code, sentence in refused.json()["detail"]) == (status, True), refused.text


def test_a_model_of_pynamodb_reads_late(served: dict[str, Any], table: str) -> None:
    """With nothing but its own settings."""

    class Route(Model):
        class Meta:
            table_name = table
            region = "us-east-1"
            host = served["endpoint"]
            aws_access_key_id = STALE
            aws_secret_access_key = "any"

        account = UnicodeAttribute(hash_key=True)
        job = UnicodeAttribute(range_key=True)

    Route("acme", "job-1").save()
    assert list(Route.query("acme")) == []
    assert Route.get("acme", "job-1", consistent_read=True).job == "job-1"
    heal(served)
    assert [route.job for route in Route.scan()] == ["job-1"]


def test_a_lock_excludes_the_other_owner_although_its_replica_is_stale(
    session: boto3.Session, keys_of: Any, client_of: Any
) -> None:
    """python-dynamodb-lock reads strongly, and writes on conditions."""
    name, made = f"locks-{secrets.token_hex(3)}", []
    DynamoDBLockClient.create_dynamodb_table(client_of(STALE), table_name=name)
    for owner in ("first", "second"):
        resource = session.resource("dynamodb", **keys_of(STALE))
        spans = {"heartbeat_period": 0.2, "safe_period": 0.6, "lease_duration": 1}
        made.append(
            DynamoDBLockClient(
                resource, table_name=name, owner_name=owner,
                **{word: timedelta(seconds=second) for word, second in spans.items()},
            )
        )  # fmt: skip
    first, second = made
    try:
        held = first.acquire_lock("acme/job-1")
        with pytest.raises(DynamoDBLockError) as refused:
            second.acquire_lock("acme/job-1", retry_period=timedelta(0.1 / 86400), retry_timeout=timedelta(seconds=0.3))
        assert refused.value.code == DynamoDBLockError.ACQUIRE_TIMEOUT
        held.release(best_effort=False)
        assert second.acquire_lock("acme/job-1").owner_name == "second"
    finally:
        for locks in made:
            locks.close(release_locks=True)


@pytest.mark.parametrize(
    ("words", "law"),
    [
        ("fixed:4", Fixed(4.0)),
        ("uniform:8", Uniform(0.0, 8.0)),
        ("uniform:2-8", Uniform(2.0, 8.0)),
        ("exponential:1.5", Exponential(1.5)),
        ("simpledb-step", SimpleDbStep()),
    ],
)
def test_a_law_is_named_in_one_word(words: str, law: object) -> None:
    """With its seconds."""
    assert law_of(words) == law


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--lag", "fixd:4"), "did you mean fixed?"),
        (("--lag", "fixed"), "--lag fixed: write fixed:4"),
        (("--lag", "fixed:soon"), "--lag fixed:soon: write"),
        (("--lag", "fixed:inf"), "--lag fixed:inf: write"),
        (("--lag", "uniform:8-2"), "--lag uniform:8-2: write"),
        (("--lag", "simpledb-step:1"), "--lag simpledb-step:1: write"),
        (("--pick", "per-conection"), "did you mean per-connection?"),
        (("--stale", "3"), "--stale is 3; there are 2 replicas"),
        (("--dynamodb-endpoint", "127.0.0.1:9"), "write a URL"),
        (("--dynamodb-endpoint", "http://127.0.0.1:9"), "does not answer as DynamoDB: Could not connect"),
    ],
)
def test_wrong_words_are_refused_before_anything_is_served(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    """In a sentence, by exit status 2."""
    with pytest.raises(SystemExit) as ended:
        main(["dynamodb", *words])
    told = capsys.readouterr()
    assert (ended.value.code, told.out) == (2, "")
    assert sentence in " ".join(told.err.split())


def test_a_port_in_use_is_named(served: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """By exit status 2."""
    port = served["endpoint"].rpartition(":")[2]
    with pytest.raises(SystemExit) as ended:
        main(["dynamodb", "--port", port])
    assert ended.value.code == 2
    assert f"--port {port}: Address already in use; stop that program, or name another port" in capsys.readouterr().err
