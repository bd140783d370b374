"""The endpoint in front of moto, called in DynamoDB's own JSON over ASGI; the test turns the clock by hand."""

import asyncio
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config

from gateway_sim.balancer import PerConnection, RoundRobin
from gateway_sim.events import ReplicaAnswered
from gateway_sim.lag import Fixed
from gateway_sim.stale_reads import Fresh, Lagging, StaleReadClient
from gateway_sim.stale_reads.endpoint import LONGEST_BODY, Endpoint

KEY = {"account": {"S": "acme"}, "job": {"S": "job-1"}}
ROUTE = {**KEY, "pod": {"S": "pod:1"}, "token": {"B": "AP8="}}
READ = {"TableName": "routes", "Key": KEY}


@pytest.fixture
def events() -> list[Any]:
    """Return the list that the endpoint's events are appended to."""
    return []


@pytest.fixture
def call(stale_of: Any, events: list[Any]) -> Any:
    """Send an operation with a key id to an endpoint whose second replica lags by 4 s; return the response."""
    endpoint = Endpoint(stale_of(Fresh(), Lagging(Fixed(4.0))), emit=events.append)
    return lambda *words, **how: sent(endpoint, *words, **how)


def sent(
    endpoint: Endpoint, operation: str, body: Any, key_id: str = "LAB", port: int = 1, content: bytes | None = None
) -> httpx.Response:
    """Send one request from a port of a client, as an SDK does."""
    headers = {"x-amz-target": f"DynamoDB_20120810.{operation}"}
    headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={key_id}/20260101/us-east-1/dynamodb/aws4_request"

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(endpoint, client=("127.0.0.1", port))
        async with httpx.AsyncClient(transport=transport, base_url="http://dynamodb") as client:
            how = {"content": content} if content is not None else {"json": body}
            return await client.post("/", headers=headers, **how)

    return asyncio.run(send())


def test_a_function_decides_what_a_replica_shows_of_a_table(stale_of: Any, hand: Any) -> None:
    """It is asked with replica, key and time; an endpoint of one replica needs no key id that names it."""
    asked = []

    def shown(replica: int, key: Any, now_s: float) -> Any:
        asked.append((replica, key, now_s))
        return {**ROUTE, "pod": {"S": "pod:old"}} if replica == 1 else None

    hand.now_s = 7.0
    stale = stale_of(Fresh(), Fresh(), shown_by={"routes": shown})
    first, second = (Endpoint(stale, replica=replica) for replica in (0, 1))
    sent(first, "PutItem", {"TableName": "routes", "Item": ROUTE})
    assert sent(first, "GetItem", READ, "LABREPLICA1").json() == {}
    assert sent(second, "GetItem", READ).json()["Item"]["pod"] == {"S": "pod:old"}
    assert sent(second, "Scan", {"TableName": "routes"}).json()["Items"][0]["pod"] == {"S": "pod:old"}
    assert sent(second, "GetItem", {**READ, "ConsistentRead": True}).json() == {"Item": ROUTE}
    assert asked == [(replica, ("S acme", "S job-1"), 7.0) for replica in (0, 1, 1)]


def test_the_second_replica_misses_until_its_lag_has_passed(call: Any, hand: Any, events: list[Any]) -> None:
    """A strong read does not; each answer says which replica was read, and how many of its items were stale."""
    assert call("PutItem", {"TableName": "routes", "Item": ROUTE}).json() == {}
    assert call("GetItem", READ, "LABREPLICA0").json() == {"Item": ROUTE}
    stale = call("GetItem", READ, "LABREPLICA1")
    assert (stale.status_code, stale.json(), stale.headers["x-gateway-sim-stale-items"]) == (200, {}, "1")
    strong = call("GetItem", {**READ, "ConsistentRead": True}, "LABREPLICA1")
    assert (strong.json(), "x-gateway-sim-replica" in strong.headers) == ({"Item": ROUTE}, False)
    hand.now_s = 4.0
    assert call("GetItem", READ, "LABREPLICA1").json() == {"Item": ROUTE}
    assert events == [
        ReplicaAnswered("PutItem", None, 200, 0),
        ReplicaAnswered("GetItem", 0, 200, 0),
        ReplicaAnswered("GetItem", 1, 200, 1),
        ReplicaAnswered("GetItem", None, 200, 0),
        ReplicaAnswered("GetItem", 1, 200, 0),
    ]


def test_each_connection_has_its_replica(call: Any) -> None:
    """The first connection has the fresh one, the second the lagging one, whatever their key id is."""
    call("PutItem", {"TableName": "routes", "Item": ROUTE}, port=1)
    answers = [call("GetItem", READ, port=port).headers["x-gateway-sim-replica"] for port in (1, 2, 2, 1)]
    assert answers == ["0", "1", "1", "0"]


def test_each_key_id_has_its_replica_if_it_is_the_connection(stale_of: Any) -> None:
    """So that all connections of a program read one replica, and do not go backwards."""
    stale = stale_of(Fresh(), Fresh(), balancer=PerConnection(RoundRobin()))
    endpoint = Endpoint(stale, connection="caller")
    read = [sent(endpoint, "GetItem", READ, key, port).headers["x-gateway-sim-replica"]
            for key, port in (("A", 1), ("B", 2), ("A", 3), ("B", 4))]  # fmt: skip
    assert read == ["0", "1", "0", "1"]


@pytest.mark.parametrize(
    ("operation", "body", "key_id", "kind", "sentence"),
    [
        ("GetItems", {}, "LAB", "com.amazon.coral.service#UnknownOperationException", "names no DynamoDB operation"),
        ("GetItem", {}, "LAB", "com.amazon.coral.validate#ValidationException", "Missing required parameter"),
        ("GetItem", READ, "LABREPLICA2", "com.amazon.coral.service#UnrecognizedClientException", "numbered 0 to 1"),
        ("GetItem", {**READ, "TableName": "none"}, "LAB",
         "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", "resource not found"),
        ("Scan", {"TableName": "routes", "IndexName": "by-pod", "ConsistentRead": True}, "LAB",
         "com.amazon.coral.validate#ValidationException", "not supported on global secondary indexes"),
        ("ExecuteStatement", {"Statement": "SELECT 1"}, "LAB",
         "com.amazon.coral.validate#ValidationException", "with one table"),
    ],
)  # fmt: skip
def test_a_wrong_call_gets_the_error_that_aws_gives(
    call: Any, operation: str, body: Any, key_id: str, kind: str, sentence: str
) -> None:
    """With `__type`, status 400 and a sentence."""
    refused = call(operation, body, key_id)
    assert refused.status_code == 400
    assert kind in refused.json()["__type"]
    assert sentence in refused.json()["message"]


def test_a_body_above_dynamodbs_limit_is_refused(call: Any) -> None:
    """Before it is read completely."""
    refused = call("PutItem", None, content=b" " * (LONGEST_BODY + 1))
    assert (refused.status_code, "bytes" in refused.json()["message"]) == (413, True)


def test_a_table_that_cannot_be_reached_is_an_error_of_the_server() -> None:
    """Its sentence names the address."""
    config = Config(retries={"total_max_attempts": 1})
    gone: Any = boto3.client(
        "dynamodb", endpoint_url="http://127.0.0.1:9", region_name="us-east-1",
        aws_access_key_id="x", aws_secret_access_key="x", config=config,
    )  # fmt: skip
    with StaleReadClient(gone, [Fresh()], now=lambda: 0.0) as stale:
        refused = sent(Endpoint(stale), "GetItem", READ)
    assert refused.status_code == 500
    assert refused.json()["__type"].endswith("#InternalServerError")
    assert "http://127.0.0.1:9/" in refused.json()["message"]
