"""DynamoDB's JSON protocol: key ids, targets, binary values, times and errors."""

import datetime
import json
from typing import Any

import pytest

from gateway_sim.stale_reads.wire import WireError, asked_of, body_of, error_document, key_id_of, model_of, replica_of


@pytest.fixture
def service(dynamodb: Any) -> Any:
    """Return botocore's description of DynamoDB."""
    return dynamodb.meta.service_model


def operation(service: Any, name: str) -> Any:
    """Return the model of an operation."""
    return model_of(service, f"DynamoDB_20120810.{name}")


def test_the_key_id_is_in_the_credential_of_a_signed_request() -> None:
    """As signature version 4 writes it; a request without a signature has none."""
    signed = "AWS4-HMAC-SHA256 Credential=LABREPLICA2/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host"
    assert (key_id_of(signed), key_id_of("Bearer x"), key_id_of("")) == ("LABREPLICA2", "", "")


def test_a_key_id_names_a_replica_by_its_end() -> None:
    """A key id of AWS may end in a digit and names none; a replica that is not there is refused."""
    assert [replica_of(key, 12) for key in ("LABREPLICA0", "REPLICA11", "AKIAEXAMPLER2", "REPLICA2X", "")] == [
        0, 11, None, None, None,
    ]  # fmt: skip
    with pytest.raises(WireError, match="LABREPLICA2 names replica 2; they are numbered 0 to 1"):
        replica_of("LABREPLICA2", 2)


@pytest.mark.parametrize("target", ["", "GetItem", "DynamoDB_20120810.GetItems", "DynamoDBStreams_20120810.GetRecords"])
def test_an_unknown_target_is_refused_by_its_name(service: Any, target: str) -> None:
    """With AWS's own code."""
    with pytest.raises(WireError) as refused:
        model_of(service, target)
    assert refused.value.document()["__type"] == "com.amazon.coral.service#UnknownOperationException"
    assert repr(target) in str(refused.value)


def test_binary_values_are_base64_on_the_wire_only(service: Any) -> None:
    """Also in sets, lists and maps; all other values stay."""
    item = {"a": {"B": "AP8="}, "b": {"BS": ["AP8="]}, "c": {"L": [{"M": {"d": {"B": "AP8="}}}]}, "n": {"N": "1"}}
    asked = asked_of(operation(service, "PutItem"), json.dumps({"TableName": "routes", "Item": item}).encode())
    own = {
        "a": {"B": b"\0\xff"},
        "b": {"BS": [b"\0\xff"]},
        "c": {"L": [{"M": {"d": {"B": b"\0\xff"}}}]},
        "n": {"N": "1"},
    }
    assert asked["Item"] == own
    answer = {"Item": own, "ResponseMetadata": {"HTTPStatusCode": 200}}
    assert json.loads(body_of(operation(service, "GetItem"), answer)) == {"Item": item}


def test_times_are_seconds_on_the_wire(service: Any) -> None:
    """As numbers since 1970."""
    table = {"TableName": "routes", "CreationDateTime": datetime.datetime.fromtimestamp(12.5, datetime.UTC)}
    told = json.loads(body_of(operation(service, "DescribeTable"), {"Table": table}))
    assert told == {"Table": {"TableName": "routes", "CreationDateTime": 12.5}}


@pytest.mark.parametrize(
    ("body", "code", "sentence"),
    [
        (b"{", "SerializationException", "GetItem: the body is no JSON"),
        (b"[]", "SerializationException", "GetItem: the body is no JSON object"),
        (
            b'{"TableName": "t", "Key": {"a": {"B": "?"}}}',
            "SerializationException",
            "a binary value is no base64: '\\?'",
        ),
        (b'{"TableName": "t"}', "ValidationException", 'Missing required parameter in input: "Key"'),
        (b'{"TableName": 1, "Key": {}}', "ValidationException", "Invalid type for parameter TableName, value: 1"),
        (b'{"TableName": "t", "Key": {}, "Keys": 1}', "ValidationException", 'Unknown parameter in input: "Keys"'),
    ],
)
def test_a_wrong_body_is_refused_in_a_sentence(service: Any, body: bytes, code: str, sentence: str) -> None:
    """With the operation, and the code that AWS uses."""
    with pytest.raises(WireError, match=sentence) as refused:
        asked_of(operation(service, "GetItem"), body)
    assert (refused.value.code, refused.value.status) == (code, 400)


def test_an_error_keeps_its_own_fields(service: Any) -> None:
    """The reasons of a transaction, with their items in the form of the wire."""
    error = {
        "Error": {"Code": "TransactionCanceledException", "Message": "no"},
        "CancellationReasons": [{"Code": "ConditionalCheckFailed", "Item": {"a": {"B": b"\0\xff"}}}],
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }
    assert error_document(service, error) == {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "no",
        "CancellationReasons": [{"Code": "ConditionalCheckFailed", "Item": {"a": {"B": "AP8="}}}],
    }


def test_a_body_without_a_bottom_is_refused(service: Any) -> None:
    """By the limit of nesting, with DynamoDB's own code; an attribute of 32 levels is read."""
    for body in (b"[" * 100_000, b'{"Key":' * 100_000, b'{"Key":{"a":' + b'{"M":{"a":' * 60 + b"1"):
        with pytest.raises(WireError, match="nesting levels have exceeded") as refused:
            asked_of(operation(service, "GetItem"), body)
        assert refused.value.code == "ValidationException"
    deep: dict[str, Any] = {"S": "bottom"}
    for _ in range(31):
        deep = {"M": {"a": deep}}
    document = {"TransactItems": [{"Put": {"TableName": "routes", "Item": {"account": deep}}}]}
    assert asked_of(operation(service, "TransactWriteItems"), json.dumps(document).encode()) == document


def test_a_key_id_with_a_giant_number_names_no_replica() -> None:
    """Python refuses to read a number of thousands of digits."""
    assert replica_of("LABREPLICA" + "9" * 5000, 2) is None
