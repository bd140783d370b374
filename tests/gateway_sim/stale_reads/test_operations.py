"""Each operation of DynamoDB is stale where DynamoDB's may be, and refused where DynamoDB refuses it."""

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from gateway_sim.lag import Fixed
from gateway_sim.stale_reads import Fresh, Lagging, StaleReadRefused
from gateway_sim.stale_reads.operations import concerns_items


def key(job="job-1"):
    """Return the key of a job's route."""
    return {"account": {"S": "acme"}, "job": {"S": job}}


def route(job="job-1", pod="pod:1"):
    """Return a job's route."""
    return {**key(job), "pod": {"S": pod}}


BY_JOB = "SELECT pod FROM routes WHERE account = 'acme' AND job = 'job-1'"
INSERT = "INSERT INTO routes VALUE {'account': 'acme', 'job': 'job-1', 'pod': 'pod:1'}"
BY_POD = {
    "TableName": "routes",
    "IndexName": "by-pod",
    "KeyConditionExpression": "pod = :p",
    "ExpressionAttributeValues": {":p": {"S": "pod:1"}},
}


def found(answer):
    """Return the items of an answer, whatever the operation."""
    responses = answer.get("Responses", [])
    if isinstance(responses, dict):
        return responses["routes"]
    return answer.get("Items") or [each["Item"] for each in [answer, *responses] if "Item" in each]


STALE = {
    "GetItem": lambda client, **strong: client.get_item(TableName="routes", Key=key(), **strong),
    "BatchGetItem": lambda client, **strong: client.batch_get_item(
        RequestItems={"routes": {"Keys": [key()], **strong}}
    ),
    "Query": lambda client, **strong: client.query(
        TableName="routes",
        KeyConditionExpression="account = :a",
        ExpressionAttributeValues={":a": {"S": "acme"}},
        **strong,
    ),
    "Scan": lambda client, **strong: client.scan(TableName="routes", **strong),
    "ExecuteStatement": lambda client, **strong: client.execute_statement(Statement=BY_JOB, **strong),
    "BatchExecuteStatement": lambda client, **strong: client.batch_execute_statement(
        Statements=[{"Statement": BY_JOB, **strong}]
    ),
}


@pytest.mark.parametrize("operation", STALE)
def test_an_eventual_read_is_late_and_a_strong_one_is_not(stale_of, hand, operation):
    """In every operation that can read both ways."""
    reader, read = stale_of(Lagging(Fixed(4.0))).connect(), STALE[operation]
    reader.put_item(TableName="routes", Item=route())
    for hand.now_s, seen in ((3.9, 0), (4.0, 1)):
        assert len(found(read(reader))) == seen
        assert len(found(read(reader, ConsistentRead=True))) == 1


TRANSACTIONS = {
    "TransactGetItems": lambda client: client.transact_get_items(
        TransactItems=[{"Get": {"TableName": "routes", "Key": key()}}]
    ),
    "ExecuteTransaction": lambda client: client.execute_transaction(TransactStatements=[{"Statement": BY_JOB}]),
}


@pytest.mark.parametrize("operation", TRANSACTIONS)
def test_a_transaction_reads_what_is_there(stale_of, operation):
    """It is serializable."""
    reader = stale_of(Lagging(Fixed(4.0))).connect()
    reader.put_item(TableName="routes", Item=route())
    assert len(found(TRANSACTIONS[operation](reader))) == 1


STATEMENTS = {
    "ExecuteStatement": lambda client: client.execute_statement(Statement=INSERT),
    "BatchExecuteStatement": lambda client: client.batch_execute_statement(Statements=[{"Statement": INSERT}]),
    "ExecuteTransaction": lambda client: client.execute_transaction(TransactStatements=[{"Statement": INSERT}]),
}


@pytest.mark.parametrize("operation", STATEMENTS)
def test_a_write_by_partiql_is_seen_late(stale_of, hand, operation):
    """As any other write."""
    reader = stale_of(Lagging(Fixed(4.0))).connect()
    STATEMENTS[operation](reader)
    hand.now_s = 3.9
    assert found(STALE["GetItem"](reader)) == []
    hand.now_s = 4.0
    assert len(found(STALE["GetItem"](reader))) == 1


def test_statements_of_a_batch_are_stale_or_fail_each_for_itself(stale_of):
    """The table that an answer names is the caller's."""
    reader = stale_of(Lagging(Fixed(4.0))).connect()
    reader.put_item(TableName="routes", Item=route())
    statements = [
        {"Statement": BY_JOB},
        {"Statement": BY_JOB, "ConsistentRead": True},
        {"Statement": "SELECT * FROM nowhere"},
    ]
    late, strong, lost = reader.batch_execute_statement(Statements=statements)["Responses"]
    assert (late, strong) == ({"TableName": "routes"}, {"TableName": "routes", "Item": {"pod": {"S": "pod:1"}}})
    assert lost["Error"]["Message"] == "Requested resource not found"


def test_a_statement_that_cannot_be_read_stale_is_refused(stale_of):
    """A fresh answer would let a test pass falsely."""
    reader = stale_of(Fresh()).connect()
    mixed = [{"Statement": BY_JOB}, {"Statement": INSERT}]
    with pytest.raises(StaleReadRefused, match=r"BatchExecuteStatement mixes reads and writes.*send two batches"):
        reader.batch_execute_statement(Statements=mixed)
    with pytest.raises(StaleReadRefused, match=r"must be SELECT \.\.\. FROM .table., with one table"):
        reader.execute_statement(Statement="SELECT * FROM routes WHERE EXISTS(SELECT * FROM routes)")


def test_no_operation_reads_fresh_in_silence(stale_of, dynamodb, monkeypatch):
    """Each one on items has a way or is refused; so is one that a later botocore brings."""
    service = dynamodb.meta.service_model
    on_items = {name for name in service.operation_names if concerns_items(service.operation_model(name))}
    stale = stale_of(Fresh())
    ways = stale._operations._ways
    assert set(ways) - on_items == {"CreateTable", "DeleteTable", "ListTables"}
    assert on_items - set(ways) <= {"SearchVectors"}
    monkeypatch.delitem(ways, "TransactGetItems")
    with pytest.raises(StaleReadRefused, match="TransactGetItems cannot be answered with stale items: read with GetI"):
        TRANSACTIONS["TransactGetItems"](stale.connect())


WRONG = {
    "a key without an attribute": lambda client: client.get_item(TableName="routes", Key={"account": {"S": "acme"}}),
    "a key of another attribute": lambda client: client.get_item(TableName="routes", Key={"x": {"S": "acme"}}),
    "such a key in a batch": lambda client: client.batch_get_item(
        RequestItems={"routes": {"Keys": [{"x": {"S": ""}}]}}
    ),
    "an item without a key": lambda client: client.put_item(TableName="routes", Item={"pod": {"S": "pod:1"}}),
    "an item with a key of another type": lambda client: client.put_item(
        TableName="routes", Item={**route(), "job": {"N": "1"}}
    ),
    "an update of another key": lambda client: client.update_item(TableName="routes", Key={"x": {"S": "acme"}}),
    "a deletion of another key": lambda client: client.delete_item(TableName="routes", Key={"x": {"S": "acme"}}),
    "a batch of such items": lambda client: client.batch_write_item(
        RequestItems={"routes": [{"PutRequest": {"Item": {"x": {"S": "acme"}}}}]}
    ),
    "a transaction of such items": lambda client: client.transact_write_items(
        TransactItems=[{"Put": {"TableName": "routes", "Item": {"x": {"S": "acme"}}}}]
    ),
    "a table that is not there": lambda client: client.get_item(TableName="routs", Key=key()),
    "such a table in a transaction": lambda client: client.transact_write_items(
        TransactItems=[{"Put": {"TableName": "routs", "Item": route()}}]
    ),
    "such a table in a statement": lambda client: client.execute_statement(Statement="SELECT * FROM routs"),
    "an index that is not there": lambda client: client.query(**{**BY_POD, "IndexName": "by-pd"}),
    "a wrong expression": lambda client: client.scan(TableName="routes", FilterExpression="pod ="),
    "a strong read of an index": lambda client: client.query(**BY_POD, ConsistentRead=True),
    "a missing TableName": lambda client: client.get_item(Key=key()),
    "a missing Key": lambda client: client.get_item(TableName="routes"),
    "a missing Item": lambda client: client.put_item(TableName="routes"),
    "a value without a type": lambda client: client.put_item(TableName="routes", Item={"account": "acme"}),
    "an unknown parameter": lambda client: client.scan(TableName="routes", Consistent=True),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_call_gets_the_error_that_it_gets_without_stale_reads(stale_of, dynamodb, case):
    """The same class, operation and words: a test of errors is a test of DynamoDB's."""
    with pytest.raises((ClientError, ParamValidationError)) as without:
        WRONG[case](dynamodb)
    with pytest.raises((ClientError, ParamValidationError)) as refused:
        WRONG[case](stale_of(Lagging(Fixed(4.0))).connect())
    assert type(refused.value) is type(without.value)
    assert str(refused.value) == str(without.value)


def test_an_index_that_is_added_later_is_read_and_is_late(stale_of, dynamodb, hand):
    """Through the reader or past it; an index that is dropped is gone."""
    reader = stale_of(Lagging(Fixed(4.0))).connect()
    reader.put_item(TableName="routes", Item={**route(), "zone": {"S": "a"}})
    assert reader.query(**BY_POD)["Count"] == 0
    for changed, index in ((reader, "by-zone"), (dynamodb, "by-zone-2")):
        changed.update_table(
            TableName="routes",
            AttributeDefinitions=[{"AttributeName": "zone", "AttributeType": "S"}],
            GlobalSecondaryIndexUpdates=[
                {
                    "Create": {
                        "IndexName": index,
                        "KeySchema": [{"AttributeName": "zone", "KeyType": "HASH"}],
                        "Projection": {"ProjectionType": "ALL"},
                    }
                }
            ],
        )
    for index in ("by-zone", "by-zone-2"):
        by_zone = {
            "TableName": "routes",
            "IndexName": index,
            "KeyConditionExpression": "#z = :z",
            "ExpressionAttributeNames": {"#z": "zone"},
            "ExpressionAttributeValues": {":z": {"S": "a"}},
        }
        for hand.now_s, seen in ((3.9, 0), (4.0, 1)):
            assert reader.query(**by_zone)["Count"] == seen
    dynamodb.update_table(TableName="routes", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-zone"}}])
    with pytest.raises(ClientError, match="by-zone for table: routes"):
        reader.query(**{**by_zone, "IndexName": "by-zone"})


@pytest.mark.parametrize("past", [False, True])
def test_a_table_that_is_made_anew_has_no_past(stale_of, dynamodb, past):
    """Even with another key."""
    reader = stale_of(Lagging(Fixed(4.0))).connect()
    reader.put_item(TableName="routes", Item=route())
    assert reader.scan(TableName="routes")["Count"] == 0
    changed = dynamodb if past else reader
    changed.delete_table(TableName="routes")
    changed.create_table(
        TableName="routes",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "N"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.put_item(TableName="routes", Item={"id": {"N": "1"}})
    assert reader.get_item(TableName="routes", Key={"id": {"N": "1"}})["Item"] == {"id": {"N": "1"}}
    assert reader.scan(TableName="routes")["Count"] == 1


def test_a_table_may_be_named_by_its_arn(stale_of, dynamodb):
    """The answer names it as the caller did."""
    reader = stale_of(Lagging(Fixed(4.0))).connect()
    arn = dynamodb.describe_table(TableName="routes")["Table"]["TableArn"]
    reader.put_item(TableName=arn, Item=route())
    assert "Item" not in reader.get_item(TableName=arn, Key=key())
    assert reader.batch_get_item(RequestItems={arn: {"Keys": [key()]}})["Responses"] == {arn: []}
